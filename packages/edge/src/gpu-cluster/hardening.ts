/**
 * What the CIS hardening guide of k3s asks for beyond defaults, as the files that go onto a server.
 * https://docs.k3s.io/security/hardening-guide (read 2026-11-23)
 */
import { yaml } from "./yaml";

/** Kernel parameters without which the kubelet does not start when it protects the kernel's defaults. */
export const sysctls = ["vm.panic_on_oom=0", "vm.overcommit_memory=1", "kernel.panic=10", "kernel.panic_on_oops=1"];

/** Arguments of the API server, beside the files named in them. */
export function apiServerArguments(files: { audit: string; auditLog: string; admission: string }): string[] {
  return [
    "enable-admission-plugins=NodeRestriction,EventRateLimit",
    `admission-control-config-file=${files.admission}`,
    `audit-policy-file=${files.audit}`,
    `audit-log-path=${files.auditLog}`,
    "audit-log-maxage=30",
    "audit-log-maxbackup=10",
    "audit-log-maxsize=100",
    "service-account-extend-token-expiration=false",
  ];
}

/**
 * Tokens of service accounts name another issuer and are signed with another key than the cluster's own, whose tokens stay
 * valid: `-=` and `+=` put a value before and behind that of k3s.
 */
export function issuerArguments(url: string, signingKey: string): string[] {
  return [
    `service-account-issuer-=${url}`,
    `service-account-key-file+=${signingKey}`,
    `service-account-signing-key-file=${signingKey}`,
  ];
}

export const controllerManagerArguments = ["terminated-pod-gc-threshold=100"];

export const kubeletArguments = [
  "streaming-connection-idle-timeout=5m",
  // One pod cannot use up the processes of the machine.
  "pod-max-pids=4096",
  `tls-cipher-suites=${[
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
  ].join(",")}`,
];

/** Who did what to which object, without the contents, which may be secrets. Noise of the cluster itself is left out. */
export const auditPolicy = yaml({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"] },
    {
      level: "None",
      users: ["system:kube-scheduler", "system:kube-controller-manager", "system:apiserver"],
      verbs: ["get", "list", "watch"],
    },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "Metadata" },
  ],
});

/** Pods are restricted wherever a namespace does not say otherwise; events cannot flood the API. */
export function admissionConfiguration(exemptNamespaces: string[]): string {
  const level = "restricted";
  const version = "latest";
  return yaml({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: [
      {
        name: "PodSecurity",
        configuration: {
          apiVersion: "pod-security.admission.config.k8s.io/v1",
          kind: "PodSecurityConfiguration",
          defaults: {
            enforce: level,
            "enforce-version": version,
            audit: level,
            "audit-version": version,
            warn: level,
            "warn-version": version,
          },
          exemptions: {
            usernames: [],
            runtimeClasses: [],
            namespaces: [...new Set(["kube-system", ...exemptNamespaces])],
          },
        },
      },
      {
        name: "EventRateLimit",
        configuration: {
          apiVersion: "eventratelimit.admission.k8s.io/v1alpha1",
          kind: "Configuration",
          limits: [
            { type: "Server", qps: 500, burst: 5000 },
            { type: "Namespace", qps: 50, burst: 500, cacheSize: 2000 },
          ],
        },
      },
    ],
  });
}

/** Manifests that k3s applies: the namespaces of Kubernetes let in what belongs to them, questions to DNS and metrics. */
export const networkPolicies = [
  ...["kube-system", "kube-public", "default"].map((namespace) =>
    networkPolicy("intra-namespace", namespace, {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }] }],
    }),
  ),
  networkPolicy("default-network-dns-policy", "kube-system", {
    podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        ports: [
          { port: 53, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
    ],
  }),
  networkPolicy("allow-all-metrics-server", "kube-system", {
    podSelector: { matchLabels: { "k8s-app": "metrics-server" } },
    policyTypes: ["Ingress"],
    ingress: [{}],
  }),
].join("---\n");

function networkPolicy(name: string, namespace: string, spec: object): string {
  return yaml({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec });
}

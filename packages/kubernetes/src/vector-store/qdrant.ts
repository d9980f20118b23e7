import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bindingField, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import type { BackupTarget } from "../workload/backup";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { fromPrometheus } from "../workload/prometheus";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { qdrantAlerts } from "./alerts";
import { ports } from "./defaults";
import type { VectorStoreSettings } from "./settings";

interface QdrantArgs extends VectorStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  target?: BackupTarget;
}

/** The servers of a Qdrant cluster and what guards them. */
export class Qdrant extends pulumi.ComponentResource {
  public readonly endpoint: pulumi.Output<string>;
  public readonly apiKey: pulumi.Output<string>;
  /** Host of the first node and the pattern of all: `<name>-<n>.<peersHost>`. */
  public readonly peersHost: pulumi.Output<string>;
  public readonly credentialsSecret: pulumi.Output<string>;
  public readonly podLabels: pulumi.Output<{ [label: string]: string }>;

  constructor(name: string, args: QdrantArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:vector-store:Qdrant", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const selector = selectorLabels(name, "vector-store");
    const metadata = { namespace: args.namespace, labels: standardLabels(name, "qdrant", "vector-store") };
    const scheme = args.tlsSecretName ? "https" : "http";
    this.peersHost = pulumi.interpolate`${name}-peers.${args.namespace}.svc`;

    const apiKey = new random.RandomPassword(`${name}-api-key`, { length: 48, special: false }, { parent: this });
    const credentials = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata: { ...metadata, name: `${name}-credentials` }, stringData: { "api-key": apiKey.result } },
      child,
    );
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { ...metadata, name }, automountServiceAccountToken: false },
      child,
    );
    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      { metadata: { ...metadata, name }, spec: { selector, ports: servicePorts("http", "grpc") } },
      child,
    );
    const peers = new kubernetes.core.v1.Service(
      `${name}-peers`,
      {
        // Else the provider would wait for endpoints, which only the servers bring, who wait for this service.
        metadata: { ...metadata, name: `${name}-peers`, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          clusterIP: "None",
          selector,
          // Nodes find each other before they are ready: readiness waits for the cluster to form.
          publishNotReadyAddresses: true,
          ports: servicePorts("http", "grpc", "peers"),
        },
      },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata: { ...metadata, name }, spec: networkPolicy(name, args, selector) },
      child,
    );
    const backup =
      args.target &&
      new kubernetes.core.v1.Secret(
        `${name}-backup-credentials`,
        { metadata: { ...metadata, name: `${name}-backup` }, stringData: args.target.uses.credentials },
        child,
      ).metadata.name;
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${name}-disruption`,
      { metadata: { ...metadata, name }, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
      child,
    );
    const servers = new kubernetes.apps.v1.StatefulSet(
      `${name}-servers`,
      {
        metadata: { ...metadata, name },
        spec: {
          replicas: args.replicas,
          serviceName: peers.metadata.name,
          // A cluster forms, and heals, faster when its nodes start together.
          podManagementPolicy: "Parallel",
          selector: { matchLabels: selector },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          template: {
            metadata: { labels: podLabels(metadata.labels, args.target) },
            spec: podSpec(
              name,
              args,
              this.peersHost,
              credentials.metadata.name,
              account.metadata.name,
              selector,
              backup,
            ),
          },
          volumeClaimTemplates: volumeClaims(args, metadata.labels),
        },
      },
      { ...child, dependsOn: [policy], customTimeouts: { create: "20m", update: "60m" } },
    );

    if (args.alerts) qdrantAlerts(name, { ...args, settings: args.alerts, selector, credentials }, child);

    // Reading the name from the servers makes clients wait until they are ready.
    this.endpoint = pulumi.interpolate`${scheme}://${service.metadata.name}.${servers.metadata.namespace}.svc:${ports.http}`;
    this.apiKey = apiKey.result;
    this.credentialsSecret = credentials.metadata.name;
    this.podLabels = pulumi.output(selector);
    this.registerOutputs();
  }
}

function servicePorts(...names: (keyof typeof ports)[]) {
  return names.map((name) => ({ name, port: ports[name], targetPort: name }));
}

function networkPolicy(name: string, args: QdrantArgs, selector: { [label: string]: string }) {
  const peer = { podSelector: { matchLabels: selector } };
  const peerPorts = [{ protocol: "TCP", port: ports.peers }];
  const maintenance = {
    from: [{ podSelector: { matchLabels: selectorLabels(name, "maintenance") } }],
    ports: [{ protocol: "TCP", port: ports.http }],
  };
  const clients = pulumi
    .output(args.clientNamespaces)
    .apply((namespaces) => ingressFrom(clientLabel(name), [ports.http, ports.grpc], namespaces));
  const monitoring = args.alerts && fromPrometheus(args.alerts, ports.http);
  const egress = [dnsEgress, { to: [peer], ports: peerPorts }];
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [clients, maintenance, { from: [peer], ports: peerPorts }, ...(monitoring ? [monitoring] : [])],
    egress: args.target ? args.target.uses.egress.apply((toBucket) => [...egress, ...toBucket]) : egress,
  };
}

/** Labels of the servers, with those that the way to a bucket asks for. */
function podLabels(labels: { [label: string]: string }, target: BackupTarget | undefined) {
  return target ? target.uses.podLabels.apply((own) => ({ ...labels, ...own })) : labels;
}

function podSpec(
  name: string,
  args: QdrantArgs,
  peersHost: pulumi.Output<string>,
  credentialsSecret: pulumi.Output<string>,
  serviceAccountName: pulumi.Output<string>,
  selector: { [label: string]: string },
  backupSecret: pulumi.Output<string> | undefined,
): kubernetes.types.input.core.v1.PodSpec {
  const scheme = args.tlsSecretName ? "https" : "http";
  const probe = (path: string) => ({
    httpGet: { path, port: "http", scheme: scheme.toUpperCase() },
    timeoutSeconds: 3,
  });
  const spread = { maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } };
  const resources = { cpu: args.cpu, memory: args.memory };
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 120,
    topologySpreadConstraints: [
      { ...spread, topologyKey: "kubernetes.io/hostname" },
      { ...spread, topologyKey: "topology.kubernetes.io/zone" },
    ],
    containers: [
      {
        name: "qdrant",
        image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("qdrant", mirror)),
        command: ["/bin/bash", "-c", startScript],
        env: withBackup(args.target, [
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "FIRST_NODE", value: pulumi.interpolate`${scheme}://${name}-0.${peersHost}:${ports.peers}` },
          { name: "THIS_NODE", value: pulumi.interpolate`${scheme}://$(POD_NAME).${peersHost}:${ports.peers}` },
          {
            name: "QDRANT__SERVICE__API_KEY",
            valueFrom: { secretKeyRef: { name: credentialsSecret, key: "api-key" } },
          },
          { name: "QDRANT__SERVICE__ENFORCE_INTERNAL_AUTH", value: "true" },
          { name: "QDRANT__SERVICE__ENABLE_CORS", value: "false" },
          // A node that fetches snapshots from any URL it is told to is a way into the cluster's network.
          { name: "QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY", value: "false" },
          { name: "QDRANT__CLUSTER__ENABLED", value: "true" },
          { name: "QDRANT__TELEMETRY_DISABLED", value: "true" },
          { name: "QDRANT_INIT_FILE_PATH", value: "/qdrant/init/.qdrant-initialized" },
          ...(args.tlsSecretName ? tlsEnvironment : []),
        ]),
        ...(backupSecret && { envFrom: [{ secretRef: { name: backupSecret } }] }),
        ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
        // Memory without a burst: the kernel's out-of-memory killer takes those that exceed their request first.
        resources: { requests: resources, limits: { memory: args.memory } },
        startupProbe: { ...probe("/healthz"), periodSeconds: 5, failureThreshold: 120 },
        readinessProbe: { ...probe("/readyz"), periodSeconds: 5, failureThreshold: 6 },
        livenessProbe: { ...probe("/livez"), periodSeconds: 10, failureThreshold: 6 },
        // Lets the service forget the node before it closes its connections.
        lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
        securityContext: restrictedContainer,
        volumeMounts: withUsed(args.target?.uses.mounts, [
          { name: "storage", mountPath: "/qdrant/storage" },
          { name: "snapshots", mountPath: "/qdrant/snapshots" },
          { name: "init", mountPath: "/qdrant/init" },
          ...(args.tlsSecretName ? [{ name: "tls", mountPath: "/qdrant/tls", readOnly: true }] : []),
        ]),
      },
    ],
    volumes: withUsed(args.target?.uses.volumes, [
      { name: "init", emptyDir: { sizeLimit: "1Mi" } },
      ...(args.tlsSecretName ? [{ name: "tls", secret: { secretName: args.tlsSecretName } }] : []),
    ]),
  };
}

/** A list, with what tokens for a bucket need behind it. */
function withUsed<T>(tokens: pulumi.Output<T[]> | undefined, own: T[]): pulumi.Input<pulumi.Input<T>[]> {
  // biome-ignore lint/suspicious/noExplicitAny: an element that is still to come is an element
  return tokens ? (pulumi.all([own as any, tokens]).apply(([first, more]) => [...first, ...more]) as any) : own;
}

type Variable = kubernetes.types.input.core.v1.EnvVar;

/**
 * The variables of a node, with those of a bucket for its snapshots. Qdrant takes what is not named here from the variables
 * of AWS's own programs, identities of EKS and web identity tokens included:
 * https://github.com/qdrant/qdrant/blob/v1.19.1/lib/collection/src/common/snapshots_manager.rs
 */
function withBackup(target: BackupTarget | undefined, own: Variable[]): pulumi.Input<pulumi.Input<Variable>[]> {
  if (!target) return own;
  const prefix = "QDRANT__STORAGE__SNAPSHOTS_CONFIG";
  return pulumi
    .all([target.bucket, target.region, target.endpoint, target.uses.environment])
    .apply(([bucket, region, endpoint, environment]) => [
      ...own,
      { name: `${prefix}__SNAPSHOTS_STORAGE`, value: "s3" },
      { name: `${prefix}__S3_CONFIG__BUCKET`, value: bucket },
      // Stores of other makers have no regions, but a signature has one.
      { name: `${prefix}__S3_CONFIG__REGION`, value: region ?? "us-east-1" },
      ...(endpoint ? [{ name: `${prefix}__S3_CONFIG__ENDPOINT_URL`, value: endpoint }] : []),
      ...Object.entries(environment)
        .filter(([name]) => name.startsWith("AWS_"))
        .map(([name, value]) => ({ name, value })),
    ]) as pulumi.Output<Variable[]>;
}

/** The first node starts a cluster or rejoins its own; the others join through the first. */
const startScript = `set -eu
ulimit -n "$(ulimit -Hn)"
if [ "\${POD_NAME##*-}" = 0 ]; then
  exec ./entrypoint.sh --uri "$THIS_NODE"
fi
exec ./entrypoint.sh --uri "$THIS_NODE" --bootstrap "$FIRST_NODE"
`;

const tlsEnvironment = [
  { name: "QDRANT__SERVICE__ENABLE_TLS", value: "true" },
  { name: "QDRANT__CLUSTER__P2P__ENABLE_TLS", value: "true" },
  { name: "QDRANT__TLS__CERT", value: "/qdrant/tls/tls.crt" },
  { name: "QDRANT__TLS__KEY", value: "/qdrant/tls/tls.key" },
  { name: "QDRANT__TLS__CA_CERT", value: "/qdrant/tls/ca.crt" },
];

function volumeClaims(args: QdrantArgs, labels: { [label: string]: string }) {
  const storageClassName = pulumi
    .all([args.storageClass, bindingField(args.cluster, "storageClass")])
    .apply(([own, ofCluster]) => (own ?? ofCluster) as string);
  const claim = (name: string, size: pulumi.Input<number>) => ({
    metadata: { name, labels },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      resources: { requests: { storage: pulumi.interpolate`${size}Gi` } },
    },
  });
  return [claim("storage", args.diskSizeGiB), claim("snapshots", args.snapshotDiskSizeGiB)];
}

/** Pods: the Pod Security Standard, images, and credentials in plain text. */
import { type Check, type Finding, fact, isTrue, judged } from "../finding";
import { entryOf, hidden, listAt, type PlanView, type Resource, shown, unknown, type Value, valueAt } from "../view";

/** A pod's specification, and where it stands. */
interface Pod {
  readonly resource: Resource;
  readonly path: string;
  readonly spec: Value;
}

const templates: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:Pod": "spec",
  "kubernetes:apps/v1:Deployment": "spec.template.spec",
  "kubernetes:apps/v1:StatefulSet": "spec.template.spec",
  "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
  "kubernetes:batch/v1:Job": "spec.template.spec",
  "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
};

function podsOf(plan: PlanView): Pod[] {
  return Object.entries(templates).flatMap(([type, path]) =>
    plan.ofType(type).flatMap((resource) => {
      const spec = valueAt(resource.props, path);
      return spec === undefined ? [] : [{ resource, path, spec }];
    }),
  );
}

function containersOf({ path, spec }: Pod): { path: string; container: Value }[] {
  return ["initContainers", "containers"].flatMap((kind) =>
    listAt(spec, kind).map((container, index) => ({ path: `${path}.${kind}[${index}]`, container })),
  );
}

/** Namespaces of the plan for pods that work on the host, such as drivers: they enforce `privileged` and say so. */
function hostNamespaces(plan: PlanView): Resource[] {
  return plan.ofType("kubernetes:core/v1:Namespace").filter(({ props }) => {
    const labels = valueAt(props, "metadata.labels");
    return entryOf(labels, "pod-security.kubernetes.io/enforce") === "privileged";
  });
}

export const hardenedWorkloads: Check = (plan) => {
  const host = hostNamespaces(plan);
  return podsOf(plan).flatMap((pod): Finding[] => {
    const namespace = valueAt(pod.resource.props, "metadata.namespace");
    const exempt = host.find(
      (own) =>
        (typeof namespace === "string" && valueAt(own.props, "metadata.name") === namespace) ||
        pod.resource.dependsOn.metadata?.includes(own.urn),
    );
    if (exempt !== undefined)
      return [
        {
          urn: pod.resource.urn,
          property: "metadata.namespace",
          value: `${shown(namespace)}, for pods that work on the host`,
          holds: true,
        },
      ];
    return podFindings(pod);
  });
};

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function podFindings(pod: Pod): Finding[] {
  const { resource, path, spec } = pod;
  const faults = [
    ...["hostNetwork", "hostPID", "hostIPC"].flatMap((key) => (isTrue(valueAt(spec, key)) ? [`${key} is true`] : [])),
    ...listAt(spec, "volumes").flatMap((volume, index) =>
      valueAt(volume, "hostPath") === undefined ? [] : [`volumes[${index}] is a path of the host`],
    ),
    ...containersOf(pod).flatMap(({ container }) => containerFaults(container, spec)),
  ];
  const finding = { urn: resource.urn, property: path };
  if (spec === unknown) return [{ ...finding, value: shown(spec), holds: undefined }];
  if (faults.length === 0) return [{ ...finding, value: "restricted", holds: true }];
  return [
    {
      ...finding,
      value: "not restricted",
      holds: false,
      reason: `breaks the standard \`restricted\`: ${faults.join("; ")}`,
    },
  ];
}

function containerFaults(container: Value, spec: Value): string[] {
  const own = (key: string) => valueAt(container, `securityContext.${key}`);
  const either = (key: string) => own(key) ?? valueAt(spec, `securityContext.${key}`);
  const drops = listAt(container, "securityContext.capabilities.drop");
  const adds = listAt(container, "securityContext.capabilities.add");
  const faults = [
    ...(isTrue(own("privileged")) ? ["privileged is true"] : []),
    ...(own("allowPrivilegeEscalation") === false ? [] : ["allowPrivilegeEscalation is not false"]),
    ...(isTrue(either("runAsNonRoot")) ? [] : ["runAsNonRoot is not true"]),
    ...(["RuntimeDefault", "Localhost"].includes(String(valueAt(either("seccompProfile"), "type")))
      ? []
      : ["seccompProfile is not RuntimeDefault"]),
    ...(drops.includes("ALL") ? [] : ["capabilities.drop is not ALL"]),
    ...(adds.every((name) => name === "NET_BIND_SERVICE") ? [] : [`capabilities.add is ${adds.map(shown).join(", ")}`]),
  ];
  return faults.length === 0 ? [] : [`container ${shown(valueAt(container, "name"))}: ${faults.join(", ")}`];
}

export const imagesPinned: Check = (plan) => [
  ...podsOf(plan).flatMap((pod) =>
    containersOf(pod).map(({ path, container }) =>
      judged(
        { resource: pod.resource, path: `${path}.image`, value: valueAt(container, "image") },
        isPinned,
        "is of no fixed version; name a tag other than latest, or better a digest",
      ),
    ),
  ),
  ...plan
    .ofType("kubernetes:helm.sh/v3:Release")
    .map((release) =>
      judged(
        fact(release, "version"),
        (value) => typeof value === "string" && value !== "",
        "is of no fixed version; set version",
      ),
    ),
];

function isPinned(image: Value | undefined): boolean {
  const text = String(image ?? "");
  if (/@sha256:[0-9a-f]{64}$/.test(text)) return true;
  const tag = /:([^:/@]+)$/.exec(text)?.[1];
  return tag !== undefined && tag !== "latest";
}

/** Names that a credential goes by, at the end of a variable or property. */
const credential =
  /(^|[_-]|[a-z])(password|passwd|secret|secret_?key|secret_?access_?key|api_?key|private_?key|access_?token|auth_?token)$/i;

/** Texts that are credentials by their form. */
const forms: readonly [RegExp, string][] = [
  [/-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/, "a private key"],
  [/\bAKIA[0-9A-Z]{16}\b/, "an access key of AWS"],
  [/\bgh[pousr]_[A-Za-z0-9]{36}\b/, "a token of GitHub"],
];

export const noPlainSecret: Check = (plan) => [
  ...podsOf(plan).flatMap((pod) =>
    containersOf(pod).flatMap(({ path, container }) => plainVariables(pod.resource, path, container)),
  ),
  ...plan.ofType("kubernetes:core/v1:ConfigMap").map((map) => formFinding(map, "data")),
  ...(plan.toldSecrets ? plan.ofType("kubernetes:core/v1:Secret").map(secretFinding) : []),
  ...plan.resources.filter(({ type }) => /^(aws|gcp|command):/.test(type)).flatMap(plainProperties(plan)),
];

function plainVariables(resource: Resource, path: string, container: Value): Finding[] {
  return listAt(container, "env").flatMap((variable, index): Finding[] => {
    const name = String(valueAt(variable, "name"));
    if (!credential.test(name)) return [];
    const value = valueAt(variable, "value");
    const isPlain = typeof value === "string" && value !== "" && !value.startsWith("/");
    const found = { urn: resource.urn, property: `${path}.env[${index}] (${name})` };
    // The value itself is never shown, as it would be a credential.
    if (!isPlain) return [{ ...found, value: value === undefined ? "a reference" : "no credential", holds: true }];
    return [
      {
        ...found,
        value: "plain text",
        holds: false,
        reason: "holds a credential in plain text; refer to a Secret by valueFrom",
      },
    ];
  });
}

function formOf(value: Value | undefined): string | undefined {
  if (typeof value === "string") return forms.find(([form]) => form.test(value))?.[1];
  if (Array.isArray(value)) return value.map(formOf).find(Boolean);
  if (typeof value !== "object" || value === null) return undefined;
  return Object.values(value).map(formOf).find(Boolean);
}

function formFinding(resource: Resource, property: string): Finding {
  const form = formOf(resource.props[property]);
  const found = { urn: resource.urn, property };
  if (form === undefined) return { ...found, value: "no credential", holds: true };
  return { ...found, value: form, holds: false, reason: `holds ${form} in plain text; put it into a Secret` };
}

/** Under `pulumi up` a policy gets secrets as plain values, so that only a plan tells. */
function secretFinding(secret: Resource): Finding {
  const [property = "data", value] =
    ["stringData", "data"].map((key) => [key, secret.props[key]] as const).find(([, own]) => own !== undefined) ?? [];
  const entries = typeof value === "object" && value !== null ? Object.values(value) : [];
  const isSecret =
    value === undefined ||
    value === hidden ||
    value === unknown ||
    entries.every((own) => own === hidden || own === unknown);
  const found = { urn: secret.urn, property };
  if (isSecret) return { ...found, value: "a secret", holds: true };
  return {
    ...found,
    value: "plain text",
    holds: false,
    reason: "is no secret in Pulumi's eyes, and would be shown; wrap it in pulumi.secret()",
  };
}

/** Properties of clouds' resources that hold a credential. */
function plainProperties(plan: PlanView) {
  return (resource: Resource): Finding[] =>
    Object.entries(resource.props).flatMap(([key, value]): Finding[] => {
      const form = formOf(value);
      const found = { urn: resource.urn, property: key };
      if (form !== undefined)
        return [{ ...found, value: form, holds: false, reason: `holds ${form} in plain text; pass it as a secret` }];
      if (!plan.toldSecrets || !/^(password|masterPassword|secretString|privateKey|adminPassword)$/.test(key))
        return [];
      if (typeof value !== "string" || value === "") return [{ ...found, value: shown(value), holds: true }];
      return [
        { ...found, value: "plain text", holds: false, reason: "is a credential in plain text; pass it as a secret" },
      ];
    });
}

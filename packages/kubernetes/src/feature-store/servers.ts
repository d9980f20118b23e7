import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, type FeatureServers, onCluster } from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress, ingressFrom, internetEgress } from "../workload/network-policy";
import { ports, repositoryPath, tlsPath } from "./defaults";
import { type FeastParts, feastLabels, feastPod } from "./feast-pod";
import { redisClientLabel } from "./redis";
import type { FeatureStoreSettings } from "./settings";

interface FeastServersArgs extends FeatureStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  parts: FeastParts;
  filesHash: pulumi.Input<string>;
}

const certificate = ["--key", `${tlsPath}/tls.key`, "--cert", `${tlsPath}/tls.crt`];

/** Commands of the servers, as `feast <command> --help` of 0.67.0 has them. Feast's registry server binds all addresses. */
export const commands: { [server in keyof FeatureServers]: string[] } = {
  online: ["serve", "--host", "0.0.0.0", "--port", String(ports.online), "--no-access-log", ...certificate],
  offline: ["serve_offline", "--host", "0.0.0.0", "--port", String(ports.offline), ...certificate],
  registry: ["serve_registry", "--port", String(ports.registry), ...certificate],
  ui: ["ui", "--host", "0.0.0.0", "--port", String(ports.ui), ...certificate],
};

/** The servers of Feast that run. */
export function runningServers(servers: FeatureServers): (keyof FeatureServers)[] {
  return (Object.keys(commands) as (keyof FeatureServers)[]).filter((server) => servers[server]);
}

/** Feast's servers: one deployment and service each. */
export class FeastServers extends pulumi.ComponentResource {
  /** Namespace, known once all servers answer. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: FeastServersArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:feature-store:FeastServers", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const servers = runningServers(args.servers).map((server) => feastServer(name, server, args, child));
    this.namespace = pulumi.all([args.namespace, ...servers]).apply(([namespace]) => namespace as string);
    this.registerOutputs();
  }
}

function feastServer(
  instance: string,
  server: keyof FeatureServers,
  args: FeastServersArgs,
  child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const name = `${instance}-${server}`;
  const selector = selectorLabels(instance, server);
  const labels = standardLabels(instance, "feast", server);
  const metadata = { name, namespace: args.namespace, labels };
  const port = ports[server];
  new kubernetes.core.v1.Service(
    `${name}-service`,
    {
      // Else the provider would wait for endpoints, which Feast brings only after its definitions are applied.
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { selector, ports: [{ name: server, port, targetPort: server }] },
    },
    child,
  );
  const policy = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-network`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          pulumi
            .output(args.clientNamespaces)
            .apply((namespaces) => ingressFrom(clientLabel(instance), [port], namespaces)),
        ],
        egress: feastEgress(instance, args),
      },
    },
    child,
  );
  new kubernetes.policy.v1.PodDisruptionBudget(
    `${name}-disruption`,
    { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
    child,
  );
  const replicas = new kubernetes.apps.v1.Deployment(
    `${name}-server`,
    {
      metadata,
      spec: {
        replicas: args.replicas,
        selector: { matchLabels: selector },
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: {
            labels: feastLabels(args.parts, { ...labels, ...redisClientLabel(instance) }),
            annotations: { "aistack.dev/files-hash": args.filesHash },
          },
          spec: serverPod(server, args, selector),
        },
      },
    },
    { ...child, dependsOn: [policy], customTimeouts: { create: "15m", update: "15m" } },
  );
  return replicas.metadata.name;
}

function serverPod(
  server: keyof FeatureServers,
  args: FeastServersArgs,
  selector: { [label: string]: string },
): kubernetes.types.input.core.v1.PodSpec {
  // Of Feast's servers only the online one answers on a path of health.
  const probe =
    server === "online"
      ? { httpGet: { path: "/health", port: server, scheme: "HTTPS" }, timeoutSeconds: 3 }
      : { tcpSocket: { port: server }, timeoutSeconds: 3 };
  const spread = { maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } };
  return feastPod(
    args.parts,
    {
      name: server,
      command: ["feast", "--chdir", repositoryPath, ...commands[server]],
      ports: [{ name: server, containerPort: ports[server] }],
      resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } },
      startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
      readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
      livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
      // Lets the service forget the pod before it closes its connections.
      lifecycle: { preStop: { sleep: { seconds: 10 } } },
    },
    {
      terminationGracePeriodSeconds: 60,
      topologySpreadConstraints: [
        { ...spread, topologyKey: "kubernetes.io/hostname" },
        { ...spread, topologyKey: "topology.kubernetes.io/zone" },
      ],
    },
  );
}

/** What Feast's pods connect to: the stores, what the definitions read from, and the provider of tokens. */
export function feastEgress(instance: string, args: FeatureStoreSettings & { parts: FeastParts }) {
  const redis = {
    to: [{ podSelector: { matchLabels: selectorLabels(instance, "redis") } }],
    ports: [{ protocol: "TCP", port: ports.redis }],
  };
  const provider = args.oidc ? [internetEgress] : [];
  const { uses, database } = args.parts;
  return pulumi
    .all([database.egress, uses.egress])
    .apply(([toDatabase, used]) => [dnsEgress, redis, ...toDatabase, ...provider, ...used]);
}

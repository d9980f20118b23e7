import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, onCluster } from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { type Uses, usesOf } from "../workload/uses";
import { connections, paths, port, scratch, users } from "./defaults";
import { fileNames } from "./files";
import {
  commonMounts,
  databaseEnvironment,
  databaseUses,
  environmentRows,
  mlflowContainer,
  mlflowPod,
  secretVariable,
  type TrackingParts,
} from "./pod";

/** The servers, each of which can answer all requests, with what guards them and what is before them. */
export class TrackingReplicas extends pulumi.ComponentResource {
  /** Namespace, known once the servers answer. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: TrackingParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:tracking-server:TrackingReplicas", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const { namespace } = args;
    const selector = selectorLabels(name, "tracking");
    const metadata = { name, namespace, labels: standardLabels(name, "mlflow", "tracking") };
    const [database, store] = [databaseUses(args), usesOf([args.artifacts, ...args.uses], namespace)];
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Ingress", "Egress"],
          ingress: pulumi.output(args.clientNamespaces).apply((own) => [
            ingressFrom(clientLabel(name), [port], own),
            // Also where only named namespaces may connect.
            {
              from: [{ podSelector: { matchLabels: selectorLabels(name, "clean-up") } }],
              ports: [{ protocol: "TCP", port }],
            },
          ]),
          egress: pulumi
            .all([database.egress, store.egress])
            .apply(([toDatabase, toStore]) => [dnsEgress, ...toDatabase, ...toStore]),
        },
      },
      child,
    );
    new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { selector, ports: [{ name: "https", port, targetPort: "https" }] },
      },
      child,
    );
    const replicas = new kubernetes.apps.v1.Deployment(
      `${name}-replicas`,
      {
        metadata,
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: selector },
          strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          // The first server of a new version changes the tables, which takes long where there are many runs.
          progressDeadlineSeconds: 3600,
          template: {
            metadata: {
              labels: pulumi
                .all([database.podLabels, store.podLabels])
                .apply(([ofDatabase, ofStore]) => ({ ...metadata.labels, ...ofDatabase, ...ofStore })),
              annotations: {
                "aistack.dev/certificate-hash": args.certificate,
                "aistack.dev/credentials-hash": args.credentials.hash,
                "aistack.dev/files-hash": args.files.hash,
              },
            },
            spec: serverPod(args, store, selector),
          },
        },
      },
      { ...child, dependsOn: [policy], customTimeouts: { create: "1h", update: "1h" } },
    );
    if (args.replicas > 1)
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-disruption`,
        { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
        child,
      );
    this.namespace = replicas.metadata.namespace;
    this.registerOutputs();
  }
}

function serverPod(
  args: TrackingParts,
  store: Uses,
  selector: { [label: string]: string },
): kubernetes.types.input.core.v1.PodSpec {
  const pod = mlflowPod(args, scratch);
  const mounts = [...commonMounts, { name: "tls", mountPath: paths.tls, readOnly: true }];
  const volumes = [...pod.volumes, { name: "tls", secret: { secretName: args.tlsSecretName } }];
  const spread = (topologyKey: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
  });
  const probe = { httpGet: { path: "/health", port: "https", scheme: "HTTPS" }, timeoutSeconds: 5 };
  return {
    ...pod,
    topologySpreadConstraints: [spread("kubernetes.io/hostname"), spread("topology.kubernetes.io/zone")],
    // Uploads end before the server does.
    terminationGracePeriodSeconds: drainSeconds + 30,
    initContainers: [prepareContainer(args)],
    containers: [
      mlflowContainer(args, {
        name: "mlflow",
        command: serverCommand(args),
        env: serverEnvironment(args, store),
        envFrom: [{ secretRef: { name: args.credentials.serverSecret } }],
        ports: [{ name: "https", containerPort: port }],
        resources: { requests: { cpu: args.cpu, memory: args.memory }, limits: { memory: args.memory } },
        startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
        livenessProbe: { ...probe, periodSeconds: 20 },
        readinessProbe: { ...probe, periodSeconds: 10 },
        volumeMounts: store.mounts.apply((used) => [...mounts, ...used]),
      }),
    ],
    volumes: store.volumes.apply((used) => [...volumes, ...used]),
  };
}

/** Seconds that requests under way are waited for. */
const drainSeconds = 60;

/** Tables and users, before the server starts. */
function prepareContainer(args: TrackingParts): kubernetes.types.input.core.v1.Container {
  const { serverSecret, userSecret } = args.credentials;
  const variables = { ...databaseEnvironment(args), ADMIN_USERNAME: users.admin, CLIENT_USERNAME: users.client };
  return mlflowContainer(args, {
    name: "prepare",
    command: ["python", `${paths.files}/${fileNames.prepare}`],
    env: [
      ...environmentRows(variables),
      secretVariable("PGPASSWORD", serverSecret),
      secretVariable("ADMIN_PASSWORD", userSecret),
      secretVariable("CLIENT_PASSWORD", userSecret),
    ],
    resources: { requests: { cpu: "100m", memory: "1Gi" }, limits: { memory: "1Gi" } },
  });
}

/** Options of mlflow/cli/__init__.py and, between quotes, of uvicorn. */
function serverCommand({ artifacts, host, hosts }: TrackingParts): pulumi.Output<string[]> {
  return pulumi.all([bindingField(artifacts, "url"), host, hosts]).apply(([url, own, others]) => {
    const names = [own, `${own}.cluster.local`, "localhost"].map((name) => `${name}:${port}`);
    return [
      ...["mlflow", "server", "--host", "0.0.0.0", "--port", `${port}`, "--workers", `${connections.processes}`],
      ...["--app-name", "basic-auth", "--serve-artifacts", "--artifacts-destination", url],
      // What a browser may name as the server, and where pages may come from that send something to it.
      ...["--allowed-hosts", [...names, ...others].join(",")],
      ...["--cors-allowed-origins", [...names, ...others].map((name) => `https://${name}`).join(",")],
      "--uvicorn-opts",
      `--ssl-keyfile ${paths.tls}/tls.key --ssl-certfile ${paths.tls}/tls.crt --timeout-graceful-shutdown ${drainSeconds}`,
    ];
  });
}

function serverEnvironment(args: TrackingParts, store: Uses): pulumi.Output<kubernetes.types.input.core.v1.EnvVar[]> {
  const { artifacts, files } = args;
  const own = {
    ...databaseEnvironment(args),
    MLFLOW_AUTH_CONFIG_PATH: `${paths.files}/${fileNames.users}`,
    MLFLOW_AUTH_ADMIN_USERNAME: users.admin,
    // A replica would run them by itself, and by an address without TLS.
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
    MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: `${connections.kept}`,
    MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: `${connections.more}`,
    // Soon after a database has moved, no connection is kept to where it was.
    MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE: "300",
    // Credentials come from what is used, never from the machine that the pod happens to run on.
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return pulumi
    .all([store.environment, own, bindingField(artifacts, "region"), bindingField(artifacts, "endpoint")])
    .apply(([used, mine, region, endpoint]) => ({ ...used, ...mine, ...bucketEnvironment(region, endpoint) }))
    .apply((variables) => pulumi.all([variables, files.hasStoreAuthority]))
    .apply(([variables, hasAuthority]) =>
      environmentRows({
        ...variables,
        ...(hasAuthority && { AWS_CA_BUNDLE: `${paths.files}/${fileNames.storeAuthority}` }),
      }),
    );
}

/** How boto3 finds the bucket. A store of one's own has no host name for each bucket. */
function bucketEnvironment(region: string | undefined, endpoint: string | undefined): { [name: string]: string } {
  return {
    ...(region && { AWS_DEFAULT_REGION: region }),
    ...(endpoint && { MLFLOW_S3_ENDPOINT_URL: endpoint, MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: "path" }),
  };
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { distanceNames, ports } from "./defaults";
import type { Qdrant } from "./qdrant";
import { backupSnapshots, createCollection, takeSnapshots } from "./scripts";
import type { VectorStoreSettings } from "./settings";

interface QdrantMaintenanceArgs extends VectorStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  store: Qdrant;
}

/** What is done to a Qdrant cluster from outside: the collection is created once, snapshots are taken on a schedule. */
export class QdrantMaintenance extends pulumi.ComponentResource {
  /** Name of the collection, known once it exists. */
  public readonly collection: pulumi.Output<string>;

  constructor(name: string, args: QdrantMaintenanceArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:vector-store:QdrantMaintenance", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const labels = standardLabels(name, "qdrant", "maintenance");
    const metadata = { namespace: args.namespace, labels };

    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-maintenance-network`,
      {
        metadata: { ...metadata, name: `${name}-maintenance` },
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "maintenance") },
          policyTypes: ["Ingress", "Egress"],
          egress: [
            dnsEgress,
            {
              to: [{ podSelector: { matchLabels: args.store.podLabels } }],
              ports: [{ protocol: "TCP", port: ports.http }],
            },
          ],
        },
      },
      child,
    );
    const created = new kubernetes.batch.v1.Job(
      `${name}-collection`,
      {
        metadata: { ...metadata, name: `${name}-collection` },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 900,
          template: pod(args, labels, createCollection, [
            { name: "URL", value: args.store.endpoint },
            { name: "BODY", value: collectionBody(args) },
          ]),
        },
      },
      { ...child, dependsOn: [policy], deleteBeforeReplace: true, customTimeouts: { create: "20m" } },
    );
    new kubernetes.batch.v1.CronJob(
      `${name}-snapshots`,
      {
        metadata: { ...metadata, name: `${name}-snapshots` },
        spec: {
          schedule: args.backup?.schedule ?? args.snapshotSchedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 3600,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: 4 * 3600,
              template: args.backup
                ? pod(args, labels, backupSnapshots, [
                    { name: "NODES", value: nodeUrls(name, args) },
                    { name: "DAYS", value: pulumi.output(args.backup.retentionDays).apply(String) },
                  ])
                : pod(args, labels, takeSnapshots, [
                    { name: "NODES", value: nodeUrls(name, args) },
                    { name: "KEEP", value: pulumi.output(args.snapshotsKept).apply(String) },
                  ]),
            },
          },
        },
      },
      child,
    );

    this.collection = pulumi.all([args.collection, created.metadata.name]).apply(([collection]) => collection);
    this.registerOutputs();
  }
}

function collectionBody(args: VectorStoreSettings): pulumi.Output<string> {
  const { neighbours, candidates } = args.index ?? {};
  return pulumi.all([args.dimensions, args.distance, neighbours, candidates]).apply(([size, distance, m, built]) =>
    JSON.stringify({
      vectors: { size, distance: distanceNames[distance] },
      ...(m !== undefined && { hnsw_config: { m, ef_construct: built } }),
      shard_number: args.replicas,
      // Two copies survive the loss of one node; more cost memory without need.
      replication_factor: Math.min(args.replicas, 2),
    }),
  );
}

function nodeUrls(name: string, args: QdrantMaintenanceArgs): pulumi.Output<string> {
  const scheme = args.tlsSecretName ? "https" : "http";
  const urls = (host: string) =>
    Array.from({ length: args.replicas }, (_, node) => `${scheme}://${name}-${node}.${host}:${ports.http}`);
  return args.store.peersHost.apply((host) => urls(host).join(" "));
}

function pod(
  args: QdrantMaintenanceArgs,
  labels: { [label: string]: string },
  script: string,
  env: kubernetes.types.input.core.v1.EnvVar[],
): kubernetes.types.input.core.v1.PodTemplateSpec {
  const tls = args.tlsSecretName !== undefined;
  const apiKey = { secretKeyRef: { name: args.store.credentialsSecret, key: "api-key" } };
  return {
    metadata: { labels },
    spec: {
      restartPolicy: "OnFailure",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      containers: [
        {
          name: "maintenance",
          image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("curl", mirror)),
          command: ["/bin/sh", "-c", script],
          env: [
            ...env,
            { name: "COLLECTION", value: args.collection },
            { name: "API_KEY", valueFrom: apiKey },
            { name: "CURL_OPTIONS", value: tls ? "--cacert /tls/ca.crt" : "" },
          ],
          resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "64Mi" } },
          securityContext: restrictedContainer,
          volumeMounts: tls ? [{ name: "tls", mountPath: "/tls", readOnly: true }] : [],
        },
      ],
      volumes: tls
        ? [{ name: "tls", secret: { secretName: args.tlsSecretName, items: [{ key: "ca.crt", path: "ca.crt" }] } }]
        : [],
    },
  };
}

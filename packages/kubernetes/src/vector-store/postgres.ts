import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  after,
  asPostgresName,
  bindingField,
  bytesOfQuantity,
  type ClusterBinding,
  imagePin,
  onCluster,
  Platform,
  pgvectorSql,
} from "aistack-core";
import { apiServerEgress } from "aistack-runtime";
import { clientLabel, standardLabels } from "../workload/labels";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { metricsIngress, postgresAlerts } from "./alerts";
import { type BackupTarget, backupCredentials } from "./backup";
import { postgresPorts } from "./defaults";
import { operatorNamespace } from "./postgres-operator";
import type { IndexSettings, VectorStoreSettings } from "./settings";

interface PostgresArgs extends VectorStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  target?: BackupTarget;
  /** What understands the resources of CloudNativePG. */
  operator: pulumi.Resource[];
}

/** API versions of CloudNativePG and its backup plugin. */
const postgresApi = "postgresql.cnpg.io/v1";
const backupApi = "barmancloud.cnpg.io/v1";

/** Name by which clusters ask for the plugin. */
const backupPlugin = "barman-cloud.cloudnative-pg.io";

/** Share of an instance's memory that PostgreSQL caches in: https://www.postgresql.org/docs/17/runtime-config-resource.html */
const sharedBuffers = 0.25;
/** Share that an index is built in, once at a time. */
const maintenanceMemory = 0.1;

/** A PostgreSQL cluster with pgvector, its database and role, and what guards and backs it up. */
export class Postgres extends pulumi.ComponentResource {
  public readonly endpoint: pulumi.Output<string>;
  public readonly user: pulumi.Output<string>;
  public readonly password: pulumi.Output<string>;
  /** Name of the table, known once it is asked for. */
  public readonly collection: pulumi.Output<string>;
  public readonly podLabels: pulumi.Output<{ [label: string]: string }>;

  constructor(name: string, args: PostgresArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:vector-store:Postgres", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    // Deleting a database deletes its volumes: the operator owns them through it.
    const kept = { ...child, retainOnDelete: true };
    const metadata = { namespace: args.namespace, labels: standardLabels(name, "postgresql", "vector-store") };
    const database = asPostgresName(name);
    const podLabels: { [label: string]: string } = { "cnpg.io/cluster": name };

    const password = new random.RandomPassword(`${name}-password`, { length: 48, special: false }, { parent: this });
    const credentials = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      {
        metadata: { ...metadata, name: `${name}-credentials` },
        type: "kubernetes.io/basic-auth",
        stringData: { username: database, password: password.result },
      },
      kept,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata: { ...metadata, name }, spec: networkPolicy(name, args, podLabels) },
      child,
    );
    const store = args.target && objectStore(name, args.target, metadata, { ...child, dependsOn: args.operator });
    const servers = new kubernetes.apiextensions.CustomResource(
      `${name}-servers`,
      {
        apiVersion: postgresApi,
        kind: "Cluster",
        // The provider knows no custom resource; this tells it when one is done.
        metadata: { ...metadata, name, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: clusterSpec(name, database, args, credentials.metadata.name, store?.metadata.name),
      },
      { ...kept, dependsOn: [policy, ...args.operator], customTimeouts: { create: "20m", update: "60m" } },
    );
    if (args.target && store) scheduledBackup(name, args.target, metadata, servers, child);
    if (args.alerts)
      postgresAlerts(name, { ...args, alerts: args.alerts, backup: args.target }, { ...child, dependsOn: [servers] });

    // Reading the namespace from the servers makes clients wait until they are ready.
    const namespace = after(args.namespace, servers);
    this.endpoint = pulumi.interpolate`postgresql://${name}-rw.${namespace}.svc:${postgresPorts.postgres}/${database}?sslmode=require`;
    this.user = pulumi.output(database);
    this.password = password.result;
    this.collection = after(args.collection, servers);
    this.podLabels = pulumi.output(podLabels);
    this.registerOutputs();
  }
}

function clusterSpec(
  name: string,
  database: string,
  args: PostgresArgs,
  credentialsSecret: pulumi.Output<string>,
  objectStoreName: pulumi.Output<string> | undefined,
): object {
  const storageClass = pulumi
    .all([args.storageClass, bindingField(args.cluster, "storageClass")])
    .apply(([own, ofCluster]) => (own ?? ofCluster) as string);
  const spread = {
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { "cnpg.io/cluster": name } },
  };
  return {
    instances: args.replicas,
    imageName: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("postgresql", mirror)),
    bootstrap: {
      initdb: {
        database,
        owner: database,
        secret: { name: credentialsSecret },
        dataChecksums: true,
        postInitApplicationSQL: initialisation(args, database),
      },
    },
    postgresql: {
      parameters: memorySettings(args.memory),
      // After the operator's own connections, and before the rule that lets everybody with a password in.
      pg_hba: ["hostnossl all all all reject"],
      ...(args.replicas >= 3 && { synchronous: { method: "any", number: 1, dataDurability: "preferred" } }),
    },
    storage: { size: pulumi.interpolate`${args.diskSizeGiB}Gi`, storageClass, resizeInUseVolumes: true },
    resources: { requests: { cpu: args.cpu, memory: args.memory }, limits: { memory: args.memory } },
    topologySpreadConstraints: [
      { ...spread, topologyKey: "kubernetes.io/hostname" },
      { ...spread, topologyKey: "topology.kubernetes.io/zone" },
    ],
    enableSuperuserAccess: false,
    enablePDB: args.replicas > 1,
    ...(args.tlsSecretName && {
      certificates: { serverTLSSecret: args.tlsSecretName, serverCASecret: args.tlsSecretName },
    }),
    ...(args.target && {
      inheritedMetadata: { labels: args.target.uses.podLabels },
      plugins: [{ name: backupPlugin, isWALArchiver: true, parameters: { barmanObjectName: objectStoreName } }],
    }),
  };
}

/** Table and index, made by the operator's own superuser; the role of applications owns the database and nothing else. */
function initialisation(args: VectorStoreSettings, writer: string): pulumi.Output<string[]> {
  const { neighbours, candidates } = args.index as IndexSettings;
  return pulumi
    .all([args.collection, args.dimensions, args.distance, neighbours, candidates])
    .apply(([table, dimensions, distance, links, built]) =>
      pgvectorSql({ table, dimensions, distance, neighbours: links, candidates: built, writer }),
    );
}

function memorySettings(memory: pulumi.Input<string>): pulumi.Output<{ [parameter: string]: string }> {
  return pulumi.output(memory).apply((text): { [parameter: string]: string } => {
    const mebibytes = (share: number) => `${Math.floor(((bytesOfQuantity(text) ?? 0) * share) / 2 ** 20)}MB`;
    return {
      shared_buffers: mebibytes(sharedBuffers),
      effective_cache_size: mebibytes(1 - sharedBuffers),
      maintenance_work_mem: mebibytes(maintenanceMemory),
    };
  });
}

function networkPolicy(name: string, args: PostgresArgs, podLabels: { [label: string]: string }) {
  const port = (...numbers: number[]) => numbers.map((own) => ({ protocol: "TCP", port: own }));
  const { postgres, instanceManager, metrics } = postgresPorts;
  const peer = { podSelector: { matchLabels: podLabels } };
  const operator = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": operatorNamespace } } };
  const clients = pulumi
    .output(args.clientNamespaces)
    .apply((namespaces) => ingressFrom(clientLabel(name), [postgres], namespaces));
  const monitoring = args.alerts && metricsIngress(args.alerts, metrics);
  // Each instance reads its own configuration from the API server.
  const egress = [dnsEgress, apiServerEgress, { to: [peer], ports: port(postgres, instanceManager) }];
  return {
    podSelector: { matchLabels: podLabels },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      clients,
      { from: [peer], ports: port(postgres, instanceManager) },
      { from: [operator], ports: port(postgres, instanceManager) },
      ...(monitoring ? [monitoring] : []),
    ],
    egress: args.target ? args.target.uses.egress.apply((toBucket) => [...egress, ...toBucket]) : egress,
  };
}

type Metadata = { namespace: pulumi.Input<string>; labels: { [label: string]: string } };

/** Where full backups and changes go, and how long they are kept. */
function objectStore(
  name: string,
  target: BackupTarget,
  metadata: Metadata,
  opts: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  const secret = backupCredentials(name, { ...metadata, name: `${name}-backup` }, target, {
    parent: opts.parent,
    provider: opts.provider,
  });
  const key = (field: string) => ({ name: secret.metadata.name, key: field });
  return new kubernetes.apiextensions.CustomResource(
    `${name}-backups`,
    {
      apiVersion: backupApi,
      kind: "ObjectStore",
      metadata: { ...metadata, name },
      spec: {
        retentionPolicy: pulumi.interpolate`${target.retentionDays}d`,
        configuration: pulumi
          .all([target.url, target.platform, target.endpoint, target.hasCredentials])
          .apply(([url, platform, endpoint, hasCredentials]) => ({
            destinationPath: `${url}/${name}`,
            ...(endpoint && { endpointURL: endpoint }),
            ...(platform === Platform.Gcp
              ? { googleCredentials: { gkeEnvironment: true } }
              : {
                  s3Credentials: hasCredentials
                    ? { accessKeyId: key("AWS_ACCESS_KEY_ID"), secretAccessKey: key("AWS_SECRET_ACCESS_KEY") }
                    : { inheritFromIAMRole: true },
                }),
            wal: { compression: "gzip" },
            data: { compression: "gzip" },
          })),
      },
    },
    opts,
  );
}

function scheduledBackup(
  name: string,
  target: BackupTarget,
  metadata: Metadata,
  servers: pulumi.Resource,
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.apiextensions.CustomResource(
    `${name}-schedule`,
    {
      apiVersion: postgresApi,
      kind: "ScheduledBackup",
      metadata: { ...metadata, name },
      spec: {
        schedule: pulumi.output(target.schedule).apply(withSeconds),
        // The first one at once: until there is one, no change after it can be restored.
        immediate: true,
        backupOwnerReference: "self",
        cluster: { name },
        method: "plugin",
        pluginConfiguration: { name: backupPlugin },
      },
    },
    { ...opts, dependsOn: [servers] },
  );
}

/** CloudNativePG's schedules have six fields, of which the first is seconds. */
function withSeconds(schedule: string): string {
  return schedule.startsWith("@") ? schedule : `0 ${schedule}`;
}

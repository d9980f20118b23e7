import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { after, bindingField, bytesOfQuantity, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import { apiServerEgress } from "aistack-runtime";
import type { BackupTarget, BucketSettings, BucketTarget } from "../workload/backup";
import { clientLabel, standardLabels } from "../workload/labels";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { type AlertSubject, fromPrometheus, type PrometheusSettings } from "../workload/prometheus";
import { postgresAlerts } from "./alerts";
import { backupPlugin, backupStore, originStore, postgresApi, scheduledBackup } from "./backups";
import { ports } from "./defaults";
import { operatorNamespace } from "./postgres-operator";

/** What a PostgreSQL is made from, whatever it holds. */
export interface PostgresSettings {
  /** Name of the database, and of the role that owns it. */
  database: pulumi.Input<string>;
  replicas: number;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  diskSizeGiB: pulumi.Input<number>;
  storageClass?: pulumi.Input<string>;
  /** Connections at the same time. Defaults to PostgreSQL's own 100. */
  connections?: pulumi.Input<number>;
  tlsSecretName?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  alerts?: PrometheusSettings;
}

/** Backups that a new database starts from. */
export interface RestoreSettings extends BucketSettings {
  /** Name of the one that wrote them. */
  name: string;
  /** Moment to go back to; the last one when undefined. */
  time?: pulumi.Input<string>;
}

interface PostgresArgs extends PostgresSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  target?: BackupTarget;
  origin?: RestoreSettings & BucketTarget;
  /** What understands the resources of CloudNativePG. */
  operator: pulumi.Resource[];
  /** Statements that the operator's own superuser runs in the new database. */
  initialisation?: pulumi.Input<pulumi.Input<string>[]>;
  /** Value of the label `app.kubernetes.io/component`. */
  component: string;
  alertSubject: AlertSubject;
}

/** Name under which CloudNativePG looks for the backups that it starts from. */
const originName = "origin";

/** Share of an instance's memory that PostgreSQL caches in: https://www.postgresql.org/docs/17/runtime-config-resource.html */
const sharedBuffers = 0.25;
/** Share that an index is built in, once at a time. */
const maintenanceMemory = 0.1;

/** A PostgreSQL cluster with a database and the role that owns it, and what guards it and backs it up. */
export class Postgres extends pulumi.ComponentResource {
  /** Service of the instance that takes writes, known once there is one. */
  public readonly host: pulumi.Output<string>;
  public readonly user: pulumi.Output<string>;
  public readonly password: pulumi.Output<string>;
  public readonly podLabels: pulumi.Output<{ [label: string]: string }>;

  constructor(name: string, args: PostgresArgs, opts: pulumi.ComponentResourceOptions) {
    // What it was when stores of vectors alone had one.
    const aliases = [{ type: "aistack-kubernetes:vector-store:Postgres" }];
    super("aistack-kubernetes:database:Postgres", name, {}, { ...opts, aliases });
    const child = onCluster(this, name, args.cluster, opts);
    // Deleting a database deletes its volumes: the operator owns them through it.
    const kept = { ...child, retainOnDelete: true };
    const metadata = { namespace: args.namespace, labels: standardLabels(name, "postgresql", args.component) };
    const podLabels: { [label: string]: string } = { "cnpg.io/cluster": name };

    const password = new random.RandomPassword(`${name}-password`, { length: 48, special: false }, { parent: this });
    const credentials = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      {
        metadata: { ...metadata, name: `${name}-credentials` },
        type: "kubernetes.io/basic-auth",
        stringData: { username: args.database, password: password.result },
      },
      kept,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata: { ...metadata, name }, spec: networkPolicy(name, args, podLabels) },
      child,
    );
    const installed = { ...child, dependsOn: args.operator };
    const store = args.target && backupStore(name, args.target, metadata, installed);
    const origin = args.origin && originStore(name, args.origin, metadata, installed);
    const servers = new kubernetes.apiextensions.CustomResource(
      `${name}-servers`,
      {
        apiVersion: postgresApi,
        kind: "Cluster",
        // The provider knows no custom resource; this tells it when one is done.
        metadata: { ...metadata, name, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: clusterSpec(name, args, {
          credentials: credentials.metadata.name,
          store: store?.metadata.name,
          origin: origin?.metadata.name,
        }),
      },
      {
        ...kept,
        dependsOn: [policy, ...args.operator],
        // What starts from backups fetches them all first.
        customTimeouts: { create: args.origin ? "12h" : "20m", update: "60m" },
      },
    );
    if (args.target && store) scheduledBackup(name, args.target, metadata, servers, child);
    if (args.alerts)
      postgresAlerts(
        name,
        args.alertSubject,
        { ...args, settings: args.alerts, backup: args.target !== undefined },
        { ...child, dependsOn: [servers] },
      );

    // Reading the namespace from the servers makes clients wait until they are ready.
    this.host = pulumi.interpolate`${name}-rw.${after(args.namespace, servers)}.svc`;
    this.user = after(args.database, servers);
    this.password = password.result;
    this.podLabels = pulumi.output(podLabels);
    this.registerOutputs();
  }
}

interface SpecNames {
  credentials: pulumi.Output<string>;
  store: pulumi.Output<string> | undefined;
  origin: pulumi.Output<string> | undefined;
}

function clusterSpec(name: string, args: PostgresArgs, names: SpecNames): object {
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
    ...bootstrap(args, names),
    postgresql: {
      parameters: parameters(args),
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
    ...((args.target || args.origin) && { inheritedMetadata: { labels: bucketLabels(args) } }),
    ...(args.target && {
      plugins: [{ name: backupPlugin, isWALArchiver: true, parameters: { barmanObjectName: names.store } }],
    }),
  };
}

/** How the database comes to be: new, or from the backups of another one. The role gets the password in either case. */
function bootstrap({ database, origin, initialisation }: PostgresArgs, names: SpecNames): object {
  const own = { database, owner: database, secret: { name: names.credentials } };
  if (!origin)
    return {
      bootstrap: {
        initdb: { ...own, dataChecksums: true, ...(initialisation && { postInitApplicationSQL: initialisation }) },
      },
    };
  const parameters = { barmanObjectName: names.origin, serverName: origin.name };
  return {
    bootstrap: {
      recovery: {
        ...own,
        source: originName,
        ...(origin.time !== undefined && { recoveryTarget: { targetTime: origin.time } }),
      },
    },
    externalClusters: [{ name: originName, plugin: { name: backupPlugin, parameters } }],
  };
}

/** Labels by which the buckets' own network policies let the instances in. */
function bucketLabels({ target, origin }: PostgresArgs): pulumi.Output<{ [label: string]: string }> {
  return pulumi.all([target?.uses.podLabels, origin?.uses.podLabels]).apply((all) => Object.assign({}, ...all));
}

function parameters({ memory, connections }: PostgresArgs): pulumi.Output<{ [parameter: string]: string }> {
  return pulumi.all([memory, connections]).apply(([text, most]): { [parameter: string]: string } => {
    const mebibytes = (share: number) => `${Math.floor(((bytesOfQuantity(text) ?? 0) * share) / 2 ** 20)}MB`;
    return {
      shared_buffers: mebibytes(sharedBuffers),
      effective_cache_size: mebibytes(1 - sharedBuffers),
      maintenance_work_mem: mebibytes(maintenanceMemory),
      ...(most !== undefined && { max_connections: String(most) }),
    };
  });
}

function networkPolicy(name: string, args: PostgresArgs, podLabels: { [label: string]: string }) {
  const port = (...numbers: number[]) => numbers.map((own) => ({ protocol: "TCP", port: own }));
  const { postgres, instanceManager, metrics } = ports;
  const peer = { podSelector: { matchLabels: podLabels } };
  const operator = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": operatorNamespace } } };
  const clients = pulumi
    .output(args.clientNamespaces)
    .apply((namespaces) => ingressFrom(clientLabel(name), [postgres], namespaces));
  const monitoring = args.alerts && fromPrometheus(args.alerts, metrics);
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
    egress: pulumi
      .all([args.target?.uses.egress, args.origin?.uses.egress])
      .apply(([toBackups, toOrigin]) => [...egress, ...(toBackups ?? []), ...(toOrigin ?? [])]),
  };
}

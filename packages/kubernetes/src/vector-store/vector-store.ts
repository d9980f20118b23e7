import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  asPostgresName,
  environmentPrefix,
  onCluster,
  pgvectorSql,
  VectorEngine,
  type VectorStoreBinding,
  vectorEnvironment,
  type WorkloadIdentity,
} from "aistack-core";
import { ports as postgresPorts } from "../database/defaults";
import { Postgres } from "../database/postgres";
import { PostgresOperator } from "../database/postgres-operator";
import { backupAccess, bucketTarget } from "../workload/backup";
import { clientLabel } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { vectorStoreAlerts } from "./alerts";
import type { VectorStoreArgs } from "./args";
import { ports } from "./defaults";
import { Qdrant } from "./qdrant";
import { QdrantMaintenance } from "./qdrant-maintenance";
import { checkedSettings, type IndexSettings, type VectorStoreSettings } from "./settings";

const type = "aistack-kubernetes:index:VectorStore";

/**
 * Vector database on Kubernetes: a Qdrant cluster, or PostgreSQL with pgvector, with credentials, backups and closed networks.
 *
 * Disks and the namespace outlive the component: deleting the store deletes no vector.
 */
export class VectorStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload. A secret as a whole, since it holds the API key or the password. */
  public readonly binding: pulumi.Output<VectorStoreBinding>;
  /** Service account that the store runs as: the component's name, in its namespace. For an AccessGrant to the bucket. */
  public readonly identity: pulumi.Output<WorkloadIdentity>;
  /** What `identity` must be granted for backups, for an AccessGrant; empty without `backup`. */
  public readonly backupAccess: pulumi.Output<AccessRule[]>;

  constructor(name: string, args: VectorStoreArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    this.backupAccess = backupAccess(settings.backup?.store);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.identity = pulumi.output({ namespace: args.namespace ?? name, serviceAccount: name });
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };

    const namespace =
      args.namespace ??
      new WorkloadNamespace(name, { cluster: args.cluster }, { ...component, retainOnDelete: true }).namespace;
    const parts: Parts = { ...args, settings, namespace, component };

    this.binding = args.engine === VectorEngine.Pgvector ? pgvector(name, parts) : qdrant(name, parts);
    this.identity = pulumi.output({ namespace, serviceAccount: name });
    this.registerOutputs({ binding: this.binding, compliance: args.compliance });
  }
}

interface Parts extends Pick<VectorStoreArgs, "cluster" | "uses" | "install"> {
  settings: VectorStoreSettings;
  namespace: pulumi.Input<string>;
  component: pulumi.ComponentResourceOptions;
}

function qdrant(name: string, parts: Parts): pulumi.Output<VectorStoreBinding> {
  const { cluster, settings, namespace, component } = parts;
  const target = bucketTarget(settings.backup, parts.uses, namespace);
  const store = new Qdrant(name, { ...settings, cluster, namespace, target }, component);
  const { collection } = new QdrantMaintenance(name, { ...settings, cluster, namespace, store }, component);
  const { endpoint, apiKey, podLabels } = store;
  return bindingOf(name, settings, {
    engine: VectorEngine.Qdrant,
    endpoint,
    collection,
    credentials: { API_KEY: apiKey },
    egress: [ports.http, ports.grpc].map((port) => ({ port, namespace, podLabels })),
  });
}

function pgvector(name: string, parts: Parts): pulumi.Output<VectorStoreBinding> {
  const { cluster, settings, namespace, component } = parts;
  const target = bucketTarget(settings.backup, parts.uses, namespace);
  const operator = new PostgresOperator(
    name,
    { cluster, install: parts.install ?? {}, backup: target !== undefined },
    component,
  ).releases;
  const database = asPostgresName(name);
  const store = new Postgres(
    name,
    {
      ...settings,
      cluster,
      namespace,
      target,
      operator,
      database,
      initialisation: initialisation(settings, database),
      component: "vector-store",
      alertSubject: vectorStoreAlerts,
    },
    component,
  );
  const { host, user, password, podLabels } = store;
  const endpoint = pulumi.interpolate`postgresql://${host}:${postgresPorts.postgres}/${database}?sslmode=require`;
  // Reading the host makes clients wait until there is a table.
  const collection = pulumi.all([settings.collection, host]).apply(([table]) => table);
  return bindingOf(name, settings, {
    engine: VectorEngine.Pgvector,
    endpoint,
    collection,
    environment: { USER: user },
    credentials: { PASSWORD: password },
    egress: [{ port: postgresPorts.postgres, namespace, podLabels }],
  });
}

/** Table and index, made by the operator's own superuser; the role of applications owns the database and nothing else. */
function initialisation(settings: VectorStoreSettings, writer: string): pulumi.Output<string[]> {
  const { neighbours, candidates } = settings.index as IndexSettings;
  return pulumi
    .all([settings.collection, settings.dimensions, settings.distance, neighbours, candidates])
    .apply(([table, dimensions, distance, links, built]) =>
      pgvectorSql({ table, dimensions, distance, neighbours: links, candidates: built, writer }),
    );
}

interface Reached {
  engine: VectorEngine;
  endpoint: pulumi.Output<string>;
  collection: pulumi.Output<string>;
  environment?: { [name: string]: pulumi.Input<string> };
  credentials: { [name: string]: pulumi.Input<string> };
  egress: object[];
}

function bindingOf(name: string, settings: VectorStoreSettings, store: Reached): pulumi.Output<VectorStoreBinding> {
  const prefixed = (variables: { [name: string]: pulumi.Input<string> } = {}) =>
    Object.fromEntries(Object.entries(variables).map(([key, value]) => [`${environmentPrefix(name)}_${key}`, value]));
  const { engine, endpoint, collection, egress } = store;
  const { dimensions, distance } = settings;
  return pulumi.output({
    kind: "vector-store",
    name,
    engine,
    endpoint,
    collection,
    dimensions,
    distance,
    environment: {
      ...vectorEnvironment(name, { engine, endpoint, collection, distance }),
      ...prefixed(store.environment),
    },
    credentials: prefixed(store.credentials),
    clientLabels: clientLabel(name),
    egress,
  }) as pulumi.Output<VectorStoreBinding>;
}

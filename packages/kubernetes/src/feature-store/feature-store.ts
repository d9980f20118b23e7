import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  type DatabaseBinding,
  databasePassword,
  environmentPrefix,
  FeatureRegistryKind,
  type FeatureServers,
  type FeatureStoreBinding,
  imagePin,
  mirroredImage,
  OfflineStoreKind,
  OnlineStoreKind,
  onCluster,
  type WorkloadIdentity,
} from "aistack-core";
import { Database } from "../database/database";
import { contentHash } from "../workload/hash";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { usesOf } from "../workload/uses";
import { featureStoreAlerts } from "./alerts";
import type { FeatureStoreArgs } from "./args";
import { clientConfiguration, passwordVariables, storeConfiguration } from "./configuration";
import { authorityFile, feastUser, ports } from "./defaults";
import type { FeastParts } from "./feast-pod";
import { FeastMaintenance } from "./maintenance";
import { Redis } from "./redis";
import { FeastServers, runningServers } from "./servers";
import { checkedSettings, type FeatureStoreSettings } from "./settings";

const type = "aistack-kubernetes:index:FeatureStore";

/**
 * Feature store on Kubernetes: Feast with PostgreSQL as registry and offline store and Redis as online store, its servers,
 * and the copies from the one to the other on a schedule.
 *
 * Disks and the namespace outlive the component: deleting the store deletes no value.
 */
export class FeatureStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload. */
  public readonly binding: pulumi.Output<FeatureStoreBinding>;
  /** `feature_store.yaml` of Feast's own pods, which speaks to the stores; passwords in it are names of variables. */
  public readonly configuration: pulumi.Output<string | undefined>;

  constructor(name: string, args: FeatureStoreArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.configuration = pulumi.output(undefined);
      this.registerOutputs({ binding: this.binding, configuration: this.configuration, compliance: args.compliance });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    const namespace =
      args.namespace ??
      new WorkloadNamespace(name, { cluster: args.cluster }, { ...component, retainOnDelete: true }).namespace;
    const place = { ...settings, cluster: args.cluster, namespace };

    const redis = new Redis(name, place, component);
    const database = args.database ?? ownDatabase(name, args, settings, namespace, component);
    const configuration = storeConfiguration(settings, {
      redis: redis.host,
      database,
      // Known before `up`, as the certificate is not.
      verified:
        args.database === undefined ||
        bindingField(database, "caCertificate").apply((authority) => authority !== undefined),
    });
    const parts = feastParts(name, { ...args, namespace }, settings, configuration, redis, database, child);
    const filesHash = contentHash(
      configuration,
      settings.definitions,
      redis.password,
      databasePassword(database),
      bindingField(database, "caCertificate"),
    );
    const feast = { ...place, parts, filesHash };
    const maintenance = new FeastMaintenance(name, feast, component);
    const servers = new FeastServers(name, { ...feast, namespace: maintenance.namespace }, component);
    if (settings.alerts) featureStoreAlerts(name, { ...settings, settings: settings.alerts, namespace }, child);

    this.configuration = configuration;
    this.binding = bindingOf(name, settings, servers.namespace, parts.serviceAccount);
    this.registerOutputs({ binding: this.binding, configuration, compliance: args.compliance });
  }
}

/** What Feast's pods share: account, passwords and files. */
function feastParts(
  name: string,
  args: FeatureStoreArgs & { namespace: pulumi.Input<string> },
  settings: FeatureStoreSettings,
  configuration: pulumi.Output<string>,
  redis: Redis,
  database: pulumi.Input<DatabaseBinding>,
  child: pulumi.CustomResourceOptions,
): FeastParts {
  const uses = usesOf(args.uses ?? [], args.namespace);
  const metadata = { name, namespace: args.namespace, labels: standardLabels(name, "feast", "feast") };
  const account = new kubernetes.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata, automountServiceAccountToken: false },
    child,
  );
  const own = {
    [passwordVariables.redis]: redis.password,
    [passwordVariables.database]: databasePassword(database),
  };
  const credentials = new kubernetes.core.v1.Secret(
    `${name}-credentials`,
    {
      metadata: { ...metadata, name: `${name}-credentials` },
      stringData: pulumi.secret(pulumi.all([uses.credentials, own]).apply(([used, mine]) => ({ ...used, ...mine }))),
    },
    child,
  );
  const files = new kubernetes.core.v1.ConfigMap(
    `${name}-repository`,
    {
      metadata: { ...metadata, name: `${name}-repository` },
      data: {
        "feature_store.yaml": configuration,
        [authorityFile]: bindingField(database, "caCertificate").apply((authority) => authority ?? ""),
        ...(settings.definitions !== undefined && { "definitions.py": settings.definitions }),
      },
    },
    child,
  );
  return {
    image: imageOf(args.cluster, settings.image),
    serviceAccount: account.metadata.name,
    credentials: credentials.metadata.name,
    files: files.metadata.name,
    hasDefinitions: settings.definitions !== undefined,
    tlsSecretName: settings.tlsSecretName,
    uses,
    database: usesOf([database], args.namespace),
  };
}

/** The registry and offline store, which the pods of the namespace alone may reach. */
function ownDatabase(
  name: string,
  { cluster, backup, install, alerts, storageClass, compliance }: FeatureStoreArgs,
  { offline }: FeatureStoreSettings,
  namespace: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<DatabaseBinding> {
  return new Database(
    `${name}-database`,
    {
      cluster,
      namespace,
      clientNamespaces: [namespace],
      database: feastUser,
      cpu: offline.cpu,
      memory: pulumi.interpolate`${offline.memoryGiB}Gi`,
      diskSizeGiB: offline.diskSizeGiB,
      storageClass,
      backup,
      install,
      alerts,
      compliance,
    },
    opts,
  ).binding;
}

function imageOf(cluster: pulumi.Input<ClusterBinding>, image: pulumi.Input<string> | undefined) {
  return pulumi
    .all([bindingField(cluster, "mirror"), image])
    .apply(([mirror, own]) => (own === undefined ? imagePin("feast", mirror) : mirroredImage(own, mirror)));
}

function bindingOf(
  name: string,
  settings: FeatureStoreSettings,
  namespace: pulumi.Output<string>,
  serviceAccount: pulumi.Input<string>,
): pulumi.Output<FeatureStoreBinding> {
  const hostOf = (server: keyof FeatureServers) => pulumi.interpolate`${name}-${server}.${namespace}.svc`;
  const endpoint = settings.servers.online
    ? pulumi.interpolate`https://${hostOf("online")}:${ports.online}`
    : undefined;
  const configuration = clientConfiguration(settings, hostOf);
  const prefix = `FEAST_${environmentPrefix(name)}`;
  return pulumi.output({
    kind: "feature-store",
    name,
    project: settings.project,
    registry: FeatureRegistryKind.Sql,
    onlineStore: OnlineStoreKind.Redis,
    offlineStore: OfflineStoreKind.Postgres,
    endpoint,
    configuration,
    environment: {
      [`${prefix}_PROJECT`]: settings.project,
      [`${prefix}_CONFIGURATION`]: configuration,
      ...(endpoint && { [`${prefix}_URL`]: endpoint }),
    },
    clientLabels: clientLabel(name),
    egress: runningServers(settings.servers).map((server) => ({
      port: ports[server],
      namespace,
      podLabels: selectorLabels(name, server),
    })),
    identity: pulumi.output({ namespace, serviceAccount }) as pulumi.Output<WorkloadIdentity>,
    access: { serve: [], train: [], materialise: [] },
  }) as pulumi.Output<FeatureStoreBinding>;
}

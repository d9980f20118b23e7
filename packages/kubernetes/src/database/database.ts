import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type DatabaseBinding,
  databaseBinding,
  onCluster,
  Platform,
  type WorkloadIdentity,
} from "aistack-core";
import { backupAccess, bucketTarget } from "../workload/backup";
import { Certificate } from "../workload/certificate";
import { clientLabel, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import type { DatabaseArgs } from "./args";
import { ports } from "./defaults";
import { Postgres } from "./postgres";
import { PostgresOperator } from "./postgres-operator";
import { checkedSettings } from "./settings";

const type = "aistack-kubernetes:index:Database";

/**
 * Database on Kubernetes: a PostgreSQL cluster by CloudNativePG, with a role that owns the database and nothing else, TLS that
 * clients verify, backups to any moment, and closed networks.
 *
 * Disks, credentials and the namespace outlive the component: deleting the database deletes no row.
 */
export class Database extends pulumi.ComponentResource {
  /** How to reach the database, for `uses` of a workload. A secret as a whole, since it holds the password. */
  public readonly binding: pulumi.Output<DatabaseBinding>;
  /** Service account that the database runs as: the component's name, in its namespace. For an AccessGrant to the bucket. */
  public readonly identity: pulumi.Output<WorkloadIdentity>;
  /** What `identity` must be granted for backups, for an AccessGrant; empty without `backup`. */
  public readonly backupAccess: pulumi.Output<AccessRule[]>;

  constructor(name: string, args: DatabaseArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    this.backupAccess = backupAccess(settings.backup?.store);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.identity = pulumi.output({ namespace: name, serviceAccount: name });
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    const namespace =
      args.namespace ??
      new WorkloadNamespace(name, { cluster: args.cluster }, { ...component, retainOnDelete: true }).namespace;
    const target = bucketTarget(settings.backup, args.uses, namespace);
    const origin = bucketTarget(settings.restore, args.uses, namespace);

    const { secretName, authority } = serverCertificate(
      name,
      { ...args, namespace },
      { ...child, retainOnDelete: true },
    );
    const operator = new PostgresOperator(
      name,
      { cluster: args.cluster, install: args.install ?? {}, backup: target !== undefined || origin !== undefined },
      component,
    ).releases;
    const postgres = new Postgres(
      name,
      {
        ...settings,
        cluster: args.cluster,
        namespace,
        target,
        origin,
        operator,
        tlsSecretName: secretName,
        ...(args.createsRoles && { initialisation: [mayCreateRoles(settings.database)] }),
        component: "database",
        alertSubject: { prefix: "Database", subject: "Database" },
      },
      component,
    );

    this.binding = databaseBinding(name, {
      platform: Platform.Kubernetes,
      host: postgres.host,
      port: ports.postgres,
      database: postgres.user,
      user: postgres.user,
      password: postgres.password,
      caCertificate: authority,
      clientLabels: clientLabel(name),
      egress: [{ port: ports.postgres, namespace, podLabels: postgres.podLabels }],
    });
    this.identity = pulumi.output({ namespace, serviceAccount: name });
    this.registerOutputs({ binding: this.binding, compliance: args.compliance });
  }
}

function mayCreateRoles(role: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`ALTER ROLE "${role}" CREATEROLE`;
}

/** The certificate of the servers: that which is named, else one with an authority of its own. */
function serverCertificate(
  name: string,
  args: DatabaseArgs & { namespace: pulumi.Input<string> },
  child: pulumi.CustomResourceOptions,
): { secretName: pulumi.Input<string>; authority: pulumi.Input<string> } {
  const { namespace, tlsSecretName, caCertificate } = args;
  if (tlsSecretName !== undefined)
    return { secretName: tlsSecretName, authority: caCertificate as pulumi.Input<string> };
  // Services of the instance that takes writes, of any, and of those that follow.
  const services = ["rw", "r", "ro"].map((purpose) => pulumi.interpolate`${name}-${purpose}.${namespace}.svc`);
  const labels = {
    ...standardLabels(name, "postgresql", "database"),
    // CloudNativePG reloads what is not its own on request only.
    "cnpg.io/reload": "true",
  };
  return new Certificate(
    `${name}-tls`,
    {
      commonName: name,
      dnsNames: services.flatMap((service) => [service, pulumi.interpolate`${service}.cluster.local`]),
      metadata: { name: `${name}-tls`, namespace, labels },
      child,
    },
    { parent: child.parent as pulumi.Resource },
  );
}

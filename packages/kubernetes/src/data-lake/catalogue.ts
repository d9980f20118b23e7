import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  bindingField,
  type ClusterBinding,
  type DatabaseBinding,
  type DataZone,
  databasePassword,
  imagePin,
  onCluster,
} from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { credentialsHash, usesOf } from "../workload/uses";
import { scramVerifier, setUpCatalogue } from "./catalogue-script";
import { catalogueResources } from "./defaults";
import type { LakeMember } from "./members";

interface LakeCatalogueArgs {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  database: pulumi.Input<DatabaseBinding>;
  /** Host of the database, known once it may be used. */
  host: pulumi.Input<string>;
  /** Name of the catalogue in the database: that of the lake. */
  lake: string;
  /** Namespace of the tables of each zone, and where they lie. */
  zones: { zone: DataZone; database: string; location: string }[];
  members: LakeMember[];
}

const files = "/catalogue";

/** The tables of Iceberg's catalogue in a database that exists, and a role in it for everybody who uses the lake. */
export class LakeCatalogue extends pulumi.ComponentResource {
  /** Host of the database, known once the catalogue is set up. */
  public readonly host: pulumi.Output<string>;

  constructor(name: string, args: LakeCatalogueArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:data-lake:LakeCatalogue", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const metadata = { name, namespace: args.namespace, labels: standardLabels(name, "postgres", "catalogue") };
    const selector = selectorLabels(name, "catalogue");
    const uses = usesOf([args.database], args.namespace);

    const credentials = pulumi.secret(
      pulumi
        .all([bindingField(args.database, "user"), databasePassword(args.database), rolesOf(args)])
        .apply(([user, password, roles]): { [name: string]: string } => ({
          PGUSER: user,
          PGPASSWORD: password,
          MEMBERS: JSON.stringify(roles),
        })),
    );
    const secret = new kubernetes.core.v1.Secret(`${name}-credentials`, { metadata, stringData: credentials }, child);
    const map = new kubernetes.core.v1.ConfigMap(
      `${name}-files`,
      { metadata, data: { "set-up.sql": setUpCatalogue, "ca.crt": authorityOf(args.database) } },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Ingress", "Egress"],
          egress: uses.egress.apply((toDatabase) => [dnsEgress, ...toDatabase]),
        },
      },
      child,
    );
    const setup = new kubernetes.batch.v1.Job(
      `${name}-setup`,
      {
        metadata,
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 900,
          template: {
            metadata: {
              labels: uses.podLabels.apply((own) => ({ ...metadata.labels, ...own })),
              annotations: {
                "aistack.dev/credentials-hash": credentialsHash(credentials),
                "aistack.dev/files-hash": credentialsHash(map.data),
              },
            },
            spec: podSpec(args, secret.metadata.name, map.metadata.name),
          },
        },
      },
      { ...child, dependsOn: [policy], deleteBeforeReplace: true, customTimeouts: { create: "20m" } },
    );

    this.host = after(args.host, setup);
    this.registerOutputs();
  }
}

/** The authority of the database's server, which is known to be there. */
export function authorityOf(database: pulumi.Input<DatabaseBinding>): pulumi.Output<string> {
  return bindingField(database, "caCertificate") as pulumi.Output<string>;
}

/** A role for each member. Its password is the secret of its key, of which the database gets a verifier. */
function rolesOf({ members, zones }: LakeCatalogueArgs) {
  const databases = (own: readonly DataZone[]) =>
    zones.filter(({ zone }) => own.includes(zone)).map(({ database }) => database);
  return pulumi.all(members.map(({ key }) => key.secret)).apply((secrets) =>
    members.map(({ key, read, write, erase }, index) => ({
      name: key.id,
      verifier: scramVerifier(key.id, secrets[index] as string),
      sees: databases([...read, ...erase]),
      changes: databases([...write, ...erase]),
    })),
  );
}

function podSpec(
  { cluster, database, host, lake, zones }: LakeCatalogueArgs,
  secretName: pulumi.Input<string>,
  configMapName: pulumi.Input<string>,
): kubernetes.types.input.core.v1.PodSpec {
  const environment = {
    PGHOST: host,
    PGPORT: pulumi.interpolate`${bindingField(database, "port")}`,
    PGDATABASE: bindingField(database, "database"),
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: `${files}/ca.crt`,
    PGCONNECT_TIMEOUT: "10",
    LAKE: lake,
    NAMESPACES: JSON.stringify(Object.fromEntries(zones.map((zone) => [zone.database, zone.location]))),
  };
  return {
    restartPolicy: "OnFailure",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    containers: [
      {
        name: "catalogue",
        image: bindingField(cluster, "mirror").apply((mirror) => imagePin("postgres", mirror)),
        command: ["psql", "--no-psqlrc", "--quiet", `--file=${files}/set-up.sql`],
        env: Object.entries(environment).map(([name, value]) => ({ name, value })),
        envFrom: [{ secretRef: { name: secretName } }],
        resources: catalogueResources,
        securityContext: restrictedContainer,
        volumeMounts: [{ name: "files", mountPath: files, readOnly: true }],
      },
    ],
    volumes: [{ name: "files", configMap: { name: configMapName } }],
  };
}

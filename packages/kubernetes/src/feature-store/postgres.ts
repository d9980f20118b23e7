import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bindingField, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import { standardLabels } from "../workload/labels";
import { passwordVariables, postgresAccess, postgresConfiguration, postgresRole } from "./configuration";
import { ports } from "./defaults";
import { contentHash } from "./hash";
import type { FeatureStoreSettings } from "./settings";
import { storeServer } from "./store";

interface PostgresArgs extends FeatureStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
}

/** The registry and offline store: one PostgreSQL. */
export class Postgres extends pulumi.ComponentResource {
  /** Host, known once it answers. */
  public readonly host: pulumi.Output<string>;
  public readonly password: pulumi.Output<string>;

  constructor(name: string, args: PostgresArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:feature-store:Postgres", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const metadata = {
      name: `${name}-postgres`,
      namespace: args.namespace,
      labels: standardLabels(name, "postgres", "postgres"),
    };

    const generated = (of: string) =>
      new random.RandomPassword(`${name}-${of}-password`, { length: 48, special: false }, { parent: this }).result;
    this.password = generated("postgres");
    const secret = new kubernetes.core.v1.Secret(
      `${name}-postgres-passwords`,
      { metadata, stringData: { superuser: generated("superuser"), feast: this.password } },
      child,
    );
    const configuration = postgresConfiguration(args.offline.memoryGiB);
    const files = new kubernetes.core.v1.ConfigMap(
      `${name}-postgres-configuration`,
      {
        metadata,
        data: { "postgresql.conf": configuration, "pg_hba.conf": postgresAccess, "role.sh": postgresRole },
      },
      child,
    );
    const fromSecret = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key } },
    });
    const scratch = (mountPath: string, volume: string) => ({ name: volume, mountPath });
    this.host = storeServer(
      {
        ...args,
        instance: name,
        program: "postgres",
        port: ports.postgres,
        size: args.offline,
        dataPath: "/var/lib/postgresql/data",
        filesHash: contentHash(configuration, postgresAccess),
        ready: ["pg_isready", "--quiet", "--host=/var/run/postgresql"],
        container: {
          image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("postgres", mirror)),
          // Arguments of the image's entry point, which makes the database when the disk is new.
          args: [
            "postgres",
            "-c",
            "config_file=/etc/postgresql/postgresql.conf",
            "-c",
            "hba_file=/etc/postgresql/pg_hba.conf",
          ],
          env: [
            fromSecret("POSTGRES_PASSWORD", "superuser"),
            fromSecret(passwordVariables.postgres, "feast"),
            // A folder below the disk's own, which may hold `lost+found`.
            { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
            { name: "POSTGRES_INITDB_ARGS", value: "--auth=scram-sha-256 --data-checksums" },
          ],
          volumeMounts: [
            { name: "configuration", mountPath: "/etc/postgresql", readOnly: true },
            {
              name: "configuration",
              mountPath: "/docker-entrypoint-initdb.d/role.sh",
              subPath: "role.sh",
              readOnly: true,
            },
            scratch("/var/run/postgresql", "socket"),
            scratch("/tmp", "tmp"),
            scratch("/dev/shm", "shared-memory"),
          ],
        },
        volumes: [
          { name: "configuration", configMap: { name: files.metadata.name } },
          { name: "socket", emptyDir: { sizeLimit: "1Mi" } },
          { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
          // Parallel queries share memory here; a container has 64 MiB otherwise.
          { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "512Mi" } },
        ],
      },
      child,
    );
    this.registerOutputs();
  }
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes, RandomPassword } from "@pulumi/random";
import { bindingField, type DatabaseBinding, databasePassword, environmentPrefix } from "aistack-core";
import { contentHash } from "../../workload/hash";
import type { Uses } from "../../workload/uses";
import { files, logsConnection, paths } from "./defaults";
import type { AirflowSettings, DagsPlan } from "./settings";

type Texts = { [key: string]: string };

interface SecretsArgs {
  settings: AirflowSettings;
  uses: Uses;
  metadata: { namespace: pulumi.Input<string>; labels: Texts };
}

/** Secrets of Airflow's pods, by the name that the chart is given. */
export interface AirflowSecrets {
  metadata: pulumi.Output<string>;
  fernet: pulumi.Output<string>;
  api: pulumi.Output<string>;
  jwt: pulumi.Output<string>;
  /** First password of the user `admin`. */
  user: pulumi.Output<string>;
  /** Variables of all containers that are secret. */
  environment: pulumi.Output<string>;
  /** Credentials of the repository, where it has any. */
  git?: pulumi.Output<string>;
  /** Changes with any of them, so that pods restart with the new ones. */
  hash: pulumi.Output<string>;
}

/** Makes the keys and the first password, and puts each secret where it is read. */
export function airflowSecrets(
  name: string,
  { settings, uses, metadata }: SecretsArgs,
  child: pulumi.CustomResourceOptions,
): AirflowSecrets {
  const own = { parent: child.parent };
  const made = (purpose: string) =>
    new RandomPassword(`${name}-airflow-${purpose}`, { length: 64, special: false }, own).result;
  const fernet = new RandomBytes(`${name}-airflow-fernet-key`, { length: 32 }, own).base64;
  const contents: pulumi.Output<string>[] = [];
  const secret = (purpose: string, values: pulumi.Input<{ [key: string]: pulumi.Input<string> }>) => {
    const stringData = pulumi.secret(pulumi.output(values) as pulumi.Output<Texts>);
    contents.push(stringData.apply(JSON.stringify));
    return new kubernetes.core.v1.Secret(
      `${name}-airflow-${purpose}`,
      { metadata: { ...metadata, name: `airflow-${purpose}` }, stringData },
      child,
    ).metadata.name;
  };
  const uris = databaseUris(settings.database);
  const names = {
    metadata: secret("metadata", { connection: uris.sync }),
    // As cryptography's Fernet has it: in the alphabet for URLs.
    fernet: secret("fernet", { "fernet-key": fernet.apply((key) => key.replaceAll("+", "-").replaceAll("/", "_")) }),
    api: secret("api", { "api-secret-key": made("api-key") }),
    jwt: secret("jwt", { "jwt-secret": made("jwt-key") }),
    user: secret("user", { password: made("user-password") }),
    environment: secret(
      "environment",
      pulumi.all([uses.credentials, uris.async, logConnection(settings)]).apply(
        ([credentials, uri, logs]): Texts => ({
          ...credentials,
          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC: uri,
          ...(logs !== undefined && { [`AIRFLOW_CONN_${logsConnection.toUpperCase()}`]: logs }),
        }),
      ),
    ),
    git: gitCredentials(settings.dags, (values) => secret("git", values)),
  };
  return { ...names, hash: pulumi.unsecret(contentHash(...contents)) };
}

/** Where the database is, for psycopg2 and for asyncpg, which name the same things differently. */
function databaseUris(database: pulumi.Input<DatabaseBinding>) {
  const known = pulumi.all([
    pulumi.all([bindingField(database, "user"), databasePassword(database)]),
    pulumi.all([bindingField(database, "host"), bindingField(database, "port"), bindingField(database, "database")]),
    bindingField(database, "caCertificate"),
  ]);
  const uri = (scheme: string, parameters: (isVerified: boolean) => string) =>
    pulumi.secret(
      known.apply(([[user, password], [host, port, own], authority]) => {
        const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
        return `${scheme}://${login}@${host}:${port}/${own}?${parameters(authority !== undefined)}`;
      }),
    );
  const authority = encodeURIComponent(`${paths.trust}/${files.database}`);
  return {
    sync: uri("postgresql+psycopg2", (isVerified) =>
      isVerified ? `sslmode=verify-full&sslrootcert=${authority}` : "sslmode=require",
    ),
    async: uri("postgresql+asyncpg", (isVerified) => `ssl=${isVerified ? "verify-full" : "require"}`),
  };
}

/** Airflow's connection to the bucket of its logs, as JSON; without keys, the pods' own identity counts. */
function logConnection({ logs }: AirflowSettings): pulumi.Output<string | undefined> {
  if (logs === undefined) return pulumi.output(undefined);
  const { credentials } = pulumi.output(logs) as pulumi.Output<{ credentials?: Texts }>;
  const fields = pulumi.all([
    bindingField(logs, "url"),
    bindingField(logs, "region"),
    bindingField(logs, "endpoint"),
    authorityOf(logs),
  ]);
  return pulumi
    .all([fields, credentials as pulumi.Output<Texts | undefined>])
    .apply(([[url, region, endpoint, authority], keys]) =>
      url.startsWith("gs://")
        ? JSON.stringify({ conn_type: "google_cloud_platform" })
        : JSON.stringify({
            conn_type: "aws",
            login: keys?.AWS_ACCESS_KEY_ID,
            password: keys?.AWS_SECRET_ACCESS_KEY,
            extra: {
              region_name: region,
              endpoint_url: endpoint,
              verify: authority === "" ? undefined : `${paths.trust}/${files.logs}`,
            },
          }),
    );
}

/** The authority of a bucket's store, in PEM form; empty where it has none of its own. */
export function authorityOf(logs: NonNullable<AirflowSettings["logs"]>): pulumi.Output<string> {
  return pulumi
    .all([bindingField(logs, "name"), bindingField(logs, "environment")])
    .apply(([store, variables]) => variables?.[`${environmentPrefix(store)}_CA_CERTIFICATE`] ?? "");
}

function gitCredentials(
  dags: DagsPlan | undefined,
  secret: (values: { [key: string]: pulumi.Input<string> }) => pulumi.Output<string>,
): pulumi.Output<string> | undefined {
  const { username, password, sshKey } = dags ?? {};
  if (sshKey !== undefined) return secret({ gitSshKey: sshKey });
  if (username === undefined || password === undefined) return undefined;
  return secret({ GITSYNC_USERNAME: username, GITSYNC_PASSWORD: password });
}

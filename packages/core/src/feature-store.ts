/** What FeatureStore has on every platform. What a platform cannot do, it refuses by name. */
import type * as pulumi from "@pulumi/pulumi";
import type { AccessRule, Binding, WorkloadIdentity } from "./bindings";
import { type Checks, cronSchedule, matching, oneOf, type Rule, wholeNumber } from "./checks";
import { Regulation } from "./compliance/regulation";

/** Program or service that a feature store is. */
export enum FeatureStoreEngine {
  /** Feast, with stores of the platform. */
  Feast = "feast",
  /** Amazon SageMaker Feature Store. */
  SageMaker = "sagemaker",
  /** Vertex AI Feature Store. */
  Vertex = "vertex",
}

/** Where the newest values of features are kept, for applications that answer in milliseconds. */
export enum OnlineStoreKind {
  /** Redis. */
  Redis = "redis",
  /** Amazon DynamoDB. */
  DynamoDb = "dynamodb",
  /** Google Cloud Bigtable. */
  Bigtable = "bigtable",
  /** Amazon SageMaker Feature Store. */
  SageMaker = "sagemaker",
  /** Vertex AI Feature Store. */
  Vertex = "vertex",
}

/** Where all values of features are kept, for training. */
export enum OfflineStoreKind {
  /** PostgreSQL. */
  Postgres = "postgres",
  /** Amazon Athena on objects in S3. */
  Athena = "athena",
  /** Google BigQuery. */
  BigQuery = "bigquery",
}

/** Where it stands which features there are. */
export enum FeatureRegistryKind {
  /** Tables in a database. */
  Sql = "sql",
  /** An object in S3. */
  S3 = "s3",
  /** An object in Google Cloud Storage. */
  Gcs = "gcs",
  /** The managed service itself. */
  Service = "service",
}

/** A feature store, on any platform. */
export interface FeatureStoreBinding extends Binding {
  /** Project of Feast, or name that the managed service knows the store by. */
  project: string;
  /** Where definitions of features are. */
  registry: FeatureRegistryKind;
  /** Where the newest values are. */
  onlineStore: OnlineStoreKind;
  /** Where all values are. */
  offlineStore: OfflineStoreKind;
  /** URL of the online feature server, where there is one. */
  endpoint?: string;
  /**
   * `feature_store.yaml` for applications, where the store is one of Feast. Holds no credentials. `${FEAST_CA_FILE}` in it
   * is the file with the authority that the servers' certificates are of.
   */
  configuration?: string;
  /** Service account that applies definitions and materialises features, where the store runs on a cluster. */
  identity?: WorkloadIdentity;
  /** What may be granted on the store, where a cloud enforces it. */
  access: FeatureStoreAccess;
}

/** What may be granted on a feature store. */
export interface FeatureStoreAccess {
  /** Read the newest values of features, and what features there are. */
  serve: AccessRule[];
  /** Read all values of features, for training. */
  train: AccessRule[];
  /** Apply definitions and write values: what materialisation needs. */
  materialise: AccessRule[];
}

/** When values are copied from the offline store to the online store. */
export interface FeatureMaterialisationArgs {
  /** Cron schedule, in UTC. Defaults to "0 * * * *". */
  schedule?: pulumi.Input<string>;
  /**
   * Days that are copied again each time, 1 to 3650, for values that arrive late. When omitted, only what is newer than the
   * last copy is copied.
   */
  lookbackDays?: number;
  /** Seconds that a copy may take, 60 to 86400. Defaults to 3600. */
  timeoutSeconds?: pulumi.Input<number>;
}

/** Which servers of Feast run. */
export interface FeatureServersArgs {
  /** Answers applications with the newest values. Defaults to true. */
  online?: boolean;
  /** Answers training jobs with all values. Defaults to false. */
  offline?: boolean;
  /** Answers what features there are. Defaults to false. */
  registry?: boolean;
  /** Pages that show people what features there are. Defaults to false. */
  ui?: boolean;
}

/** Whose tokens the servers of Feast ask for. Without, they answer whoever the network lets in. */
export interface FeatureOidcArgs {
  /** HTTPS URL of the provider's discovery document; ends with "/.well-known/openid-configuration". */
  discoveryUrl: pulumi.Input<string>;
  /** Recipient that tokens must name. */
  audience: pulumi.Input<string>;
}

/** What materialisation is made from: the arguments, checked and with defaults filled in. */
export interface MaterialisationSettings {
  schedule: pulumi.Input<string>;
  lookbackDays?: number;
  timeoutSeconds: pulumi.Input<number>;
}

/** Name of a feature view, as tables are named after it. */
export const featureView = matching(
  /^[A-Za-z][A-Za-z0-9_]{0,99}$/,
  "1 to 100 letters, digits and underscores, starting with a letter",
);

/** Servers of Feast by name. */
export interface FeatureServers {
  online: boolean;
  offline: boolean;
  registry: boolean;
  ui: boolean;
}

/**
 * Name of a project. Feast takes hyphens too, but what it derives from the name, such as tables in a warehouse, may not.
 * https://github.com/feast-dev/feast/blob/v0.67.0/sdk/python/feast/repo_operations.py `is_valid_name`
 */
export const featureProject = matching(
  /^[a-z][a-z0-9_]{0,38}$/,
  "1 to 39 lower-case letters, digits and underscores, starting with a letter",
);

/** The project's name when none is given. */
export function asFeatureProject(name: string): string {
  return name.replaceAll("-", "_");
}

/** Checks when values are copied. Undefined where they are not. */
export function checkedMaterialisation(
  check: Checks,
  args: FeatureMaterialisationArgs | undefined,
): MaterialisationSettings | undefined {
  if (args === undefined) return undefined;
  return {
    schedule: check.value("materialisation.schedule", args.schedule ?? "0 * * * *", cronSchedule),
    lookbackDays: check.value("materialisation.lookbackDays", args.lookbackDays, wholeNumber(1, 3650)) as
      | number
      | undefined,
    timeoutSeconds: check.value("materialisation.timeoutSeconds", args.timeoutSeconds ?? 3600, wholeNumber(60, 86_400)),
  };
}

/** Which servers run when nothing is said: the one that applications need. */
export function featureServers(args: FeatureServersArgs = {}): FeatureServers {
  const { online = true, offline = false, registry = false, ui = false } = args;
  return { online, offline, registry, ui };
}

/** Checks whose tokens are asked for, and refuses to go without where a regulation wants to know who is asking. */
export function checkedOidc(
  check: Checks,
  servers: FeatureServers,
  oidc: FeatureOidcArgs | undefined,
  compliance: Regulation[],
): FeatureOidcArgs | undefined {
  if (oidc !== undefined)
    return {
      discoveryUrl: check.value("oidc.discoveryUrl", oidc.discoveryUrl, discoveryUrl),
      audience: check.value("oidc.audience", oidc.audience, matching(/^\S{1,255}$/, "1 to 255 characters, no space")),
    };
  const asks = compliance.filter((regulation) => regulation in askForIdentity);
  if (asks.length > 0 && Object.values(servers).some(Boolean))
    check.fault(
      "oidc",
      `is left out, but ${asks.map((regulation) => askForIdentity[regulation]).join(" and ")} ask for the identity of ` +
        "whoever reads; name the provider whose tokens the servers shall ask for, or run no servers",
    );
  return undefined;
}

/** Regulations that ask who is reading, with where they do. */
const askForIdentity: { [regulation: string]: string } = {
  [Regulation.Hipaa]: "hipaa (45 CFR 164.312(d))",
  [Regulation.PciDss]: "pci-dss (requirement 8)",
};

/** Checks a list of regulations. */
export function checkedRegulations(check: Checks, compliance: Regulation[] | undefined): Regulation[] {
  const all = Object.values(Regulation);
  const given = Array.isArray(compliance) ? compliance : [];
  given.forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(all));
  });
  return given.filter((regulation) => all.includes(regulation));
}

const discoveryUrl: Rule<string> = matching(
  /^https:\/\/[^\s"'$]+\/\.well-known\/openid-configuration$/,
  'an HTTPS URL that ends with "/.well-known/openid-configuration"',
);

/** Settings of `feature_store.yaml`; what is undefined is left out. */
export interface FeastSettings {
  [key: string]: string | number | boolean | FeastSettings | undefined;
}

/** A `feature_store.yaml`. Texts are quoted as JSON quotes them, which YAML takes; Feast replaces `${VARIABLE}` in them. */
export function feastYaml(settings: FeastSettings, indent = ""): string {
  return Object.entries(settings)
    .map(([key, value]) => {
      if (value === undefined) return "";
      if (typeof value === "object") return `${indent}${key}:\n${feastYaml(value, `${indent}  `)}`;
      return `${indent}${key}: ${JSON.stringify(value)}\n`;
    })
    .join("");
}

/** Way that Feast writes the keys of entities: the only one that 0.67 does not call deprecated. */
export const entityKeyVersion = 3;

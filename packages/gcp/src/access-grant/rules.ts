import { type AccessRule, Platform, type Rule } from "aistack-core";

/**
 * Kinds of things whose use can be granted: the service in a full resource name, the form of the rest, and the roles
 * that belong to it. These are services whose resources IAM conditions can name.
 * https://cloud.google.com/iam/docs/conditions-resource-attributes
 */
const kinds = [
  {
    what: "bucket",
    service: "storage.googleapis.com",
    form: /^projects\/_\/buckets\/[^/*]+(\/objects\/[^*]+)?$/,
    roles: /^roles\/storage\.(object[A-Za-z]+|bucketViewer|legacy[A-Za-z]+)$/,
    example: "//storage.googleapis.com/projects/_/buckets/records",
  },
  {
    what: "key",
    service: "cloudkms.googleapis.com",
    form: /^projects\/[^/*]+\/locations\/[^/*]+\/keyRings\/[^/*]+\/cryptoKeys\/[^/*]+$/,
    roles: /^roles\/cloudkms\.(cryptoKey[A-Za-z]+|signer[A-Za-z]*|verifier|publicKeyViewer)$/,
    example: "//cloudkms.googleapis.com/projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k",
  },
  {
    what: "secret",
    service: "secretmanager.googleapis.com",
    form: /^projects\/[^/*]+\/secrets\/[^/*]+$/,
    roles: /^roles\/secretmanager\.(secretAccessor|viewer|secretVersionAdder)$/,
    example: "//secretmanager.googleapis.com/projects/123456789012/secrets/token",
  },
  {
    what: "BigQuery data set",
    service: "bigquery.googleapis.com",
    form: /^projects\/[^/*]+\/datasets\/[^/*]+$/,
    roles: /^roles\/bigquery\.(dataViewer|dataEditor)$/,
    example: "//bigquery.googleapis.com/projects/p/datasets/features",
  },
];

/** A role of the project's or the organisation's own: what is in it, its maker has decided. */
const customRole = /^(projects|organizations)\/[^/]+\/roles\/[A-Za-z0-9_.]+$/;

const kindOf = (resource: string) => kinds.find(({ service }) => resource.startsWith(`//${service}/`));

const pathOf = (resource: string) => resource.replace(/^\/\/[^/]+\//, "");

/** A rule that IAM can enforce on what it names alone. */
export const accessRule: Rule<AccessRule> = ({ platform, actions, resources }) => {
  if (platform !== Platform.Gcp)
    return `has a rule for platform "${platform}", which Google Cloud cannot enforce; use the AccessGrant of that platform`;
  if (actions.length === 0 || resources.length === 0)
    return "has a rule without actions or resources; name one of each at least";
  for (const resource of resources) {
    const kind = kindOf(resource);
    if (!kind?.form.test(pathOf(resource))) {
      const allowed = (kind ? [kind] : kinds).map(({ what, example }) => `a ${what} such as ${example}`).join(", ");
      return `has a rule for resource "${resource}"; name ${allowed}`;
    }
    const role = actions.find((action) => !kind.roles.test(action) && !customRole.test(action));
    if (role !== undefined)
      return `has a rule for action "${role}", which is no role for the use of a ${kind.what}; name one such as ${usualRole[kind.what]}`;
  }
  return undefined;
};

const usualRole: { [what: string]: string } = {
  bucket: "roles/storage.objectViewer",
  key: "roles/cloudkms.cryptoKeyDecrypter",
  secret: "roles/secretmanager.secretAccessor",
  "BigQuery data set": "roles/bigquery.dataViewer",
};

/** The condition under which a role holds: for these things and what is in them. */
export function conditionOf(resources: string[]): string {
  return resources
    .map(pathOf)
    .map((path) => `resource.name == "${path}" || resource.name.startsWith("${path}/")`)
    .join(" || ");
}

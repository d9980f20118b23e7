/** Invokes of the Google Cloud provider that follow from its configuration. */
import type { BuiltIn, World } from "./world";

function setting(world: World, key: string, own: unknown, provider: string | undefined): string | undefined {
  const value = own ?? world.providerInputs(provider)[key] ?? world.config(`gcp:${key}`);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The access token needs an answer: nothing here can sign one. */
const getClientConfig: BuiltIn = (_args, world, provider) => {
  const project = setting(world, "project", undefined, provider);
  if (project === undefined) return undefined;
  const region = setting(world, "region", undefined, provider);
  const zone = setting(world, "zone", undefined, provider);
  const known = Object.entries({ region, zone }).filter(([, value]) => value !== undefined);
  return { id: `projects/${project}`, project, ...Object.fromEntries(known) };
};

/** The project number that Google uses in its documentation. */
const DOCUMENTATION_PROJECT_NUMBER = "123456789012";

/** From the answer to getProject, where there is one. */
export function projectNumberOf(world: World): string {
  const answer = world.answered("gcp:organizations/getProject:getProject", {})?.number;
  return typeof answer === "string" ? answer : DOCUMENTATION_PROJECT_NUMBER;
}

/** Id and number; what else a project has needs an answer. */
const getProject: BuiltIn = (args, world, provider) => {
  const project = setting(world, "project", args.projectId, provider);
  if (project === undefined) return undefined;
  return { id: `projects/${project}`, projectId: project, number: projectNumberOf(world) };
};

/**
 * Zones whose letters are not a, b and c.
 * Source: cloud.google.com/compute/docs/regions-zones, read 2025-11.
 */
const LETTERS: Readonly<Record<string, string>> = { "europe-west1": "bcd", "us-central1": "abcf", "us-east1": "bcd" };

const getZones: BuiltIn = (args, world, provider) => {
  const region = setting(world, "region", args.region, provider);
  const project = setting(world, "project", args.project, provider);
  if (region === undefined || project === undefined) return undefined;
  const names = [...(LETTERS[region] ?? "abc")].map((letter) => `${region}-${letter}`);
  return { ...args, id: `projects/${project}/regions/${region}`, project, region, names };
};

/**
 * An account of one of Google's services in a project, which asking for it brings into being. `form` has the project's
 * number in place of N. https://cloud.google.com/iam/docs/service-agents
 */
const agent =
  (form: string, key: string): BuiltIn =>
  (args, world, provider) => {
    const project = setting(world, "project", args.project, provider);
    if (project === undefined) return undefined;
    const email = form.replace("N", projectNumberOf(world));
    return { id: email, project, [key]: email, member: `serviceAccount:${email}` };
  };

export const gcpInvokes: Readonly<Record<string, BuiltIn>> = {
  "gcp:organizations/getClientConfig:getClientConfig": getClientConfig,
  "gcp:organizations/getProject:getProject": getProject,
  "gcp:compute/getZones:getZones": getZones,
  "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": agent(
    "bq-N@bigquery-encryption.iam.gserviceaccount.com",
    "email",
  ),
  "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": agent(
    "cmek-pN@gcp-sa-logging.iam.gserviceaccount.com",
    "serviceAccountId",
  ),
  "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": agent(
    "service-N@gs-project-accounts.iam.gserviceaccount.com",
    "emailAddress",
  ),
  "gcp:storage/getTransferProjectServiceAccount:getTransferProjectServiceAccount": agent(
    "project-N@storage-transfer-service.iam.gserviceaccount.com",
    "email",
  ),
};

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

export const gcpInvokes: Readonly<Record<string, BuiltIn>> = {
  "gcp:organizations/getClientConfig:getClientConfig": getClientConfig,
  "gcp:compute/getZones:getZones": getZones,
};

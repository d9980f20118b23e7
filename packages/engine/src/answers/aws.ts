/** Invokes of the AWS provider that follow from region and account, or from their arguments alone. */
import { createHash } from "node:crypto";
import type { PropertyMap, Value } from "../graph";
import { type PolicyArguments, policyDocument } from "./aws-policy-document";
import { DOCUMENTATION_ACCOUNT, partitionOf, zonesOf } from "./aws-regions";
import type { BuiltIn, World } from "./world";

/** The region of an invoke or a resource: its own, its explicit provider's, or the configured one. */
export function regionOf(world: World, own: Value | undefined, provider: string | undefined): string | undefined {
  const region = own ?? world.providerInputs(provider).region ?? world.config("aws:region");
  return typeof region === "string" && region !== "" ? region : undefined;
}

/** From the answer to getCallerIdentity, where there is one. */
export function accountOf(world: World): string {
  const answer = world.answered("aws:index/getCallerIdentity:getCallerIdentity", {})?.accountId;
  return typeof answer === "string" ? answer : DOCUMENTATION_ACCOUNT;
}

const getRegion: BuiltIn = (args, world, provider) => {
  const region = regionOf(world, args.region ?? args.name, provider);
  if (region === undefined) return undefined;
  const endpoint = `ec2.${region}.${partitionOf(region).dnsSuffix}`;
  return { id: region, region, name: region, endpoint };
};

const getCallerIdentity: BuiltIn = (args, world, provider) => {
  const region = regionOf(world, args.region, provider);
  const partition = region === undefined ? "aws" : partitionOf(region).name;
  const accountId = accountOf(world);
  return { id: accountId, accountId, arn: `arn:${partition}:iam::${accountId}:root`, userId: accountId };
};

const getPartition: BuiltIn = (args, world, provider) => {
  const region = regionOf(world, args.region, provider);
  if (region === undefined) return undefined;
  const { name, dnsSuffix, reverseDnsPrefix } = partitionOf(region);
  return { id: name, partition: name, dnsSuffix, reverseDnsPrefix };
};

/** Filters that every zone in the table passes; any other needs an answer. */
const PASSED: Readonly<Record<string, string>> = {
  "opt-in-status": "opt-in-not-required",
  "zone-type": "availability-zone",
  state: "available",
};

const getAvailabilityZones: BuiltIn = (args, world, provider) => {
  const region = regionOf(world, args.region, provider);
  const zones = region === undefined ? undefined : zonesOf(region);
  if (region === undefined || zones === undefined || (args.state ?? "available") !== "available") return undefined;
  const filters = (args.filters ?? []) as readonly { name: string; values: readonly string[] }[];
  if (!filters.every(({ name, values }) => values.includes(PASSED[name] ?? ""))) return undefined;
  const excluded = [...((args.excludeNames ?? []) as string[]), ...((args.excludeZoneIds ?? []) as string[])];
  const left = zones.filter(({ name, id }) => !excluded.includes(name) && !excluded.includes(id));
  return {
    ...args,
    id: region,
    region,
    names: left.map(({ name }) => name),
    zoneIds: left.map(({ id }) => id),
    groupNames: [region],
  };
};

const getPolicyDocument: BuiltIn = (args) => {
  const document = policyDocument(args as PolicyArguments);
  if (document === undefined) return undefined;
  const json = JSON.stringify(document, null, 2);
  const id = String(createHash("sha256").update(json).digest().readUInt32BE());
  return { ...args, id, json, minifiedJson: JSON.stringify(document) } as PropertyMap;
};

export const awsInvokes: Readonly<Record<string, BuiltIn>> = {
  "aws:index/getRegion:getRegion": getRegion,
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
  "aws:iam/getPolicyDocument:getPolicyDocument": getPolicyDocument,
};

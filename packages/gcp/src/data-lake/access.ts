import * as pulumi from "@pulumi/pulumi";
import { mergedRules, type PlannedRule, Platform } from "aistack-core";
import { roles } from "./defaults";

/** What rules about a zone name, as full resource names. */
export interface ZoneNames {
  bucket: pulumi.Output<string>;
  dataset: pulumi.Output<string>;
}

/** The full names of what a zone is made of. https://cloud.google.com/iam/docs/full-resource-names */
export function zoneNames(
  project: pulumi.Output<string>,
  bucket: pulumi.Output<string>,
  datasetId: pulumi.Output<string>,
): ZoneNames {
  return {
    bucket: pulumi.interpolate`//storage.googleapis.com/projects/_/buckets/${bucket}`,
    dataset: pulumi.interpolate`//bigquery.googleapis.com/projects/${project}/datasets/${datasetId}`,
  };
}

const rule = (role: string, resource: pulumi.Output<string>): PlannedRule => ({
  actions: [role],
  resources: [resource],
});

/** Lists and reads a zone, its tables included. Both services use the key by themselves. */
export const readZone = (zone: ZoneNames) => [
  rule(roles.readObjects, zone.bucket),
  rule(roles.readTables, zone.dataset),
];

/** Adds to a zone, and changes its tables; overwrites and deletes no object. */
export const writeZone = (zone: ZoneNames) => [
  rule(roles.addObjects, zone.bucket),
  rule(roles.changeTables, zone.dataset),
];

/** Finds and deletes what is about one person. No role depends on metadata, so this is one to delete anything. */
export const eraseZone = (zone: ZoneNames) => [
  rule(roles.useObjects, zone.bucket),
  rule(roles.changeTables, zone.dataset),
];

export const rulesOf = (rules: PlannedRule[]) => mergedRules(Platform.Gcp, rules);

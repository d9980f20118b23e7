import { Dataset } from "@pulumi/gcp/bigquery";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type FeatureRegistryKind,
  type FeatureStoreAccess,
  type OnlineStoreKind,
  Platform,
} from "aistack-core";
import { inRegion, type Place } from "../shared/place";
import type { FeatureStorePlan } from "./args";

/** What the parts of a store are made from. */
export interface PartArgs {
  plan: FeatureStorePlan;
  place: Place;
  labels: pulumi.Output<{ [key: string]: string }>;
}

/** What an engine tells of itself, for the binding. */
export interface Part {
  project: pulumi.Input<string>;
  registry: FeatureRegistryKind;
  onlineStore: OnlineStoreKind;
  endpoint?: pulumi.Output<string>;
  configuration?: pulumi.Output<string>;
  /** Variables without the prefix. */
  environment: { [name: string]: pulumi.Input<string> };
  access: pulumi.Output<FeatureStoreAccess>;
}

/** Load of the processors that another node comes at; what Bigtable advises for one cluster: https://cloud.google.com/bigtable/docs/autoscaling */
export const cpuTarget = 60;

/** Nodes at least: Bigtable takes no range wider than ten to one. https://cloud.google.com/bigtable/docs/autoscaling#limitations */
export function minNodes(maxNodes: pulumi.Input<number>): pulumi.Output<number> {
  return pulumi.output(maxNodes).apply((most) => Math.ceil(most / 10));
}

/** Zone of Bigtable's nodes. */
export function zoneOf({ zone }: FeatureStorePlan, place: Place): pulumi.Output<string> {
  const zones = inRegion("zone", zone === undefined ? [] : [zone], place.region);
  return pulumi.all([zones, place.region]).apply(([[own], region]) => own ?? `${region}-b`);
}

/** Where all values are kept. */
export function offlineStore(
  name: string,
  datasetId: pulumi.Input<string>,
  keyName: pulumi.Input<string>,
  { place, labels }: PartArgs,
  opts: pulumi.CustomResourceOptions,
): Dataset {
  return new Dataset(
    `${name}-offline`,
    {
      datasetId,
      description: `Features of ${name}`,
      location: place.region,
      defaultEncryptionConfiguration: { kmsKeyName: keyName },
      // Seven days, the longest, to bring back what was overwritten.
      maxTimeTravelHours: "168",
      deleteContentsOnDestroy: false,
      labels,
    },
    opts,
  );
}

/** A role on one thing. */
export function rule(role: string, resource: string): AccessRule {
  return { platform: Platform.Gcp, actions: [role], resources: [resource] };
}

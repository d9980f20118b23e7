import type * as pulumi from "@pulumi/pulumi";
import {
  asFeatureProject,
  Checks,
  checkedFeatureGroups,
  checkedMaterialisation,
  checkedRegulations,
  DataClass,
  type FeatureGroupArgs,
  type FeatureMaterialisationArgs,
  type FeatureStoreBinding,
  FeatureStoreEngine,
  FeatureType,
  featureProject,
  matching,
  oneOf,
  type Regulation,
  typeOfFeature,
  wholeNumber,
} from "aistack-core";
import { tags } from "../shared/labels";
import { kmsKeyName, nameUpTo, zoneName } from "../shared/rules";

/** Arguments of FeatureStore. */
export interface FeatureStoreArgs {
  /** Feature store to adopt. Nothing is created then, and no other argument may be given but `compliance`. */
  existing?: pulumi.Input<FeatureStoreBinding>;
  /** Feast with Bigtable and BigQuery, or Vertex AI Feature Store. Defaults to Feast. */
  engine?: FeatureStoreEngine;
  /** Project of Feast: lower-case letters, digits and underscores. Defaults to the component's name. With Feast only. */
  project?: pulumi.Input<string>;
  /** Groups of features. With Vertex AI only. */
  groups?: FeatureGroupArgs[];
  /** When values get from BigQuery to the online store. Defaults to every hour. With Vertex AI only. */
  materialisation?: FeatureMaterialisationArgs;
  /** Zone of Bigtable's nodes, in the provider's region. Defaults to zone b of it. */
  zone?: string;
  /** Nodes of Bigtable at most, 1 to 30; as many run as the load needs, one in ten of them at least. Defaults to 3. */
  maxNodes?: pulumi.Input<number>;
  /** Regulations that the features fall under. */
  compliance?: Regulation[];
  /** How sensitive the content is, for the labels. Defaults to confidential. */
  dataClass?: DataClass;
  /** Name of the Cloud KMS key to encrypt with, in the provider's region. When omitted, a key with rotation is created. */
  kmsKey?: pulumi.Input<string>;
  /** Labels for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface FeatureStorePlan {
  engine: FeatureStoreEngine;
  project: pulumi.Input<string>;
  groups: FeatureGroupArgs[];
  /** Cron schedule by which values get online. */
  schedule: pulumi.Input<string>;
  zone?: string;
  maxNodes: pulumi.Input<number>;
  dataClass: DataClass;
  kmsKey?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: string }>;
}

const engines = [FeatureStoreEngine.Feast, FeatureStoreEngine.Vertex];

/** Ids of Bigtable's instances and clusters end at 30 characters. */
const longestName = 20;

/**
 * Ids of feature views end earliest, at 60; those of features at 64.
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.featureOnlineStores.featureViews/create
 */
const vertexNames = {
  group: matching(
    /^[a-z][a-z0-9_]{0,59}$/,
    "1 to 60 lower-case letters, digits and underscores, starting with a letter",
  ),
  feature: matching(
    /^[a-z][a-z0-9_]{0,63}$/,
    "1 to 64 lower-case letters, digits and underscores, starting with a letter",
  ),
  reserved: [],
};

/**
 * Column that the service reads times from, unless a group names another, which the provider cannot.
 * https://cloud.google.com/vertex-ai/docs/featurestore/latest/prepare-data-source
 */
export const eventTimeColumn = "feature_timestamp";

/** Judges all arguments and throws every fault at once. */
export function checkFeatureStore(type: string, name: string, args: FeatureStoreArgs): FeatureStorePlan {
  const check = new Checks(type, name);
  check.value("name", name, nameUpTo(longestName));
  checkedRegulations(check, args.compliance);
  check.existingAlone(args, "compliance");
  const engine = check.value("engine", args.engine ?? FeatureStoreEngine.Feast, oneOf(engines)) as FeatureStoreEngine;
  if (engine === FeatureStoreEngine.Vertex) checkVertex(check, args);
  else refuseOfVertex(check, args);
  const plan = {
    engine,
    project: check.value("project", args.project ?? asFeatureProject(name), featureProject),
    groups: args.groups ?? [],
    schedule: checkedMaterialisation(check, args.materialisation ?? {})?.schedule as pulumi.Input<string>,
    zone: check.value("zone", args.zone, zoneName) as string | undefined,
    maxNodes: check.value("maxNodes", args.maxNodes ?? 3, wholeNumber(1, 30)),
    dataClass: check.value(
      "dataClass",
      args.dataClass ?? DataClass.Confidential,
      oneOf(Object.values(DataClass)),
    ) as DataClass,
    kmsKey: check.value("kmsKey", args.kmsKey, kmsKeyName),
    tags: check.value("tags", args.tags, tags),
  };
  check.done();
  return plan;
}

function refuseOfVertex(check: Checks, args: FeatureStoreArgs): void {
  if (args.groups !== undefined)
    check.fault("groups", "has no effect with engine feast, whose definitions say what groups there are; leave it out");
  if (args.materialisation !== undefined)
    check.fault(
      "materialisation",
      "has no effect with engine feast, whose values a job copies that runs elsewhere; leave it out",
    );
}

function checkVertex(check: Checks, args: FeatureStoreArgs): void {
  if (args.project !== undefined)
    check.fault("project", "has no effect with engine vertex, which takes `groups`; leave it out");
  for (const field of ["lookbackDays", "timeoutSeconds"] as const)
    if (args.materialisation?.[field] !== undefined)
      check.fault(
        `materialisation.${field}`,
        "has no effect with engine vertex, which copies the newest value of each entity in its own time; leave it out",
      );
  checkedFeatureGroups(check, args.groups, vertexNames).forEach((group, index) => {
    const path = `groups[${index}]`;
    if (group.eventTime !== eventTimeColumn)
      check.fault(
        `${path}.eventTime`,
        `is "${group.eventTime}", but must be "${eventTimeColumn}", the only column that the service reads times from`,
      );
    if (typeOfFeature(group, group.recordIdentifier) === FeatureType.Fractional)
      check.fault(`${path}.recordIdentifier`, "is Fractional, but must be String or Integral");
    if (valuesOf(group).length === 0)
      check.fault(`${path}.features`, "has no feature beside identifier and time; name one or more");
  });
}

/** Features of a group that are no identifier and no time: what is served. */
export function valuesOf({ features, recordIdentifier, eventTime }: FeatureGroupArgs): string[] {
  const names = Array.isArray(features) ? features.map((feature) => feature.name) : [];
  return names.filter((name) => name !== recordIdentifier && name !== eventTime);
}

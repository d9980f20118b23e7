import type * as pulumi from "@pulumi/pulumi";
import {
  asFeatureProject,
  Checks,
  checkDistinct,
  checkedFeatureGroups,
  checkedRegulations,
  DataClass,
  type FeatureGroupArgs,
  type FeatureStoreBinding,
  FeatureStoreEngine,
  featureProject,
  featureView,
  listOf,
  matching,
  oneOf,
  type Regulation,
} from "aistack-core";
import { kmsKeyArn } from "../shared/rules";

/** Arguments of FeatureStore. */
export interface FeatureStoreArgs {
  /** Feature store to adopt. Nothing is created then, and no other argument may be given but `compliance`. */
  existing?: pulumi.Input<FeatureStoreBinding>;
  /** Feast with DynamoDB and Athena, or SageMaker Feature Store. Defaults to Feast. */
  engine?: FeatureStoreEngine;
  /** Project of Feast: lower-case letters, digits and underscores. Defaults to the component's name. With Feast only. */
  project?: pulumi.Input<string>;
  /**
   * Names of the feature views that are served online; each gets a table. `feast apply` finds them there, and may make no
   * others, since its own have neither a key of yours nor a way back in time. With Feast only.
   */
  views?: string[];
  /** Groups of features. With SageMaker only. */
  groups?: FeatureGroupArgs[];
  /** Regulations that the features fall under. */
  compliance?: Regulation[];
  /** How sensitive the content is, for the tags. Defaults to confidential. */
  dataClass?: DataClass;
  /** ARN of the KMS key to encrypt with. When omitted, a key with yearly rotation is created. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface FeatureStorePlan {
  engine: FeatureStoreEngine;
  project: pulumi.Input<string>;
  views: string[];
  groups: FeatureGroupArgs[];
  dataClass: DataClass;
  kmsKeyArn?: pulumi.Input<string>;
}

const engines = [FeatureStoreEngine.Feast, FeatureStoreEngine.SageMaker];

/** Suffixes of buckets and roles take their share of the 30 characters that a component's name may have. */
const storeName = matching(
  /^[A-Za-z][A-Za-z0-9-]{0,24}$/,
  "1 to 25 letters, digits and hyphens, starting with a letter, because AWS limits the names made from it",
);

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html and API_FeatureDefinition.html
const groupName = matching(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}$/, "1 to 64 letters, digits and hyphens");
const featureName = matching(
  /^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}$/,
  "1 to 64 letters, digits, hyphens and underscores, with a letter or digit at both ends",
);
/** Columns that the service adds to each group. */
const reserved = ["is_deleted", "write_time", "api_invocation_time"];
/** Judges all arguments and throws every fault at once. */
export function checkFeatureStore(type: string, name: string, args: FeatureStoreArgs): FeatureStorePlan {
  const check = new Checks(type, name);
  check.value("name", name, storeName);
  checkedRegulations(check, args.compliance);
  check.existingAlone(args, "compliance");
  const engine = check.value("engine", args.engine ?? FeatureStoreEngine.Feast, oneOf(engines)) as FeatureStoreEngine;
  if (engine === FeatureStoreEngine.SageMaker) checkSageMaker(check, args);
  else if (args.groups !== undefined)
    check.fault("groups", "has no effect with engine feast, whose definitions say what groups there are; leave it out");
  const views = (check.value("views", args.views ?? [], listOf(featureView)) as string[]) ?? [];
  checkDistinct(check, "views", Array.isArray(views) ? views : []);
  const plan = {
    engine,
    project: check.value("project", args.project ?? asFeatureProject(name).toLowerCase(), featureProject),
    views,
    groups: args.groups ?? [],
    dataClass: check.value(
      "dataClass",
      args.dataClass ?? DataClass.Confidential,
      oneOf(Object.values(DataClass)),
    ) as DataClass,
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
  };
  check.done();
  return plan;
}

function checkSageMaker(check: Checks, args: FeatureStoreArgs): void {
  for (const field of ["project", "views"] as const)
    if (args[field] !== undefined)
      check.fault(field, "has no effect with engine sagemaker, which takes `groups`; leave it out");
  checkedFeatureGroups(check, args.groups, { group: groupName, feature: featureName, reserved });
}

import type * as pulumi from "@pulumi/pulumi";
import {
  asFeatureProject,
  Checks,
  checkedRegulations,
  DataClass,
  type FeatureStoreBinding,
  featureProject,
  oneOf,
  type Regulation,
  wholeNumber,
} from "aistack-core";
import { tags } from "../shared/labels";
import { kmsKeyName, nameUpTo, zoneName } from "../shared/rules";

/** Arguments of FeatureStore. */
export interface FeatureStoreArgs {
  /** Feature store to adopt. Nothing is created then, and no other argument may be given but `compliance`. */
  existing?: pulumi.Input<FeatureStoreBinding>;
  /** Project of Feast: lower-case letters, digits and underscores. Defaults to the component's name. */
  project?: pulumi.Input<string>;
  /** Zone of Bigtable's nodes, in the provider's region. Defaults to zone b of it. */
  zone?: string;
  /** Nodes of Bigtable at most, 1 to 30; as many run as the load needs, one at least. Defaults to 3. */
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
  project: pulumi.Input<string>;
  zone?: string;
  maxNodes: pulumi.Input<number>;
  dataClass: DataClass;
  kmsKey?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Ids of Bigtable's instances and clusters end at 30 characters. */
const longestName = 20;

/** Judges all arguments and throws every fault at once. */
export function checkFeatureStore(type: string, name: string, args: FeatureStoreArgs): FeatureStorePlan {
  const check = new Checks(type, name);
  check.value("name", name, nameUpTo(longestName));
  checkedRegulations(check, args.compliance);
  check.existingAlone(args, "compliance");
  const plan = {
    project: check.value("project", args.project ?? asFeatureProject(name), featureProject),
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

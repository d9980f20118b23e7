import type * as pulumi from "@pulumi/pulumi";
import type { VectorStoreAccess, VectorStoreInitialisation } from "aistack-core";
import type { Place } from "../shared/place";
import type { StorePlan } from "./args";

/** What the parts of a store are made from. */
export interface PartArgs {
  plan: StorePlan;
  place: Place;
  keyArn: pulumi.Output<string>;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** What a part tells of itself, for the binding. */
export interface Part {
  endpoint: pulumi.Output<string>;
  collection: pulumi.Output<string>;
  /** Variables beside the common ones, without the prefix. */
  environment: { [name: string]: pulumi.Input<string> };
  access: pulumi.Output<VectorStoreAccess>;
  /** What has to be run once, by someone who may. */
  init: pulumi.Output<string[]>;
  /** Where that is run, and by whom, if it is a database. */
  initialisation?: pulumi.Output<VectorStoreInitialisation>;
}

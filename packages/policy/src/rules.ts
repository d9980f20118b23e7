import { Requirement } from "aistack-core/compliance";
import { checks } from "./checks";
import type { Check, CheckOptions } from "./finding";
import { type Verdict, verdictOf } from "./judge";
import type { PlanView } from "./view";

/** What a rule that does not hold leads to. */
export type Level = "advisory" | "mandatory" | "remediate" | "disabled";

/** A rule for every plan, whatever regulation it serves. */
export interface Rule {
  /** Name in the pack's configuration. */
  readonly name: string;
  /** What holds where the rule does. */
  readonly description: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly level: Level;
  readonly check: Check;
  /**
   * Whether one resource tells, so that it is judged before it is made. Else the stack is judged as a whole.
   */
  readonly byResource: boolean;
}

const rule = (
  requirement: Requirement,
  severity: Rule["severity"],
  description: string,
  more: Partial<Pick<Rule, "level" | "check" | "byResource">> = {},
): Rule => ({
  name: requirement,
  description,
  severity,
  level: "mandatory",
  check: checks[requirement],
  byResource: false,
  ...more,
});

/** The general rules. */
export const rules: readonly Rule[] = [
  rule(Requirement.LeastPrivilege, "critical", "No policy allows every action, or anything to everybody.", {
    byResource: true,
  }),
  rule(Requirement.NoPublicAccess, "critical", "No store can be opened to the public."),
  rule(Requirement.NoPublicEndpoint, "critical", "No endpoint answers to the whole internet.", { byResource: true }),
  rule(Requirement.NoPlainSecret, "critical", "No credential stands in the plan as plain text.", { byResource: true }),
  rule(
    Requirement.EncryptionAtRest,
    "high",
    "What is stored is encrypted, with a key that you control where that can be.",
  ),
  rule(Requirement.EncryptionInTransit, "high", "Stores and public endpoints take encrypted connections only."),
  rule(Requirement.KeyRotation, "medium", "Keys are changed on a schedule.", { byResource: true }),
  rule(
    Requirement.HardenedWorkloads,
    "high",
    "Pods satisfy the Pod Security Standard `restricted`, but for drivers in namespaces of their own.",
  ),
  rule(Requirement.ImagesPinned, "medium", "Images and charts are of a version that is named.", { byResource: true }),
  rule(
    Requirement.Recoverable,
    "high",
    "Stores outlive a mistaken destroy, and what is overwritten in them can be brought back.",
  ),
  rule(Requirement.Tagged, "low", "Resources say what they belong to.", { level: "advisory" }),
];

/** Judges a plan by one rule. */
export function judgeRule(plan: PlanView, { check }: Rule, options: CheckOptions = {}): Verdict {
  return verdictOf(check(plan, options));
}

/** Puts inputs right where that is safe: it closes, and changes nothing that is stored. */
export interface Remedy {
  /** Name in the pack's configuration. */
  readonly name: string;
  readonly description: string;
  /** By type: the inputs as they should be, or undefined where nothing is wrong. */
  readonly remedies: Readonly<Record<string, (props: Inputs) => Record<string, unknown> | undefined>>;
}

type Inputs = Readonly<Record<string, unknown>>;

const set = (wanted: Inputs) => (props: Inputs) =>
  Object.entries(wanted).every(([key, value]) => props[key] === value) ? undefined : { ...props, ...wanted };

/** What can be put right; a remedy acts where its level is `remediate`. */
export const remedies: readonly Remedy[] = [
  {
    name: `${Requirement.NoPublicAccess}-remedy`,
    description: "Buckets are closed to the public.",
    remedies: {
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": set({
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      }),
      "gcp:storage/bucket:Bucket": set({ publicAccessPrevention: "enforced", uniformBucketLevelAccess: true }),
    },
  },
  {
    name: `${Requirement.KeyRotation}-remedy`,
    description: "Keys are changed on a schedule.",
    remedies: {
      // KMS rotates symmetric keys only.
      "aws:kms/key:Key": (props) =>
        [undefined, "SYMMETRIC_DEFAULT"].includes(props.customerMasterKeySpec as string | undefined)
          ? set({ enableKeyRotation: true })(props)
          : undefined,
    },
  },
];

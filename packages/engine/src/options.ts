import type { Mode, PropertyMap, Value } from "./graph";

/** Options that both transports share. */
export interface PlanOptions {
  /** Defaults to "dev"; of a directory without that stack, to the only one it has. */
  stack?: string;
  /** Defaults to "project" in process; to the name in `Pulumi.yaml` for a directory. */
  project?: string;
  /** Defaults to "organization", Pulumi's name for "none". */
  organization?: string;
  /** Keys `project:key` or `key` (of the project). Added to, and winning over, the stack's file. */
  config?: Readonly<Record<string, string>>;
  /** Those of `config` that are secret. */
  secretConfigKeys?: readonly string[];
  /** Defaults to "preview". */
  mode?: Mode;
  /** What stands in for the outside world; see {@link Answers}. Merged over the built-in answers. */
  answers?: Answers;
  /** Milliseconds until a program that does not end is given up. Defaults to 60,000. */
  timeoutMs?: number;
  /** Also record the SDK's and the program's debug messages, which is slow. Defaults to false. */
  debug?: boolean;
  /** Called for each resource as it is registered, for progress. */
  onResource?: (urn: string) => void;
}

/**
 * Answers to what a program asks of the outside world. As a file (YAML or JSON) it has the same keys:
 *
 * ```yaml
 * invokes:
 *   aws:ec2/getVpc:getVpc:
 *     - when: { id: vpc-0123 }          # arguments that must match; left out: any
 *       return: { cidrBlock: 10.0.0.0/16 }
 * stackReferences:
 *   acme/network/prod: { vpcId: vpc-0123 }
 * calls:                                 # methods of remote components, by token
 *   acme:index:Network/subnetIds:
 *     - return: { ids: [subnet-1, subnet-2] }
 * resources:                             # computed outputs in `simulate` mode, by type or URN; of what is read in both
 *   aws:eks/cluster:Cluster: { version: "1.35" }
 * ```
 *
 * `{ $secret: value }` stands for a secret value and `{ $unknown: true }` for one that is not known yet. The first answer
 * whose `when` holds is taken; maps in `when` may name a part of the argument only.
 */
export interface Answers {
  invokes?: Readonly<Record<string, readonly InvokeAnswer[]>>;
  calls?: Readonly<Record<string, readonly InvokeAnswer[]>>;
  stackReferences?: Readonly<Record<string, PropertyMap>>;
  resources?: Readonly<Record<string, PropertyMap>>;
}

export interface InvokeAnswer {
  when?: PropertyMap;
  return: Value;
}

export interface DirectoryOptions extends PlanOptions {
  /** Milliseconds until the child is given up. Defaults to 120,000. */
  timeoutMs?: number;
  /**
   * Also check the types of a TypeScript program, with its own compiler, beside the plan. Syntax errors are always found.
   * Takes seconds when a file of the program has changed since the last check, and next to nothing otherwise. Defaults to
   * false.
   */
  typeCheck?: boolean;
}

import { ServerlessAccessPolicy } from "@pulumi/aws/opensearch";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, Checks, limitedName, matching, VectorEngine, type VectorStoreBinding } from "aistack-core";
import { componentName } from "../shared/rules";
import { collectionNameLength } from "./defaults";

/** Arguments of CollectionAccess. */
export interface CollectionAccessArgs {
  /** Store whose index may be used: the binding of a VectorStore of engine opensearch-serverless. */
  store: pulumi.Input<VectorStoreBinding>;
  /** ARN of the role that may use it: `roleArn` of an AccessGrant. */
  roleArn: pulumi.Input<string>;
  /** Whether it may also create the index and write to it. Defaults to false: it only searches. */
  write?: boolean;
}

const type = "aistack-aws:index:CollectionAccess";

/**
 * Lets a role search an index of OpenSearch Serverless, or write to it, too. The service asks for this beside what an
 * AccessGrant lets the role do: its own policies name roles, which IAM knows nothing of.
 */
export class CollectionAccess extends pulumi.ComponentResource {
  /** Name of the policy. */
  public readonly policyName: pulumi.Output<string>;

  constructor(name: string, args: CollectionAccessArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    check.value("name", name, componentName);
    const roleArn = check.value("roleArn", args.roleArn, role);
    const engine = check.value("store.engine", bindingField(args.store, "engine"), (own) =>
      own === VectorEngine.OpenSearchServerless
        ? undefined
        : "must be opensearch-serverless: an AccessGrant alone lets a workload into the others",
    );
    check.done();
    super(type, name, args, opts);

    // Through the engine, so that nothing is made for another.
    const resource = pulumi
      .all([bindingField(args.store, "collection"), bindingField(args.store, "name"), engine])
      .apply(([index, store]) => `index/${collectionNameOf(store)}/${index}`);
    const policy = new ServerlessAccessPolicy(
      `${name}-policy`,
      {
        name: limitedName(`${name}-${pulumi.getStack()}`.toLowerCase(), collectionNameLength),
        type: "data",
        description: args.write ? "Searches and writes the index" : "Searches the index",
        policy: pulumi.jsonStringify([
          {
            Rules: [{ ResourceType: "index", Resource: [resource], Permission: permissions(args.write ?? false) }],
            Principal: [roleArn],
          },
        ]),
      },
      { parent: this },
    );
    this.policyName = policy.name;
    this.registerOutputs({ policyName: this.policyName });
  }
}

/** Name of a store's collection; the same in its policies. */
export function collectionNameOf(store: string): string {
  const text = `${store}-${pulumi.getStack()}`.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  return limitedName(text, collectionNameLength);
}

/** https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html#serverless-data-supported-permissions */
function permissions(write: boolean): string[] {
  const read = ["aoss:DescribeIndex", "aoss:ReadDocument"];
  return write ? ["aoss:CreateIndex", ...read, "aoss:UpdateIndex", "aoss:WriteDocument"] : read;
}

const role = matching(
  /^arn:[a-z-]+:iam::\d{12}:role\/.+$/,
  "the ARN of a role such as arn:aws:iam::111122223333:role/assistant",
);

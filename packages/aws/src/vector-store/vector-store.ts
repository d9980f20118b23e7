import type { CustomResourceOptions } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type EgressRule,
  environmentPrefix,
  type NetworkBinding,
  standardTags,
  VectorEngine,
  type VectorStoreBinding,
  vectorEnvironment,
} from "aistack-core";
import { rotatedKey } from "../shared/bucket";
import { type Place, placeOf } from "../shared/place";
import { podIdentityAgent } from "../shared/pod-identity";
import { accountAdministers, policyDocument, type Statement, thisKey, useOfKey } from "../shared/policy";
import { checkStore, type StorePlan, type VectorStoreArgs } from "./args";
import { aurora, logGroupName } from "./aurora";
import { postgresPort } from "./defaults";
import { openSearch } from "./opensearch";
import type { Part, PartArgs } from "./parts";
import { indexingUsesKey, s3Vectors } from "./s3-vectors";

const type = "aistack-aws:index:VectorStore";

/** Vector database on AWS: S3 Vectors, OpenSearch Serverless or Aurora PostgreSQL with pgvector, encrypted with a key of its own. */
export class VectorStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload, and what may be granted on it, for an AccessGrant. */
  public readonly binding: pulumi.Output<VectorStoreBinding>;
  /**
   * What has to be run once, because no resource of AWS does it: with pgvector the statements that make roles, table and
   * index, which VectorStoreInit of aistack-kubernetes runs, with opensearch-serverless the body of the request that creates
   * the index. Empty with s3-vectors.
   */
  public readonly init: pulumi.Output<string[]>;

  constructor(name: string, args: VectorStoreArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkStore(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.init = pulumi.output([]);
      this.registerOutputs({ binding: this.binding, init: this.init, compliance: args.compliance });
      return;
    }
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const tags = standardTags(type, plan.dataClass, args.tags);
    const keyArn = pulumi.output(plan.kmsKeyArn ?? storeKey(name, plan, place, tags, kept));

    const part = partOf(name, { plan, place, keyArn, tags }, kept, child);

    this.binding = bindingOf(name, plan, part);
    this.init = part.init;
    this.registerOutputs({ binding: this.binding, init: this.init, compliance: args.compliance });
  }
}

function partOf(name: string, args: PartArgs, kept: CustomResourceOptions, child: CustomResourceOptions): Part {
  if (args.plan.engine === VectorEngine.Pgvector) return aurora(name, args, kept, child);
  if (args.plan.engine === VectorEngine.OpenSearchServerless) return openSearch(name, args, kept, child);
  return s3Vectors(name, args, kept);
}

function storeKey(
  name: string,
  plan: StorePlan,
  place: Place,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: CustomResourceOptions,
): pulumi.Output<string> {
  const uses: Statement[] = [accountAdministers(place)];
  if (plan.engine === VectorEngine.S3Vectors) uses.push(indexingUsesKey(place));
  if (plan.engine === VectorEngine.Pgvector) uses.push(encryptsLogs(name, place));
  return rotatedKey(`${name}-key`, { description: `Vector store ${name}`, policy: policyDocument(uses), tags }, opts)
    .arn;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
function encryptsLogs(name: string, place: Place): Statement {
  return {
    Sid: "CloudWatchEncryptsLogs",
    Effect: "Allow",
    Principal: { Service: pulumi.interpolate`logs.${place.region}.${place.dnsSuffix}` },
    Action: useOfKey,
    Resource: thisKey,
    Condition: {
      ArnEquals: {
        "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:${logGroupName(name)}`,
      },
    },
  };
}

function bindingOf(name: string, plan: StorePlan, part: Part): pulumi.Output<VectorStoreBinding> {
  const { engine, dimensions, distance } = plan;
  const { endpoint, collection, access } = part;
  const prefix = environmentPrefix(name);
  const own = Object.entries(part.environment).map(([key, value]) => [`${prefix}_${key}`, value]);
  return pulumi.output({
    kind: "vector-store",
    name,
    engine,
    endpoint,
    collection,
    dimensions,
    distance,
    environment: {
      ...vectorEnvironment(name, { engine, endpoint, collection, distance }),
      ...Object.fromEntries(own),
    },
    egress: egressTo(plan),
    access,
    ...(part.initialisation && { initialisation: part.initialisation }),
  }) as pulumi.Output<VectorStoreBinding>;
}

/** Where a workload connects to: the store, and what gives it the credentials of its role. */
function egressTo({ engine, network }: StorePlan): pulumi.Input<EgressRule>[] {
  if (engine === VectorEngine.S3Vectors) return [{ port: 443 }, podIdentityAgent];
  const cidr = bindingField(network as pulumi.Input<NetworkBinding>, "cidr");
  const port = engine === VectorEngine.Pgvector ? postgresPort : 443;
  return [cidr.apply((range) => ({ port, cidr: range })), podIdentityAgent];
}

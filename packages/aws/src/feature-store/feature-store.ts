import * as pulumi from "@pulumi/pulumi";
import {
  environmentPrefix,
  FeatureRegistryKind,
  type FeatureStoreBinding,
  FeatureStoreEngine,
  OfflineStoreKind,
  OnlineStoreKind,
  standardTags,
} from "aistack-core";
import { rotatedKey } from "../shared/bucket";
import { placeOf } from "../shared/place";
import { podIdentityAgent } from "../shared/pod-identity";
import { accountAdministers, policyDocument } from "../shared/policy";
import { checkFeatureStore, type FeatureStoreArgs } from "./args";
import { Feast } from "./feast";
import { SageMaker } from "./sagemaker";

const type = "aistack-aws:index:FeatureStore";

/**
 * Feature store on AWS: what Feast works on (DynamoDB, Athena, S3), or SageMaker Feature Store. Encrypted with one key of
 * yours. Tables, bucket and key outlive their stack unless told otherwise.
 */
export class FeatureStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload, and what may be granted on it. */
  public readonly binding: pulumi.Output<FeatureStoreBinding>;
  /** `feature_store.yaml` of Feast; undefined with SageMaker. */
  public readonly configuration: pulumi.Output<string | undefined>;

  constructor(name: string, args: FeatureStoreArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkFeatureStore(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.configuration = pulumi.output(undefined);
      this.registerOutputs({ binding: this.binding, configuration: this.configuration, compliance: args.compliance });
      return;
    }
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const tags = standardTags(type, plan.dataClass, args.tags);
    const key = { description: `Features of ${name}`, policy: policyDocument([accountAdministers(place)]), tags };
    const keyArn = pulumi.output(plan.kmsKeyArn ?? rotatedKey(`${name}-key`, key, kept).arn);
    const parts = { ...plan, keyArn, place, tags };

    if (plan.engine === FeatureStoreEngine.SageMaker) {
      const store = new SageMaker(name, parts, kept);
      this.configuration = pulumi.output(undefined);
      this.binding = pulumi.output({
        ...common(name),
        project: name,
        registry: FeatureRegistryKind.Service,
        onlineStore: OnlineStoreKind.SageMaker,
        offlineStore: OfflineStoreKind.Athena,
        environment: { [`FEAST_${environmentPrefix(name)}_REGION`]: place.region },
        access: store.access,
      });
    } else {
      const store = new Feast(name, parts, kept);
      const prefix = `FEAST_${environmentPrefix(name)}`;
      this.configuration = store.configuration;
      this.binding = pulumi.output({
        ...common(name),
        project: plan.project,
        registry: FeatureRegistryKind.S3,
        onlineStore: OnlineStoreKind.DynamoDb,
        offlineStore: OfflineStoreKind.Athena,
        configuration: store.configuration,
        environment: {
          [`${prefix}_PROJECT`]: plan.project,
          [`${prefix}_REGION`]: place.region,
          [`${prefix}_CONFIGURATION`]: store.configuration,
        },
        access: store.access,
      });
    }
    this.registerOutputs({
      binding: this.binding,
      configuration: this.configuration,
      compliance: args.compliance,
    });
  }
}

function common(name: string) {
  return {
    kind: "feature-store",
    name,
    // Addresses of AWS change; what the pod may do there is decided by its role, which it gets from EKS Pod Identity.
    egress: [{ port: 443 }, podIdentityAgent],
  };
}

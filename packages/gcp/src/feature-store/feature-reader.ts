import { AiFeatureOnlineStoreIamMember } from "@pulumi/gcp/vertex";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  bindingField,
  Checks,
  type ClusterBinding,
  type FeatureStoreBinding,
  OnlineStoreKind,
  oneOf,
  Platform,
  type WorkloadIdentity,
} from "aistack-core";
import { placeOf } from "../shared/place";
import { principalOf } from "../shared/principal";
import { componentName } from "../shared/rules";

const type = "aistack-gcp:index:FeatureReader";

/** Arguments of FeatureReader. */
export interface FeatureReaderArgs {
  /** GKE cluster that the workload runs in, of the provider's project. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Workload that reads: its namespace and service account. */
  identity: pulumi.Input<WorkloadIdentity>;
  /** Store that it reads from: the binding of a FeatureStore of engine vertex. */
  store: pulumi.Input<FeatureStoreBinding>;
}

/**
 * Lets one workload of a GKE cluster read the newest values of features from a Vertex AI feature store. Conditions of IAM
 * cannot name one, so that an AccessGrant cannot; the store has a policy of its own, which this adds to.
 */
export class FeatureReader extends pulumi.ComponentResource {
  /** The workload as IAM knows it. */
  public readonly principal: pulumi.Output<string>;

  constructor(name: string, args: FeatureReaderArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    check.value("name", name, componentName);
    const platform = check.value("cluster.platform", bindingField(args.cluster, "platform"), oneOf([Platform.Gcp]));
    const kind = check.value("store.onlineStore", bindingField(args.store, "onlineStore"), (own) =>
      own === OnlineStoreKind.Vertex ? undefined : "must be vertex: other stores are granted by their own means",
    );
    check.done();
    super(type, name, args, opts);

    const principal = principalOf(placeOf(this), args.identity, platform);
    // Through the kind, so that nothing is granted on another.
    const serve = pulumi.all([bindingField(args.store, "access"), kind]).apply(([access]) => access?.serve[0]);
    const member = new AiFeatureOnlineStoreIamMember(
      `${name}-reads`,
      {
        featureOnlineStore: serve.apply((rule) => storeOf(rule?.resources[0])),
        role: serve.apply((rule) => rule?.actions[0] as string),
        member: principal,
      },
      { parent: this },
    );
    this.principal = after(principal, member);
    this.registerOutputs({ principal: this.principal });
  }
}

/** `projects/p/locations/l/featureOnlineStores/s`, as the provider takes it. */
function storeOf(resource: string | undefined): string {
  const store =
    /^\/\/aiplatform\.googleapis\.com\/(projects\/[^/]+\/locations\/[^/]+\/featureOnlineStores\/[^/]+)$/.exec(
      resource ?? "",
    )?.[1];
  if (store !== undefined) return store;
  const reason = `is for "${resource}"; give the binding of a FeatureStore of engine vertex`;
  throw new pulumi.InputPropertyError({ propertyPath: "store.access.serve", reason });
}

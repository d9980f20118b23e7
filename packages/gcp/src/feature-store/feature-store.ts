import * as pulumi from "@pulumi/pulumi";
import { environmentPrefix, type FeatureStoreBinding, FeatureStoreEngine, OfflineStoreKind } from "aistack-core";
import { labelsOf } from "../shared/labels";
import { metadataServer } from "../shared/metadata-server";
import { placeOf } from "../shared/place";
import { checkFeatureStore, type FeatureStoreArgs } from "./args";
import { feast } from "./feast";
import type { Part } from "./parts";
import { vertexFeatureStore } from "./vertex";

const type = "aistack-gcp:index:FeatureStore";

/**
 * Feature store on Google Cloud: what Feast works on (Bigtable, BigQuery, Cloud Storage), or Vertex AI Feature Store.
 * Encrypted with one key of yours. What holds data outlives its stack unless told otherwise.
 */
export class FeatureStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload, and what may be granted on it. */
  public readonly binding: pulumi.Output<FeatureStoreBinding>;
  /** `feature_store.yaml` of Feast; undefined with Vertex AI. */
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
    const parts = { plan, place: placeOf(this), labels: labelsOf(type, plan.dataClass, plan.tags) };
    const part =
      plan.engine === FeatureStoreEngine.Vertex ? vertexFeatureStore(name, parts, kept) : feast(name, parts, kept);

    this.configuration = pulumi.output(part.configuration);
    this.binding = bindingOf(name, part);
    this.registerOutputs({ binding: this.binding, configuration: this.configuration, compliance: args.compliance });
  }
}

function bindingOf(name: string, part: Part): pulumi.Output<FeatureStoreBinding> {
  const { environment, endpoint, configuration, ...rest } = part;
  const prefix = `FEAST_${environmentPrefix(name)}`;
  return pulumi.output({
    kind: "feature-store",
    name,
    ...rest,
    offlineStore: OfflineStoreKind.BigQuery,
    ...(endpoint && { endpoint }),
    ...(configuration && { configuration }),
    environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [`${prefix}_${key}`, value])),
    // Addresses of Google change; what the pod may do there is decided by the roles of its service account.
    egress: [{ port: 443 }, ...metadataServer],
  });
}

import * as pulumi from "@pulumi/pulumi";
import { environmentPrefix, VectorEngine, type VectorStoreBinding, vectorEnvironment } from "aistack-core";
import { labelsOf } from "../shared/labels";
import { placeOf } from "../shared/place";
import { alloyDb, alloyDbKeyUsers } from "./alloydb";
import { checkStore, type StorePlan, type VectorStoreArgs } from "./args";
import { type Part, storeKey } from "./parts";
import { vertexKeyUsers, vertexVectorSearch } from "./vertex";

const type = "aistack-gcp:index:VectorStore";

/** Vector database on Google Cloud: Vertex AI Vector Search or AlloyDB with pgvector, encrypted with a key of its own. */
export class VectorStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload. A secret as a whole with pgvector, since it holds a password. */
  public readonly binding: pulumi.Output<VectorStoreBinding>;
  /**
   * With pgvector, the statements that make the table and its index, which VectorStoreInit of aistack-kubernetes runs. Empty
   * with vertex-vector-search.
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
    const labels = labelsOf(type, plan.dataClass, plan.tags);
    const isPostgres = plan.engine === VectorEngine.Pgvector;
    const keyName = pulumi.output(
      plan.kmsKey ?? storeKey(name, isPostgres ? alloyDbKeyUsers : vertexKeyUsers, { place, labels }, kept),
    );

    const parts = { plan, place, keyName, labels };
    const part = isPostgres ? alloyDb(name, parts, kept, child) : vertexVectorSearch(name, parts, kept, child);

    this.binding = bindingOf(name, plan, part);
    this.init = part.init;
    this.registerOutputs({ binding: this.binding, init: this.init, compliance: args.compliance });
  }
}

function bindingOf(name: string, plan: StorePlan, part: Part): pulumi.Output<VectorStoreBinding> {
  const { engine, dimensions, distance } = plan;
  const { endpoint, collection } = part;
  const prefixed = (variables: { [name: string]: pulumi.Input<string> }) =>
    Object.fromEntries(Object.entries(variables).map(([key, value]) => [`${environmentPrefix(name)}_${key}`, value]));
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
      ...prefixed(part.environment),
    },
    ...(Object.keys(part.credentials).length > 0 && { credentials: prefixed(part.credentials) }),
    egress: part.egress,
    ...(part.initialisation && { initialisation: part.initialisation }),
  }) as pulumi.Output<VectorStoreBinding>;
}

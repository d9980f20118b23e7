import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  type Binding,
  bindingField,
  Checks,
  type ClusterBinding,
  dnsLabel,
  onCluster,
  Platform,
  VectorEngine,
  type VectorStoreBinding,
  type VectorStoreInitialisation,
  type WorkloadIdentity,
  wholeNumber,
} from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress } from "../workload/network-policy";
import { checkUses, usesOf } from "../workload/uses";
import { initPod } from "./pod";

/** Arguments of VectorStoreInit. */
export interface VectorStoreInitArgs {
  /** Cluster to run on: one that reaches the store, of its cloud or with an identity there. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Store to prepare: the binding of a VectorStore of engine pgvector on AWS or Google Cloud. */
  store: pulumi.Input<VectorStoreBinding>;
  /**
   * What lets the pod in: the binding of an AccessGrant that gives its service account `initialisation.access` of the
   * store's binding.
   */
  uses?: pulumi.Input<Binding>[];
  /** Minutes after which it is given up, 1 to 1440. Defaults to 15. */
  timeoutMinutes?: number;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
}

const type = "aistack-kubernetes:index:VectorStoreInit";

/**
 * Makes what a managed PostgreSQL needs before vectors are written: roles, extension, table and index. Runs again when the
 * statements change, and may. No password is kept in the cluster: the pod has an identity, and no more.
 */
export class VectorStoreInit extends pulumi.ComponentResource {
  /** The store's binding, known once its table is there: workloads that use this one start after it. */
  public readonly binding: pulumi.Output<VectorStoreBinding>;
  /** Service account that the pod runs as: the component's name, in its namespace. For an AccessGrant. */
  public readonly identity: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: VectorStoreInitArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const { timeoutMinutes, initialisation, namespace: own } = checked(name, args);
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };

    const namespace = own ?? new WorkloadNamespace(name, { cluster: args.cluster }, component).namespace;
    const reach = { kind: "vector-store", name, egress: initialisation.apply(({ egress }) => egress) };
    const uses = usesOf([...(args.uses ?? []), pulumi.output(reach)], namespace);
    const labels = standardLabels(name, "vector-store-init", "init");
    const metadata = { name, namespace, labels };

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "init") },
          policyTypes: ["Ingress", "Egress"],
          egress: uses.egress.apply((used) => [dnsEgress, ...used]),
        },
      },
      child,
    );
    const job = new kubernetes.batch.v1.Job(
      `${name}-job`,
      {
        metadata,
        spec: {
          // Grants take minutes to be known everywhere.
          backoffLimit: 6,
          activeDeadlineSeconds: timeoutMinutes * 60,
          template: initPod({
            cluster: args.cluster,
            endpoint: bindingField(args.store, "endpoint"),
            initialisation,
            uses,
            labels,
            serviceAccount: account.metadata.name,
          }),
        },
      },
      {
        ...child,
        dependsOn: [policy],
        // What a job runs cannot be changed; its name stays.
        deleteBeforeReplace: true,
        customTimeouts: { create: `${timeoutMinutes + 5}m` },
      },
    );
    this.binding = after(args.store, job);
    this.identity = pulumi.output({ namespace, serviceAccount: account.metadata.name });
    this.registerOutputs({ binding: this.binding, identity: this.identity });
  }
}

interface Checked {
  timeoutMinutes: number;
  /** Known once the store is known to be one that can be prepared. */
  initialisation: pulumi.Output<VectorStoreInitialisation>;
  namespace?: pulumi.Input<string>;
}

function checked(name: string, args: VectorStoreInitArgs): Checked {
  const check = new Checks(type, name);
  check.value("name", name, dnsLabel);
  checkUses(check, args.uses ?? []);
  const timeoutMinutes = check.value("timeoutMinutes", args.timeoutMinutes ?? 15, wholeNumber(1, 1440)) as number;
  const namespace = check.value("namespace", args.namespace, dnsLabel);
  const engine = check.value("store.engine", bindingField(args.store, "engine"), (own) =>
    own === VectorEngine.Pgvector ? undefined : "must be pgvector: other engines have no statements to run",
  );
  const given = check.value(
    "store.initialisation",
    bindingField(args.store, "initialisation") as pulumi.Output<VectorStoreInitialisation>,
    preparable,
  );
  check.done();
  const initialisation = pulumi.all([given, engine]).apply(([own]) => own as VectorStoreInitialisation);
  return { timeoutMinutes, initialisation, namespace };
}

function preparable(own: VectorStoreInitialisation | undefined): string | undefined {
  if (own === undefined)
    return "must say what to run: use the binding of a VectorStore on AWS or Google Cloud; on Kubernetes the store makes its table itself";
  if (own.platform !== Platform.Aws && own.platform !== Platform.Gcp)
    return "must be of platform aws or gcp, whose identities a pod can have";
  if (own.platform === Platform.Aws && !own.clusterArn) return "must name the clusterArn whose Data API is called";
  if (!Array.isArray(own.statements) || own.statements.length === 0) return "must have statements, one or more";
  const lines = own.statements.find((statement) => /[\n\r]/.test(statement));
  return lines === undefined ? undefined : "must have statements of one line each";
}

import type * as kubernetes from "@pulumi/kubernetes";
import { networking } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, mirroredImage, onCluster } from "aistack-core";
import { certManager, controllerNamespace, release, standardLabels } from "aistack-runtime";
import type { PostgresInstallArgs } from "./args";
import { ports } from "./defaults";

/** Namespace of the operator: the one that CloudNativePG's own documents name. */
export const operatorNamespace = "cnpg-system";

interface PostgresOperatorArgs {
  cluster: pulumi.Input<ClusterBinding>;
  install: PostgresInstallArgs;
  /** Whether there are backups to carry. */
  backup: boolean;
}

/** What others wait for. */
const installed = new WeakMap<PostgresOperator, kubernetes.helm.v3.Release[]>();

/** CloudNativePG, and what carries its backups. One per cluster: it looks after the databases of all namespaces. */
export class PostgresOperator extends pulumi.ComponentResource {
  constructor(name: string, args: PostgresOperatorArgs, opts: pulumi.ComponentResourceOptions) {
    // What it was when stores of vectors alone had one.
    const aliases = [{ type: "aistack-kubernetes:vector-store:PostgresOperator" }];
    super("aistack-kubernetes:database:PostgresOperator", name, {}, { ...opts, aliases });
    const child = onCluster(this, name, args.cluster, opts);
    const mirror = bindingField(args.cluster, "mirror");
    const wanted = wantedOf(args);
    const releases: kubernetes.helm.v3.Release[] = [];
    const certificates = wanted.certManager && certManager(name, mirror, { parent: this, provider: child.provider });
    if (certificates) releases.push(certificates);
    if (wanted.operator) {
      const namespace = operatorNamespaceOf(name, child);
      const operator = release(
        `${name}-operator`,
        {
          chart: "cloudnative-pg",
          release: "cloudnative-pg",
          namespace,
          mirror,
          values: (from) => ({
            // Two, of which one leads: the API server asks their webhook about every change of a database.
            replicaCount: 2,
            image: { repository: mirroredImage("ghcr.io/cloudnative-pg/cloudnative-pg", from) },
            resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { memory: "200Mi" } },
          }),
        },
        child,
      );
      releases.push(operator);
    }
    if (wanted.backupPlugin)
      releases.push(
        release(
          `${name}-backup-plugin`,
          {
            chart: "plugin-barman-cloud",
            release: "plugin-barman-cloud",
            // The operator looks for its plugins in its own namespace only.
            namespace: operatorNamespace,
            mirror,
            values: (from) => ({
              ...(from?.images && {
                image: { registry: mirroredImage("ghcr.io", from) },
                sidecarImage: { registry: mirroredImage("ghcr.io", from) },
              }),
              resources: { requests: { cpu: "50m", memory: "100Mi" }, limits: { memory: "100Mi" } },
            }),
          },
          { ...child, dependsOn: [...releases] },
        ),
      );
    installed.set(this, releases);
    this.registerOutputs();
  }

  /** What understands the resources of CloudNativePG; empty if the cluster had it before. */
  get releases(): pulumi.Resource[] {
    return installed.get(this) ?? [];
  }
}

function wantedOf({ install, backup }: PostgresOperatorArgs): Required<PostgresInstallArgs> {
  const backupPlugin = install.backupPlugin ?? (backup && install.operator !== false);
  return { operator: install.operator ?? true, backupPlugin, certManager: install.certManager ?? backupPlugin };
}

/** The closed namespace of the operator, from which it reaches the instances of all namespaces. */
function operatorNamespaceOf(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const namespace = controllerNamespace(`${name}-operator`, operatorNamespace, opts);
  const opened = new networking.v1.NetworkPolicy(
    `${name}-operator-instances`,
    {
      metadata: {
        name: "instances",
        namespace,
        labels: standardLabels(operatorNamespace, operatorNamespace, "namespace"),
      },
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [
              {
                namespaceSelector: {},
                podSelector: { matchExpressions: [{ key: "cnpg.io/cluster", operator: "Exists" }] },
              },
            ],
            ports: [{ protocol: "TCP", port: ports.instanceManager }],
          },
          // The backup plugin, beside it.
          { to: [{ podSelector: {} }], ports: [{ protocol: "TCP", port: 9090 }] },
        ],
      },
    },
    opts,
  );
  return opened.metadata.namespace;
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, type EgressRule, onCluster } from "aistack-core";
import { clientLabel, standardLabels } from "../../workload/labels";
import type { PipelineSettings } from "../settings";
import type { Orchestrator, PipelineStages } from "../stages";
import { dagFiles, runId } from "./dag";
import { accounts, airflow, apiPort } from "./defaults";
import { AirflowInstallation, airflowNamespace } from "./installation";
import { podsOf } from "./network";
import type { AirflowSettings } from "./settings";

/** How Airflow runs the pods of stages. */
export const airflowOrchestrator: Orchestrator = {
  runId,
  reports: false,
  gatePrograms: ["go_on.py"],
  personPrograms: [],
};

interface AirflowPipelineArgs {
  cluster: pulumi.Input<ClusterBinding>;
  settings: PipelineSettings;
  airflow: AirflowSettings;
  namespace: pulumi.Output<string>;
  stages: PipelineStages;
}

/** What Airflow's pods do in the namespace of the stages. */
const rules = [
  { apiGroups: [""], resources: ["pods"], verbs: ["create", "get", "list", "watch", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] },
];

/** A pipeline that Apache Airflow runs. */
export class AirflowPipeline extends pulumi.ComponentResource {
  /** Where runs are started, by whoever has a token of Airflow. */
  public readonly eventsUrl: pulumi.Output<string>;
  /** Nothing pushes to Airflow. */
  public readonly pushSecret = pulumi.output<string | undefined>(undefined);
  /** Authority of the certificate of Airflow's API servers. */
  public readonly authority: pulumi.Output<string>;
  /** Label that lets a pod speak to them. */
  public readonly clientLabels: { [label: string]: string };
  /** Where they are. */
  public readonly egress: EgressRule[];

  constructor(name: string, args: AirflowPipelineArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:mlops-pipeline:AirflowPipeline", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const { settings, namespace, stages } = args;
    const metadata = {
      name: `${name}-${airflow}`,
      namespace,
      labels: standardLabels(name, "mlops-pipeline", "orchestrator"),
    };
    const role = new kubernetes.rbac.v1.Role(`${name}-airflow-role`, { metadata, rules }, child);
    const bound = new kubernetes.rbac.v1.RoleBinding(
      `${name}-airflow-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: Object.values(accounts).map((account) => ({
          kind: "ServiceAccount",
          name: account,
          namespace: airflowNamespace(name),
        })),
      },
      child,
    );
    const installation = new AirflowInstallation(
      name,
      {
        cluster: args.cluster,
        settings: args.airflow,
        historyDays: settings.historyDays,
        dag: dagFiles(name, settings, namespace, stages),
        clientNamespaces: settings.clientNamespaces,
        prometheus: settings.alerts,
        needs: [bound],
      },
      { parent: this, provider: child.provider },
    );
    this.authority = installation.authority;
    this.clientLabels = clientLabel(`${name}-${airflow}`);
    this.egress = [{ port: apiPort, namespace: airflowNamespace(name), podLabels: podsOf("api-server") }];
    this.eventsUrl = installation.namespace.apply(
      () => `https://${installation.host}:${apiPort}/api/v2/dags/${name}/dagRuns`,
    );
    this.registerOutputs();
  }
}

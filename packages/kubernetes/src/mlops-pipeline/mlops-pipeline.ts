import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  environmentPrefix,
  onCluster,
  type PipelineBinding,
  Platform,
  type TrackingBinding,
  TrainingEngine,
  type WorkloadIdentity,
} from "aistack-core";
import { DeliveryGrant } from "../delivery-grant/delivery-grant";
import { WorkloadNamespace } from "../workload/namespace";
import { AirflowPipeline, airflowOrchestrator } from "./airflow/airflow-pipeline";
import { airflowAlerts } from "./airflow/alerts";
import { airflowNamespace } from "./airflow/installation";
import { argoAlerts, pipelineAlerts } from "./alerts";
import { ArgoPipeline, argoOrchestrator } from "./argo/argo-pipeline";
import type { MlopsPipelineArgs } from "./args";
import { pipelineDashboard } from "./dashboard";
import { PipelineRuntime } from "./install";
import { checkedSettings, type PipelineSettings } from "./settings";
import { PipelineStages } from "./stages";

const type = "aistack-kubernetes:index:MlopsPipeline";

/**
 * From data to a model in production: stages that Argo Workflows or Airflow runs on the cluster, recorded in MLflow, trained
 * through the team's queue, let through by thresholds and people, and started by schedules, pushes, new data and drift.
 */
export class MlopsPipeline extends pulumi.ComponentResource {
  /** Where the pipeline is and what its models are called. */
  public readonly binding: pulumi.Output<PipelineBinding>;
  /** What the Git provider is to sign its requests with, or to send along; undefined without that trigger. A secret. */
  public readonly pushSecret: pulumi.Output<string | undefined>;
  /** Service account that the stages run as, for grants; undefined for a pipeline that was adopted. */
  public readonly identity?: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: MlopsPipelineArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.pushSecret = pulumi.output(undefined);
      this.registerOutputs({ binding: this.binding, pushSecret: this.pushSecret, compliance: args.compliance });
      return;
    }
    const cluster = args.cluster as pulumi.Input<ClusterBinding>;
    const tracking = args.tracking as pulumi.Input<TrackingBinding>;
    const component = { parent: this, provider: onCluster(this, name, cluster, opts).provider };

    const namespace = pulumi.output(namespaceOf(name, args, cluster, component));
    const runtime = new PipelineRuntime(name, { cluster, ...installOf(args, settings) }, component);
    const stages = new PipelineStages(
      name,
      {
        args,
        cluster,
        tracking,
        settings,
        namespace,
        orchestrator: settings.airflow ? airflowOrchestrator : argoOrchestrator,
        operators: runtime.releases,
      },
      component,
    );
    if (settings.delivery)
      new DeliveryGrant(
        `${name}-delivery`,
        {
          cluster,
          service: settings.delivery.service,
          identity: pulumi.output({ namespace, serviceAccount: stages.deliverer }),
        },
        component,
      );
    const { airflow } = settings;
    const argoAuthority = runtime.authority ?? args.install?.argoAuthority;
    const pipeline = airflow
      ? new AirflowPipeline(name, { cluster, settings, airflow, namespace, stages }, component)
      : new ArgoPipeline(name, { settings, namespace, stages, operators: runtime.releases, argoAuthority }, component);

    if (settings.alerts) {
      const place = { namespace, settings: settings.alerts };
      const child = { parent: this, provider: component.provider };
      const ofRuns = airflow ? airflowAlerts(name, airflowNamespace(name)) : argoAlerts(name);
      pipelineAlerts(name, { ...place, ofRuns }, child);
      if (!airflow) pipelineDashboard(name, namespace, child);
    }

    this.identity = pulumi.output({ namespace, serviceAccount: stages.serviceAccount });
    this.pushSecret = pipeline.pushSecret;
    this.binding = bindingOf(name, settings, tracking, pipeline, this.identity);
    this.registerOutputs({
      binding: this.binding,
      pushSecret: this.pushSecret,
      identity: this.identity,
      compliance: args.compliance,
    });
  }
}

function namespaceOf(
  name: string,
  { team, namespace }: MlopsPipelineArgs,
  cluster: pulumi.Input<ClusterBinding>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Input<string> {
  if (team !== undefined) return bindingField(team, "namespace");
  return namespace ?? new WorkloadNamespace(name, { cluster }, opts).namespace;
}

/** What to install: what the arguments say, else what the stages need. */
function installOf({ install = {} }: MlopsPipelineArgs, settings: PipelineSettings) {
  const { stages, alerts, airflow, clientNamespaces } = settings;
  const needs = (engine: TrainingEngine) => stages.some((stage) => stage.engine === engine);
  return {
    argoWorkflows: install.argoWorkflows ?? airflow === undefined,
    trainer: install.trainer ?? needs(TrainingEngine.Trainer),
    ray: install.ray ?? needs(TrainingEngine.Ray),
    signOn: install.signOn,
    clientNamespaces,
    prometheus: alerts,
  };
}

function bindingOf(
  name: string,
  { model, experiment }: PipelineSettings,
  tracking: pulumi.Input<TrackingBinding>,
  { eventsUrl, authority, clientLabels, egress }: ArgoPipeline | AirflowPipeline,
  identity: pulumi.Output<WorkloadIdentity>,
): pulumi.Output<PipelineBinding> {
  const prefix = environmentPrefix(name);
  return pulumi.output({
    kind: "mlops-pipeline",
    name,
    platform: Platform.Kubernetes,
    model,
    experiment,
    trackingUri: bindingField(tracking, "uri"),
    eventsUrl,
    identity,
    environment: {
      [`${prefix}_MODEL`]: model,
      [`${prefix}_EVENTS_URL`]: eventsUrl,
      ...(authority !== undefined && { [`${prefix}_CA_CERTIFICATE`]: authority }),
    },
    clientLabels,
    egress,
  });
}

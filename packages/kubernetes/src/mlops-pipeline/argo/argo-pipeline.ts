import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { standardLabels } from "../../workload/labels";
import { argoApi } from "../defaults";
import type { PipelineSettings } from "../settings";
import type { PipelineStages } from "../stages";
import { eventsUrl, PipelineTriggers } from "./triggers";
import { runName, workflowSpec } from "./workflow";

export { runName };

interface ArgoPipelineArgs {
  settings: PipelineSettings;
  namespace: pulumi.Output<string>;
  stages: PipelineStages;
  /** What understands the resources of Argo Workflows. */
  operators: pulumi.Resource[];
  argoAuthority?: pulumi.Input<string>;
}

/** A pipeline that Argo Workflows runs. */
export class ArgoPipeline extends pulumi.ComponentResource {
  /** Where events are sent that start a run. */
  public readonly eventsUrl: pulumi.Output<string>;
  /** What the Git provider signs its requests with, or sends along. */
  public readonly pushSecret: pulumi.Output<string | undefined>;

  constructor(name: string, args: ArgoPipelineArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:mlops-pipeline:ArgoPipeline", name, {}, opts);
    const { settings, namespace, stages, operators } = args;
    const workflow = new kubernetes.apiextensions.CustomResource(
      `${name}-workflow`,
      {
        apiVersion: argoApi,
        kind: "WorkflowTemplate",
        metadata: { name, namespace, labels: standardLabels(name, "mlops-pipeline", "workflow") },
        spec: workflowSpec(name, settings, stages.pods, stages.serviceAccount),
      },
      { parent: this, dependsOn: operators },
    );
    const template = workflow.metadata.name;
    const triggers = new PipelineTriggers(
      name,
      { settings, namespace, template, watcher: stages.watcher, argoAuthority: args.argoAuthority },
      { parent: this },
    );
    this.pushSecret = triggers.pushSecret;
    this.eventsUrl = pulumi.interpolate`${eventsUrl(workflow.metadata.namespace)}/${name}`;
    this.registerOutputs();
  }
}

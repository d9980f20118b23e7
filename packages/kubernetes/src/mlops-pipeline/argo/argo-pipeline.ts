import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { EgressRule } from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../../workload/labels";
import { argoApi, argoNamespace, argoPort, argoServer } from "../defaults";
import type { PipelineSettings } from "../settings";
import type { Orchestrator, PipelineStages } from "../stages";
import { eventsUrl, PipelineTriggers } from "./triggers";
import { runName, workflowSpec } from "./workflow";

/** How Argo Workflows runs the pods of stages. */
export const argoOrchestrator: Orchestrator = {
  runId: runName,
  reports: true,
  gatePrograms: [],
  personPrograms: ["person.py"],
};

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
  /** Authority of the certificate of Argo's server, where it is known. */
  public readonly authority?: pulumi.Input<string>;
  /** Label that lets a pod speak to that server. */
  public readonly clientLabels = clientLabel(argoServer);
  /** Where it is. */
  public readonly egress: EgressRule[] = [
    { port: argoPort, namespace: argoNamespace, podLabels: selectorLabels("argo-workflows", "server") },
  ];

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
    this.authority = args.argoAuthority;
    this.eventsUrl = pulumi.interpolate`${eventsUrl(workflow.metadata.namespace)}/${name}`;
    this.registerOutputs();
  }
}

/** Definitions of pipelines: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/ */
import * as pulumi from "@pulumi/pulumi";
import { type ApprovalPlan, StageKind, type StagePlan, stagesBefore } from "aistack-core";
import { folders } from "./defaults";
import { type JobExtra, type JobParts, jobSteps, runUrl, type Step } from "./jobs";
import {
  decisionStep,
  gateStep,
  hasGate,
  isDecidedByPerson,
  productionStep,
  rejectedStep,
  versionStep,
} from "./step-names";

/** What a definition is made from. */
export interface DefinitionParts extends JobParts {
  stages: StagePlan[];
  approval: ApprovalPlan;
  /** Name of the group of the model's versions. */
  group: pulumi.Input<string>;
}

/** Name of the parameter that says which version was decided about. */
export const versionParameter = "ModelPackageArn";

/** From data to a registered model. Stages after the approval stand inside its condition. */
export function pipelineDefinition(parts: DefinitionParts): pulumi.Output<string> {
  const { stages } = parts;
  const gate = stages.find(({ kind }) => kind === StageKind.Approve);
  const isGated = gate !== undefined && hasGate(parts.approval);
  const isBehind = (stage: StagePlan) => isGated && stagesBefore(stages, stage.name).includes(gate);
  const steps = (list: StagePlan[]) => list.flatMap((stage) => stageSteps(stage, parts, isGated ? gate : undefined));
  const before = steps(stages.filter((stage) => !isBehind(stage) && stage.kind !== StageKind.Approve));
  if (!isGated) return definition([], before);
  return definition([], [...before, ...gateSteps(gate, parts, steps(stages.filter(isBehind)))]);
}

/** What follows when a person has decided: a record of it and, if they agreed, the model's alias for production. */
export function decisionDefinition(parts: DefinitionParts): pulumi.Output<string> {
  const find = (wanted: StageKind) => parts.stages.find(({ kind }) => kind === wanted) as StagePlan;
  const environment = { PIPELINE_MODEL_PACKAGE: { Get: `Parameters.${versionParameter}` } };
  const [gate, register] = [find(StageKind.Approve), find(StageKind.Register)];
  const production = jobSteps({ ...register, name: productionStep(register.name) }, [], parts, { environment });
  const decision = { ...gate, name: decisionStep(gate.name), after: [] };
  return definition(
    [{ Name: versionParameter, Type: "String" }],
    gateSteps(decision, parts, production, { environment }),
  );
}

function definition(parameters: object[], steps: Step[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2020-12-01", Metadata: {}, Parameters: parameters, Steps: steps });
}

/** The approval as a job whose answer a condition reads. */
function gateSteps(gate: StagePlan, parts: DefinitionParts, then: Step[], extra: JobExtra = {}): Step[] {
  const answer = {
    "Std:JsonGet": { PropertyFile: { Get: `Steps.${gate.name}.PropertyFiles.decision` }, Path: "decision" },
  };
  const rejected = {
    Name: rejectedStep(gate.name),
    Type: "Fail",
    Arguments: { ErrorMessage: `The model was not let through; the log of the step ${gate.name} says why.` },
  };
  return [
    ...jobSteps(gate, dependencies(gate, parts), parts, {
      ...extra,
      output: "decision",
      propertyFile: "decision.json",
    }),
    {
      Name: gateStep(gate.name),
      Type: "Condition",
      DependsOn: [gate.name],
      Arguments: {
        Conditions: [{ Type: "Equals", LeftValue: answer, RightValue: "approved" }],
        IfSteps: then,
        ElseSteps: [rejected],
      },
    },
  ];
}

function stageSteps(stage: StagePlan, parts: DefinitionParts, gate: StagePlan | undefined): Step[] {
  // The condition has waited for the approval.
  const dependsOn = dependencies(stage, parts).filter((name) => name !== gate?.name);
  if (stage.kind !== StageKind.Register) return jobSteps(stage, dependsOn, parts);
  return [...jobSteps(stage, dependsOn, parts, { output: "model" }), version(stage, parts)];
}

/** A version in SageMaker's registry, which people and services see. */
function version(stage: StagePlan, parts: DefinitionParts): Step {
  return {
    Name: versionStep(stage.name),
    Type: "RegisterModel",
    DependsOn: [stage.name],
    Arguments: {
      ModelPackageGroupName: parts.group,
      ModelApprovalStatus: isDecidedByPerson(parts) ? "PendingManualApproval" : "Approved",
      InferenceSpecification: {
        Containers: [
          {
            Image: parts.image,
            ModelDataUrl: runUrl(parts, folders.runs, stage.name, "model", "model.tar.gz"),
          },
        ],
        SupportedContentTypes: ["application/json", "text/csv"],
        SupportedResponseMIMETypes: ["application/json"],
      },
      // By which the decision finds the run.
      CustomerMetadataProperties: { "pipeline-run-id": { Get: "Execution.PipelineExecutionId" } },
    },
  };
}

/** Steps that a stage waits for: where the approval is no step, those before it. */
function dependencies(stage: StagePlan, { stages, approval }: DefinitionParts): string[] {
  const names = stage.after.flatMap((name) => {
    const before = stages.find((other) => other.name === name) as StagePlan;
    return before.kind === StageKind.Approve && !hasGate(approval) ? before.after : [name];
  });
  return [...new Set(names)];
}

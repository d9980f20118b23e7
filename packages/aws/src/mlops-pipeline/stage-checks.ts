import type * as pulumi from "@pulumi/pulumi";
import {
  type Checks,
  matching,
  type PipelineStageArgs,
  type Rule,
  StageKind,
  type StagePlan,
  TrainingEngine,
} from "aistack-core";
import { longestProcessingMinutes, longestTrainingMinutes, mostParameters, mostRetries, mostSteps } from "./defaults";
import { instanceFor, trainingMachines } from "./instances";
import { decisionStep, isTraining, productionStep, stepNames } from "./step-names";

/** What stages are judged with. */
export interface Surroundings {
  /** The stages as they were given, which say where a fault is. */
  given?: PipelineStageArgs[];
  /** Image of the pipeline. */
  image?: pulumi.Input<string>;
  /** Whether the approval is a step of its own, and not a person's alone. */
  hasGate: boolean;
}

/** Jobs take images of the own region's Amazon ECR only; a tag or digest says which. */
export const ecrImage: Rule<string> = matching(
  /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9][a-z0-9._/-]{1,99}(:[A-Za-z0-9_][\w.-]{0,99}|@sha256:[0-9a-f]{64})$/,
  "an image in Amazon ECR with tag or digest, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0",
);

/** Judges what SageMaker has to offer for each stage; returns the stages, gated where values are still to come. */
export function checkStagesFit(check: Checks, stages: StagePlan[], surroundings: Surroundings): StagePlan[] {
  const { given, hasGate } = surroundings;
  const judged = stages.map((stage) => {
    const index = (given ?? stages).findIndex(({ name }) => name === stage.name);
    return checkStage(check, `stages[${index}]`, stage, surroundings);
  });
  const made = stages.flatMap((stage) =>
    [...stepNames(stage, hasGate), decisionStep(stage.name), productionStep(stage.name)]
      .filter((step) => step !== stage.name)
      .map((step) => ({ step, stage })),
  );
  for (const { step, stage } of made)
    if (stages.some((other) => other.name === step))
      check.fault("stages", `has a stage "${step}", the name of a step that "${stage.name}" makes; give it another`);
  const steps = stages.flatMap((stage) => stepNames(stage, hasGate)).length;
  if (stages.length <= mostSteps && steps > mostSteps)
    check.fault(
      "stages",
      `makes ${steps} steps, but may make ${mostSteps}; approving, registering and searching take further ones`,
    );
  return judged;
}

function checkStage(check: Checks, path: string, stage: StagePlan, { image }: Surroundings): StagePlan {
  if (stage.kind === StageKind.Deploy) return stage;
  if (stage.framework !== undefined)
    check.fault(
      `${path}.framework`,
      `is ${stage.framework}, whose images are not in Amazon ECR, from which alone SageMaker takes them; give an \`image\` there, such as one built from an AWS Deep Learning Container`,
    );
  if (stage.engine === TrainingEngine.Ray)
    check.fault(`${path}.engine`, "is ray, which SageMaker does not start; choose trainer, or a GpuCluster");
  if (stage.retries > mostRetries)
    check.fault(`${path}.retries`, `is ${stage.retries}, but SageMaker tries ${mostRetries} times at most; lower it`);
  const longest = isTraining(stage) ? longestTrainingMinutes : longestProcessingMinutes;
  if (stage.timeoutMinutes > longest)
    check.fault(
      `${path}.timeoutMinutes`,
      `is ${stage.timeoutMinutes}, but this job of SageMaker ends after ${longest}; lower it`,
    );
  checkSearch(check, path, stage, image);
  return {
    ...stage,
    image: check.value(`${path}.image`, stage.image, ecrImage),
    memory: checkMachine(check, path, stage),
  };
}

/** A tuning job starts the entry point of the image, and not a command as other jobs do: API_HyperParameterAlgorithmSpecification. */
function checkSearch(check: Checks, path: string, stage: StagePlan, image: pulumi.Input<string> | undefined): void {
  const { search } = stage;
  if (search === undefined) return;
  if (stage.command !== undefined)
    check.fault(
      `${path}.command`,
      "is given together with `search`, whose trials start the image's own entry point; give a `source`",
    );
  if (stage.image === undefined && image === undefined)
    check.fault(
      `${path}.image`,
      "is missing; a search needs one with SageMaker's training toolkit, such as an AWS Deep Learning Container with MLflow",
    );
  if (search.parameters.length > mostParameters)
    check.fault(
      `${path}.search.parameters`,
      `has ${search.parameters.length} items, but SageMaker varies ${mostParameters} at most`,
    );
  search.parameters.forEach(({ values }, index) => {
    if ((values?.length ?? 0) > mostParameters)
      check.fault(
        `${path}.search.parameters[${index}].values`,
        `has ${values?.length} items, but SageMaker chooses from ${mostParameters} at most`,
      );
  });
}

/** Faults a stage for which SageMaker has no machine. */
function checkMachine(check: Checks, path: string, stage: StagePlan): pulumi.Input<string> {
  const { accelerator, acceleratorsPerNode } = stage;
  if (accelerator !== undefined) {
    const counts = [...new Set(trainingMachines(accelerator).map(({ count }) => count))].sort((a, b) => a - b);
    if (counts.length === 0) {
      check.fault(`${path}.accelerator`, `is ${accelerator}, which SageMaker does not train on; choose another`);
      return stage.memory;
    }
    if (!counts.includes(acceleratorsPerNode)) {
      check.fault(
        `${path}.acceleratorsPerNode`,
        `is ${acceleratorsPerNode}, but SageMaker has machines with ${counts.join(", ")} of ${accelerator}`,
      );
      return stage.memory;
    }
  }
  return check.valueWith(`${path}.memory`, stage.memory, stage.cpu, (memory, cpu) =>
    instanceFor({ accelerator, acceleratorsPerNode, cpu, memory }) === undefined
      ? `SageMaker has no machine with ${memory} and ${cpu} CPUs for this stage; ask for less`
      : undefined,
  );
}

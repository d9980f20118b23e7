import {
  type ApprovalPlan,
  type Checks,
  type PipelineStageArgs,
  StageKind,
  type StagePlan,
  TrainingEngine,
} from "aistack-core";
import type { MlopsPipelineArgs } from "./args";
import * as defaults from "./defaults";
import { checkMachine, machineFault } from "./machines";
import { gateTask, searchTasks } from "./names";

/** Faults what Google Cloud cannot do, by name. */
export function checkOfPlatform(
  check: Checks,
  args: MlopsPipelineArgs,
  stages: readonly StagePlan[],
  approval: ApprovalPlan,
): void {
  args.stages?.forEach((stage, index) => {
    checkStage(check, `stages[${index}]`, stage, stages);
  });
  checkNames(check, args.stages ?? []);
  checkTriggers(check, args);
  if (approval.timeoutHours > defaults.longestHours - 24 && args.approval?.timeoutHours !== undefined)
    check.fault(
      "approval.timeoutHours",
      `is ${approval.timeoutHours}, but a run and its approval may last a year together; name ${defaults.longestHours - 24} at most`,
    );
  const needsImage = stages.some(({ command, image, framework }) =>
    [command, image, framework].every((part) => part === undefined),
  );
  if (args.existing === undefined && args.tracking !== undefined && args.image === undefined && needsImage)
    check.fault(
      "image",
      "is missing, but `tracking` asks for MLflow, which Google's image with scikit-learn lacks; name one with Python 3.10, MLflow, scikit-learn and pandas",
    );
}

/** Steps that the pipeline has beside its stages have names too. */
function checkNames(check: Checks, stages: PipelineStageArgs[]): void {
  const searched = stages.filter(({ search }) => search !== undefined);
  const taken = [
    gateTask,
    ...searched.flatMap(({ name }) => Object.values(searchTasks).map((suffix) => `${name}${suffix}`)),
  ];
  stages.forEach(({ name }, index) => {
    if (taken.includes(name))
      check.fault(
        `stages[${index}].name`,
        `is "${name}", which a step of the pipeline itself is called; choose another`,
      );
  });
}

function checkStage(check: Checks, path: string, given: PipelineStageArgs, stages: readonly StagePlan[]): void {
  const stage = stages.find(({ name }) => name === given.name) as StagePlan;
  if (given.engine !== undefined && given.engine !== TrainingEngine.Job)
    check.fault(
      `${path}.engine`,
      `is ${given.engine}, which runs on Kubernetes; leave it out: Vertex AI starts the command once on each node and tells it of the others in CLUSTER_SPEC`,
    );
  checkMachine(check, path, stage);
  // What is still to come is judged when the machine is chosen.
  if (typeof stage.cpu !== "string" || typeof stage.memory !== "string") return;
  const fault = machineFault(stage, stage.cpu, stage.memory);
  if (fault !== undefined) check.fault(path, fault);
}

function checkTriggers(check: Checks, { triggers }: MlopsPipelineArgs): void {
  if (triggers?.push !== undefined)
    check.fault(
      "triggers.push",
      "cannot be done on Google Cloud, whose workflows take no webhooks; have the repository's own pipeline start a run, by workload identity federation, as the README says",
    );
  check.value("triggers.schedule", triggers?.schedule, (schedule = "") =>
    /^@|\?/.test(schedule)
      ? 'must be written out for Cloud Scheduler, without names and question marks, such as "0 3 * * *"'
      : undefined,
  );
}

/** Whether a stage waits for an approval, near or far. */
export function isGated(stages: readonly StagePlan[], stage: StagePlan): boolean {
  return stage.after.some((name) => {
    const before = stages.find((other) => other.name === name);
    return before !== undefined && (before.kind === StageKind.Approve || isGated(stages, before));
  });
}

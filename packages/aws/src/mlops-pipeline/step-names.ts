import { type ApprovalPlan, StageKind, type StagePlan } from "aistack-core";

/** Whether a stage is a training job, with accelerators, many machines or many trials; a processing job otherwise. */
export function isTraining({ accelerator, nodes, search }: StagePlan): boolean {
  return accelerator !== undefined || nodes > 1 || search !== undefined;
}

/** Names of the steps that a stage makes beside the one of its own name. */
export const searchStep = (stage: string) => `${stage}-search`;
export const gateStep = (stage: string) => `${stage}-gate`;
export const rejectedStep = (stage: string) => `${stage}-rejected`;
export const versionStep = (stage: string) => `${stage}-version`;
/** Steps of the second pipeline, which follows a person's decision. */
export const decisionStep = (stage: string) => `${stage}-decision`;
export const productionStep = (stage: string) => `${stage}-production`;

/** Whether the approval is a step of the pipeline: a person alone decides in the registry, when it is over. */
export function hasGate({ thresholds, person }: ApprovalPlan): boolean {
  return thresholds.length > 0 || !person;
}

/** Whether a person decides about the version in the registry, when the run is over; until then it is but a candidate. */
export function isDecidedByPerson({ stages, approval }: { stages: StagePlan[]; approval: ApprovalPlan }): boolean {
  return approval.person && stages.some(({ kind }) => kind === StageKind.Approve);
}

/** Names of all steps of a stage in the pipeline itself. */
export function stepNames({ name, kind, search }: StagePlan, gate: boolean): string[] {
  if (kind === StageKind.Approve) return gate ? [name, gateStep(name), rejectedStep(name)] : [];
  return [name, ...(search ? [searchStep(name)] : []), ...(kind === StageKind.Register ? [versionStep(name)] : [])];
}

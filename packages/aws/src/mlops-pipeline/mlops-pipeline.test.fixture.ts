import { Accelerator, type PipelineStageArgs, StageKind, TrainingEngine } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { inputs, planned } from "../testing";
import type { MlopsPipelineArgs } from "./args";
import { MlopsPipeline } from "./mlops-pipeline";

export const image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0";

/** Trains on two machines with eight GPUs each, after which the usual follows. */
export const distributed: PipelineStageArgs[] = [
  { name: "ingest" },
  {
    name: "train",
    image,
    source: "import pipeline_run",
    accelerator: Accelerator.NvidiaH100,
    acceleratorsPerNode: 8,
    nodes: 2,
    engine: TrainingEngine.Trainer,
    retries: 3,
    timeoutMinutes: 600,
    metrics: ["loss"],
  },
  { name: "approve" },
  { name: "register" },
];

/** Searches for the best of a few values. */
export const searching: PipelineStageArgs[] = [
  { name: "ingest" },
  {
    name: "train",
    image,
    source: "import pipeline_run",
    metrics: ["loss"],
    search: {
      metric: "loss",
      minimize: true,
      trials: 8,
      parallel: 4,
      parameters: [
        { name: "rate", minimum: 0.001, maximum: 0.1, logarithmic: true },
        { name: "depth", minimum: 2, maximum: 9, whole: true },
        { name: "optimizer", values: ["adam", "sgd"] },
      ],
    },
  },
];

export const task = (name: string, more: Partial<PipelineStageArgs> = {}): PipelineStageArgs => ({
  name,
  kind: StageKind.Task,
  source: "import pipeline_run",
  ...more,
});

export const pipeline = (args?: MlopsPipelineArgs, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const { binding, access } = new MlopsPipeline("churn", args);
    return { binding, access };
  }, mode);

// biome-ignore lint/suspicious/noExplicitAny: a step of a definition, whose shape the test itself states
type Json = any;

/** The steps of a pipeline by name, those inside conditions among them. */
export function steps(graph: Graph, name = "churn-pipeline"): { [step: string]: Json } {
  const found: { [step: string]: Json } = {};
  const visit = (list: Json[]) => {
    for (const step of list) {
      found[step.Name] = step;
      visit([...(step.Arguments.IfSteps ?? []), ...(step.Arguments.ElseSteps ?? [])]);
    }
  };
  visit(JSON.parse(inputs(graph, name, "pipelineDefinition")).Steps);
  return found;
}

/** What jobs are told, as `pipeline_start.py` reads it. */
export function settings(graph: Graph): Json {
  return JSON.parse(inputs(graph, "churn-programs-settings", "content"));
}

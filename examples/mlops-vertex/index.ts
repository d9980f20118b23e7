import { StageKind } from "aistack-core";
import { MlopsPipeline, Network } from "aistack-gcp";

const network = new Network("ml");

const pipeline = new MlopsPipeline("churn", {
  network: network.binding,
  triggers: { schedule: "0 3 * * *", drift: { alerts: ["PredictionDrift"] } },
  stages: [
    { name: "ingest" },
    { name: "validate" },
    {
      name: "train",
      search: {
        metric: "validation_f1",
        trials: 12,
        parallel: 3,
        parameters: [
          { name: "learning_rate", minimum: 0.01, maximum: 0.3, logarithmic: true },
          { name: "max_leaf_nodes", minimum: 15, maximum: 63, whole: true },
        ],
      },
    },
    { name: "evaluate" },
    { name: "report", kind: StageKind.Task, source: "import pipeline_run\n\nprint(pipeline_run.metrics())\n" },
    { name: "approve", after: ["evaluate"] },
    { name: "register" },
  ],
  approval: {
    thresholds: [{ metric: "accuracy", minimum: 0.9, mayRegressBy: 0.01 }],
    person: true,
    timeoutHours: 48,
  },
  alerts: { emails: ["ml@example.com"] },
});

/** Starts a run: `gcloud workflows run $(pulumi stack output workflow)`. */
export const workflow = pipeline.workflow;
/** To be granted to those who may let models through. */
export const approverRole = pipeline.approverRole;
/** Channel for the alert policy PredictionDrift. */
export const driftChannel = pipeline.driftChannel;

import { MlopsPipeline, Network, ObjectStore } from "aistack-aws";
import { Accelerator, TrainingEngine } from "aistack-core";

const network = new Network("ml");
const lake = new ObjectStore("lake", { events: true });

const pipeline = new MlopsPipeline("churn", {
  network: network.binding,
  dataset: { url: lake.binding.url.apply((url) => `${url}/customers.parquet`), target: "left" },
  uses: [lake.binding],
  access: lake.binding.access.read,
  stages: [
    { name: "ingest" },
    { name: "validate" },
    {
      name: "train",
      image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0",
      source: `import pipeline_run

pipeline_run.log_metrics({"loss": 0.2})
pipeline_run.save("model", "/tmp/model")
`,
      accelerator: Accelerator.NvidiaL4,
      acceleratorsPerNode: 4,
      nodes: 2,
      engine: TrainingEngine.Trainer,
      metrics: ["loss"],
    },
    {
      name: "tune",
      after: ["validate"],
      image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0",
      source: `import pipeline_run

rate = float(pipeline_run.parameter("rate", "0.1"))
pipeline_run.log_metrics({"rehearsal_loss": rate})
`,
      metrics: ["rehearsal_loss"],
      search: {
        metric: "rehearsal_loss",
        minimize: true,
        trials: 8,
        parameters: [
          { name: "rate", minimum: 0.001, maximum: 0.1, logarithmic: true },
          { name: "depth", minimum: 2, maximum: 9, whole: true },
          { name: "optimizer", values: ["adam", "sgd"] },
        ],
      },
    },
    { name: "approve", after: ["train", "tune"] },
    { name: "register" },
  ],
  spot: true,
  triggers: {
    schedule: "0 3 * * 1",
    data: { store: lake.binding, prefix: "customers" },
    drift: { alerts: ["ChurnDrift"] },
  },
  approval: { thresholds: [{ metric: "loss", maximum: 0.5, mayRegressBy: 0.05, minimize: true }], person: true },
  alerts: ["arn:aws:sns:eu-west-1:111122223333:ml-alerts"],
});

/** What clients of MLflow take as their tracking URI. */
export const trackingUri = pipeline.binding.trackingUri;
/** What to grant who starts runs from elsewhere. */
export const startAccess = pipeline.access;

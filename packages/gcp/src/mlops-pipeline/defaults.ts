/**
 * Google's image with scikit-learn 1.6, which the stages without a program of their own run in. The service takes no other tag
 * than `latest`; what it runs is patched by Google until the support of that version of scikit-learn ends.
 * https://cloud.google.com/vertex-ai/docs/training/pre-built-containers
 */
export const trainingImage = "vertex-ai/training/sklearn-cpu.1-6:latest";

/** The image of the same version that answers requests; named in each model of the registry, for who deploys it. */
export const predictionImage = "vertex-ai/prediction/sklearn-cpu.1-6:latest";

/** Registries of these images, by the part of the world that a region's name begins with. */
export const imageRegistries: readonly [prefix: string, registry: string][] = [
  ["europe-", "europe-docker.pkg.dev"],
  ["asia-", "asia-docker.pkg.dev"],
  ["", "us-docker.pkg.dev"],
];

/**
 * What starts a job of Vertex AI Training as a step of a pipeline: release 2.22.0 of google-cloud-pipeline-components, whose
 * component `custom_job` was read.
 */
export const launcherImage = "gcr.io/ml-pipeline/google-cloud-pipeline-components:2.22.0";
export const launcherModule = "google_cloud_pipeline_components.container.v1.custom_job.launcher";

/**
 * Machines without accelerators, cheapest first: vCPUs and GiB of memory.
 * https://cloud.google.com/vertex-ai/docs/training/configure-compute#machine-types
 */
export const cpuMachines: readonly { type: string; vcpu: number; memoryGiB: number }[] = [
  { type: "e2-standard-4", vcpu: 4, memoryGiB: 16 },
  { type: "e2-highmem-4", vcpu: 4, memoryGiB: 32 },
  { type: "e2-standard-8", vcpu: 8, memoryGiB: 32 },
  { type: "e2-highmem-8", vcpu: 8, memoryGiB: 64 },
  { type: "e2-standard-16", vcpu: 16, memoryGiB: 64 },
  { type: "e2-highmem-16", vcpu: 16, memoryGiB: 128 },
  { type: "e2-standard-32", vcpu: 32, memoryGiB: 128 },
  { type: "n2-highmem-32", vcpu: 32, memoryGiB: 256 },
  { type: "n2-highmem-48", vcpu: 48, memoryGiB: 384 },
  { type: "n2-highmem-64", vcpu: 64, memoryGiB: 512 },
  { type: "n2-highmem-80", vcpu: 80, memoryGiB: 640 },
];

/** Seconds between a failure and the next attempt, which doubles up to the second figure. */
export const backoff = { first: "60s", factor: 2, longest: "3600s" };

/** Days that earlier versions of what runs have written can be brought back. */
export const oldVersionDays = 30;

/** Days that it is kept who sent an answer. */
export const approvalDays = 2192;

/** Steps that one execution of a workflow may take, and the year that it may last: https://cloud.google.com/workflows/quotas */
export const mostSteps = 100_000;
export const longestHours = 8760;

/** Steps of one look at a run that is under way. */
export const stepsPerLook = 4;

/** Seconds between two looks, at least. */
export const lookSeconds = 60;

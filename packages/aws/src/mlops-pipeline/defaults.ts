/** GiB of the volume of a machine that has no disk of its own. */
export const volumeGiB = 100;

/** Longest time of a processing job, as the service model says (ProcessingMaxRuntimeInSeconds), in minutes. */
export const longestProcessingMinutes = 12_960;

/** Longest time of a training job, 28 days: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html */
export const longestTrainingMinutes = 40_320;

/** Retries of a step: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html */
export const mostRetries = 20;

/** Steps of a pipeline: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html */
export const mostSteps = 50;

/** Parameters of a kind that a search varies, and values of one: API_ParameterRanges and API_CategoricalParameterRange. */
export const mostParameters = 30;

/**
 * SageMaker Distribution: Python 3.12, MLflow 3.15, sagemaker-mlflow 0.5, scikit-learn 1.7, pandas and boto3; supported until 2027-02-12.
 * https://github.com/aws/sagemaker-distribution, build_artifacts/v4/v4.4/v4.4.0/RELEASE.md and support_policy.md
 */
export const distributionTag = "4.4.0-cpu";

/**
 * Account of the distribution's repository by region, since jobs take images of the own region and of private repositories only.
 * https://github.com/aws/sagemaker-python-sdk, sagemaker-core/src/sagemaker/core/image_uri_config/sagemaker-distribution.json
 */
export const distributionAccounts: Readonly<Record<string, string>> = {
  "us-east-1": "885854791233",
  "us-east-2": "137914896644",
  "us-west-1": "053634841547",
  "us-west-2": "542918446943",
  "af-south-1": "238384257742",
  "ap-east-1": "523751269255",
  "ap-south-1": "245090515133",
  "ap-northeast-2": "064688005998",
  "ap-southeast-1": "022667117163",
  "ap-southeast-2": "648430277019",
  "ap-northeast-1": "010972774902",
  "ca-central-1": "481561238223",
  "eu-central-1": "545423591354",
  "eu-west-1": "819792524951",
  "eu-west-2": "021081402939",
  "eu-west-3": "856416204555",
  "eu-north-1": "175620155138",
  "eu-south-1": "810671768855",
  "sa-east-1": "567556641782",
  "ap-northeast-3": "564864627153",
  "ap-southeast-3": "370607712162",
  "me-south-1": "523774347010",
  "me-central-1": "358593528301",
};

/** Folders of the bucket. */
export const folders = { programs: "programs", runs: "runs", checkpoints: "checkpoints", tracking: "mlflow" };

/** Program that every job starts with. */
export const starter = "pipeline_start.py";

/** Where a container finds it, by the kind of job. */
export const starterFolders = {
  processing: "/opt/ml/processing/input/program",
  training: "/opt/ml/input/data/program",
};

/** Where it puts the programs of the stage, as `pipeline_start.py` says too. */
export const programFolder = "/tmp/pipeline";

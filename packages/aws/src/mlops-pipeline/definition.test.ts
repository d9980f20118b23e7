import { inputs, modes } from "../testing";
import { distributed, image, pipeline, searching, settings, steps, task } from "./mlops-pipeline.test.fixture";

const thresholds = [{ metric: "accuracy", minimum: 0.9, mayRegressBy: 0.01 }];
const execution = { Get: "Execution.PipelineExecutionId" };

test.each(modes)(
  "in %s, names, parameters and dependencies of a definition do not depend on what is still to come",
  async (mode) => {
    const graph = await pipeline({}, mode);
    expect(inputs(graph, "churn-pipeline")).toMatchObject({ pipelineName: "churn", pipelineDisplayName: "churn" });
    if (mode === "preview") return;
    const { Version, Metadata, Parameters } = JSON.parse(inputs(graph, "churn-pipeline", "pipelineDefinition"));
    expect({ Version, Metadata, Parameters }).toEqual({ Version: "2020-12-01", Metadata: {}, Parameters: [] });
  },
);

test("stages without a program are processing jobs, each after the one before; a person decides in the registry", async () => {
  const found = steps(await pipeline({}));
  expect(Object.values(found).map(({ Name, Type, DependsOn }) => [Name, Type, DependsOn])).toEqual([
    ["ingest", "Processing", undefined],
    ["validate", "Processing", ["ingest"]],
    ["train", "Processing", ["validate"]],
    ["evaluate", "Processing", ["train"]],
    ["register", "Processing", ["evaluate"]],
    ["register-version", "RegisterModel", ["register"]],
  ]);
  expect(found["register-version"].Arguments).toMatchObject({
    ModelPackageGroupName: "churn",
    ModelApprovalStatus: "PendingManualApproval",
    CustomerMetadataProperties: { "pipeline-run-id": execution },
  });
});

test("a job has AWS's image, a machine of the right size, the key, encryption and no secret", async () => {
  const { ingest } = steps(
    await pipeline({ stages: [{ name: "ingest", cpu: "3", memory: "20Gi", timeoutMinutes: 90 }] }),
  );
  expect(ingest.Arguments).toMatchObject({
    ProcessingResources: {
      ClusterConfig: {
        InstanceType: "ml.r5.xlarge",
        InstanceCount: 1,
        VolumeSizeInGB: 100,
        VolumeKmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
      },
    },
    AppSpecification: {
      ImageUri: "819792524951.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-distribution-prod:4.4.0-cpu",
      ContainerEntrypoint: ["python3", "/opt/ml/processing/input/program/pipeline_start.py"],
    },
    RoleArn: expect.stringMatching(/:role\/churn-stages-/),
    StoppingCondition: { MaxRuntimeInSeconds: 5400 },
    Environment: { PIPELINE_STAGE: "ingest", PIPELINE_RUN_ID: execution },
    NetworkConfig: { EnableNetworkIsolation: false, EnableInterContainerTrafficEncryption: true },
  });
  expect(ingest.Arguments.NetworkConfig.VpcConfig).toBeUndefined();
  expect(ingest.RetryPolicies.map(({ MaxAttempts }: { MaxAttempts: number }) => MaxAttempts)).toEqual([2, 2]);
});

test("programs and settings stand in a folder that is named after what they say", async () => {
  const [first, second] = [
    await pipeline({ stages: [task("load")] }),
    await pipeline({ stages: [task("load", { source: "pass" })] }),
  ];
  const folder = (graph: typeof first) =>
    inputs(graph, "churn-programs-settings", "key").split("/").slice(0, -1).join("/");
  expect(folder(first)).toMatch(/^programs\/[0-9a-f]{16}$/);
  expect(folder(first)).not.toBe(folder(second));
  expect(inputs(first, "churn-programs-starter", "key")).toBe(`${folder(first)}/pipeline_start.py`);
  expect(steps(first).load.Arguments.ProcessingInputs[0].S3Input).toMatchObject({
    S3Uri: expect.stringMatching(new RegExp(`^s3://churn-store-objects-[0-9a-f]+/${folder(first)}$`)),
    S3DataType: "S3Prefix",
  });
});

test("stages are told of the run, the model, the data and what they use", async () => {
  const graph = await pipeline({
    dataset: { url: "s3://lake/table.parquet", target: "left" },
    experiment: "all",
    uses: [{ kind: "object-store", name: "lake", environment: { LAKE_URL: "s3://lake" } }],
    stages: [{ name: "ingest" }, task("look", { environment: { DEPTH: "2" } }), { name: "register" }],
  });
  const { environment, stages } = settings(graph);
  expect(environment).toMatchObject({
    LAKE_URL: "s3://lake",
    AWS_DEFAULT_REGION: "eu-west-1",
    MLFLOW_TRACKING_URI: expect.stringMatching(/:mlflow-app\//),
  });
  expect(stages.ingest.environment).toMatchObject({
    PIPELINE_NAME: "churn",
    PIPELINE_MODEL: "churn",
    PIPELINE_EXPERIMENT: "all",
    DATASET_URL: "s3://lake/table.parquet",
    DATASET_TARGET: "left",
  });
  expect(stages.ingest.command).toEqual(["python", "-u", "/tmp/pipeline/ingest.py"]);
  expect(Object.keys(stages.ingest.files)).toEqual(expect.arrayContaining(["pipeline_run.py", "ingest.py"]));
  expect(stages.look).toMatchObject({ kind: "task", environment: { DEPTH: "2" } });
  // Nobody approves, so the version is meant for production at once.
  expect(stages.register.environment.PIPELINE_ALIAS).toBe("production");
  expect(steps(graph)["register-version"].Arguments.ModelApprovalStatus).toBe("Approved");
});

test("thresholds are a job whose answer a condition reads; what follows stands inside, a failure with reasons outside", async () => {
  const graph = await pipeline({ approval: { thresholds } });
  const found = steps(graph);
  expect(found.approve).toMatchObject({
    Type: "Processing",
    DependsOn: ["evaluate"],
    PropertyFiles: [{ PropertyFileName: "decision", OutputName: "decision", FilePath: "decision.json" }],
    Arguments: {
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: "decision",
            S3Output: {
              S3Uri: {
                "Std:Join": {
                  On: "/",
                  Values: [expect.stringMatching(/^s3:\/\/.+\/runs$/), execution, "approve", "decision"],
                },
              },
              LocalPath: "/opt/ml/processing/output/decision",
              S3UploadMode: "EndOfJob",
            },
          },
        ],
        KmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
      },
    },
  });
  const gate = found["approve-gate"];
  expect(gate).toMatchObject({ Type: "Condition", DependsOn: ["approve"] });
  expect(gate.Arguments.Conditions).toEqual([
    {
      Type: "Equals",
      LeftValue: { "Std:JsonGet": { PropertyFile: { Get: "Steps.approve.PropertyFiles.decision" }, Path: "decision" } },
      RightValue: "approved",
    },
  ]);
  expect(gate.Arguments.IfSteps.map(({ Name }: { Name: string }) => Name)).toEqual(["register", "register-version"]);
  expect(gate.Arguments.ElseSteps).toMatchObject([{ Name: "approve-rejected", Type: "Fail" }]);
  expect(found.register.DependsOn).toBeUndefined();
  expect(found["register-version"].Arguments.ModelApprovalStatus).toBe("Approved");
  expect(JSON.parse(settings(graph).stages.approve.environment.PIPELINE_THRESHOLDS)).toEqual([
    { ...thresholds[0], minimize: false },
  ]);
});

test("a stage beside the approval does not wait for it", async () => {
  const stages = [
    { name: "evaluate" },
    { name: "approve" },
    task("report", { after: ["evaluate"] }),
    { name: "register", after: ["approve", "report"] },
  ];
  const found = steps(await pipeline({ stages, approval: { thresholds } }));
  expect(found.report.DependsOn).toEqual(["evaluate"]);
  expect(found["approve-gate"].Arguments.IfSteps.map(({ Name }: { Name: string }) => Name)).not.toContain("report");
  expect(found.register.DependsOn).toEqual(["report"]);
});

test("a person's decision is recorded and followed by a second pipeline, which is started with the version", async () => {
  const graph = await pipeline({ approval: { thresholds, person: true } });
  expect(settings(graph).stages.register.environment.PIPELINE_ALIAS).toBe("candidate");
  const found = steps(graph, "churn-decision");
  const version = { PIPELINE_MODEL_PACKAGE: { Get: "Parameters.ModelPackageArn" } };
  expect(Object.keys(found)).toEqual([
    "approve-decision",
    "approve-decision-gate",
    "register-production",
    "approve-decision-rejected",
  ]);
  expect(found["approve-decision"].Arguments.Environment).toMatchObject(version);
  expect(found["register-production"].Arguments.Environment).toMatchObject(version);
  expect(found["register-production"].Arguments.ProcessingOutputConfig).toBeUndefined();
  const { stages } = settings(graph);
  expect(stages["approve-decision"].environment.PIPELINE_THRESHOLDS).toBe("[]");
  expect(stages["register-production"].environment.PIPELINE_ALIAS).toBe("production");
  expect(JSON.parse(inputs(graph, "churn-on-decided", "eventPattern"))).toEqual({
    source: ["aws.sagemaker"],
    "detail-type": ["SageMaker Model Package State Change"],
    detail: { ModelPackageGroupName: ["churn"], ModelApprovalStatus: ["Approved", "Rejected"] },
  });
  expect(inputs(graph, "churn-on-decided-target", "sagemakerPipelineTarget")).toEqual({
    pipelineParameterLists: [{ name: "ModelPackageArn", value: "$.detail.ModelPackageArn" }],
  });
});

test("decisions are sent to the collector of audit events", async () => {
  const auditEvents = {
    kind: "audit-events",
    name: "events",
    endpoint: "https://events.example.com",
    grpcEndpoint: "",
    classes: [],
  };
  const { stages } = settings(await pipeline({ approval: { thresholds, person: true, auditEvents } }));
  for (const job of ["approve", "approve-decision"])
    expect(stages[job].environment.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT).toBe("https://events.example.com/v1/logs");
});

test("accelerators and many machines are training jobs: the right machines, checkpoints, torchrun", async () => {
  const graph = await pipeline({ stages: distributed, approval: { thresholds: [{ metric: "loss", maximum: 1 }] } });
  const { train } = steps(graph);
  expect(train).toMatchObject({
    Type: "Training",
    DependsOn: ["ingest"],
    Arguments: {
      AlgorithmSpecification: {
        TrainingImage: image,
        TrainingInputMode: "File",
        MetricDefinitions: [{ Name: "loss", Regex: "\\bloss=([-+.0-9eE]+)" }],
        ContainerEntrypoint: ["python3", "/opt/ml/input/data/program/pipeline_start.py"],
      },
      ResourceConfig: { InstanceType: "ml.p5.48xlarge", InstanceCount: 2, VolumeSizeInGB: 100 },
      StoppingCondition: { MaxRuntimeInSeconds: 36_000 },
      EnableManagedSpotTraining: false,
      EnableInterContainerTrafficEncryption: true,
      CheckpointConfig: {
        S3Uri: { "Std:Join": { On: "/", Values: [expect.stringMatching(/\/checkpoints$/), execution, "train"] } },
        LocalPath: "/opt/ml/checkpoints",
      },
    },
  });
  // It has a disk of its own, for which SageMaker takes no key.
  expect(train.Arguments.ResourceConfig.VolumeKmsKeyId).toBeUndefined();
  expect(settings(graph).stages.train).toMatchObject({ command: ["torchrun", "/tmp/pipeline/stage.py"], processes: 8 });
});

test("spare machines only where there are checkpoints to go on from", async () => {
  const { train, ingest } = steps(await pipeline({ stages: distributed.slice(0, 2), spot: true }));
  expect(train.Arguments).toMatchObject({
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 36_000, MaxWaitTimeInSeconds: 36_000 },
  });
  expect(ingest.Arguments.EnableManagedSpotTraining).toBeUndefined();
});

test("a search is a tuning job, after which the best trial is chosen", async () => {
  const graph = await pipeline({ stages: searching });
  const found = steps(graph);
  expect(Object.values(found).map(({ Name, Type, DependsOn }) => [Name, Type, DependsOn])).toEqual([
    ["ingest", "Processing", undefined],
    ["train-search", "Tuning", ["ingest"]],
    ["train", "Processing", ["train-search"]],
  ]);
  const { HyperParameterTuningJobConfig: config, TrainingJobDefinition: job } = found["train-search"].Arguments;
  expect(config).toEqual({
    Strategy: "Random",
    HyperParameterTuningJobObjective: { Type: "Minimize", MetricName: "loss" },
    ResourceLimits: { MaxNumberOfTrainingJobs: 8, MaxParallelTrainingJobs: 4 },
    ParameterRanges: {
      IntegerParameterRanges: [{ Name: "depth", MinValue: "2", MaxValue: "9", ScalingType: "Linear" }],
      ContinuousParameterRanges: [{ Name: "rate", MinValue: "0.001", MaxValue: "0.1", ScalingType: "Logarithmic" }],
      CategoricalParameterRanges: [{ Name: "optimizer", Values: ["adam", "sgd"] }],
    },
    TrainingJobEarlyStoppingType: "Off",
  });
  expect(job).toMatchObject({
    StaticHyperParameters: {
      sagemaker_program: "pipeline_start.py",
      sagemaker_submit_directory: "/opt/ml/input/data/program",
    },
    Environment: { PIPELINE_STAGE: "train-search" },
  });
  expect(job.CheckpointConfig).toBeUndefined();
  expect(job.AlgorithmSpecification.ContainerEntrypoint).toBeUndefined();
  const { stages } = settings(graph);
  expect(stages["train-search"].trial).toBe(true);
  expect(stages.train.command).toEqual(["python", "-u", "/tmp/pipeline/choose.py"]);
  expect(JSON.parse(stages.train.environment.PIPELINE_SEARCH)).toMatchObject({ metric: "loss", minimize: true });
});

test("in a network, every job is in its private subnets", async () => {
  const network = {
    networkId: "vpc-0123456789abcdef0",
    cidr: "10.0.0.0/16",
    privateSubnetIds: ["subnet-0123456789abcdef0"],
  };
  const found = steps(await pipeline({ network, stages: distributed.slice(0, 2) }));
  const vpc = { Subnets: ["subnet-0123456789abcdef0"], SecurityGroupIds: [expect.stringMatching(/^sg-/)] };
  expect(found.ingest.Arguments.NetworkConfig.VpcConfig).toEqual(vpc);
  expect(found.train.Arguments.VpcConfig).toEqual(vpc);
});

/** Steps of a pipeline definition that are jobs. Their arguments are the requests of CreateProcessingJob, CreateTrainingJob, ... */
import * as pulumi from "@pulumi/pulumi";
import type { SearchParameterArgs, StagePlan } from "aistack-core";
import { folders, starter, starterFolders, volumeGiB } from "./defaults";
import { type Instance, instanceFor } from "./instances";
import { isTraining, searchStep } from "./step-names";

/** A step as the definition has it. */
export interface Step {
  Name: string;
  Type: string;
  DependsOn?: string[];
  [member: string]: unknown;
}

/** What all jobs of a pipeline share. */
export interface JobParts {
  /** Image of stages that bring none. */
  image: pulumi.Input<string>;
  roleArn: pulumi.Input<string>;
  keyArn: pulumi.Input<string>;
  /** URL of the bucket. */
  url: pulumi.Input<string>;
  /** URL of the folder with the programs and settings. */
  programs: pulumi.Input<string>;
  /** ARN of the secret with credentials, if any stage has some. */
  secretArn?: pulumi.Input<string>;
  network?: { subnetIds: pulumi.Input<string[]>; securityGroupId: pulumi.Input<string> };
  spot: boolean;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** What is only known in a run: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-pipelines.html */
const execution = { Get: "Execution.PipelineExecutionId" };

/** A place in the bucket for one run. */
export function runUrl(parts: JobParts, folder: string, ...names: string[]): object {
  const start = pulumi.interpolate`${parts.url}/${folder}`;
  return { "Std:Join": { On: "/", Values: [start, execution, ...names] } };
}

/** The steps of a stage that runs a program. */
export function jobSteps(stage: StagePlan, dependsOn: string[], parts: JobParts, extra: JobExtra = {}): Step[] {
  if (stage.search === undefined)
    return [isTraining(stage) ? trainingStep(stage, dependsOn, parts) : processingStep(stage, dependsOn, parts, extra)];
  // What chooses the best trial needs no accelerator.
  const choosing = { ...stage, accelerator: undefined, nodes: 1, image: undefined, timeoutMinutes: 60 };
  return [tuningStep(stage, dependsOn, parts), processingStep(choosing, [searchStep(stage.name)], parts, extra)];
}

/** What some processing jobs have beside the others. */
export interface JobExtra {
  /** Folder below the outputs that is uploaded at the end, under its own name. */
  output?: string;
  /** File there that conditions can read. */
  propertyFile?: string;
  /** Variables of this run. */
  environment?: { [name: string]: unknown };
}

function processingStep(stage: StagePlan, dependsOn: string[], parts: JobParts, extra: JobExtra): Step {
  const { output, propertyFile } = extra;
  return {
    Name: stage.name,
    Type: "Processing",
    ...common(stage, dependsOn),
    Arguments: {
      ProcessingResources: { ClusterConfig: cluster(stage, parts) },
      AppSpecification: {
        ImageUri: stage.image ?? parts.image,
        ContainerEntrypoint: ["python3", `${starterFolders.processing}/${starter}`],
      },
      RoleArn: parts.roleArn,
      ProcessingInputs: [
        {
          InputName: "program",
          AppManaged: false,
          S3Input: {
            S3Uri: parts.programs,
            LocalPath: starterFolders.processing,
            S3DataType: "S3Prefix",
            S3InputMode: "File",
            S3DataDistributionType: "FullyReplicated",
            S3CompressionType: "None",
          },
        },
      ],
      ...(output !== undefined && {
        ProcessingOutputConfig: {
          Outputs: [
            {
              OutputName: output,
              AppManaged: false,
              S3Output: {
                S3Uri: runUrl(parts, folders.runs, stage.name, output),
                LocalPath: `/opt/ml/processing/output/${output}`,
                S3UploadMode: "EndOfJob",
              },
            },
          ],
          KmsKeyId: parts.keyArn,
        },
      }),
      StoppingCondition: { MaxRuntimeInSeconds: stage.timeoutMinutes * 60 },
      Environment: { ...environment(stage, parts), ...extra.environment },
      NetworkConfig: {
        EnableNetworkIsolation: false,
        EnableInterContainerTrafficEncryption: true,
        ...(parts.network && { VpcConfig: vpc(parts.network) }),
      },
      Tags: tagList(parts.tags),
    },
    ...(output !== undefined &&
      propertyFile !== undefined && {
        PropertyFiles: [{ PropertyFileName: output, OutputName: output, FilePath: propertyFile }],
      }),
  };
}

function trainingStep(stage: StagePlan, dependsOn: string[], parts: JobParts): Step {
  return {
    Name: stage.name,
    Type: "Training",
    ...common(stage, dependsOn),
    Arguments: {
      AlgorithmSpecification: {
        TrainingImage: stage.image ?? parts.image,
        TrainingInputMode: "File",
        MetricDefinitions: metricDefinitions(stage),
        ContainerEntrypoint: ["python3", `${starterFolders.training}/${starter}`],
      },
      ...trainingJob(stage, parts),
      Environment: environment(stage, parts),
      Tags: tagList(parts.tags),
    },
  };
}

/** Many training jobs at random values. They start the image's entry point, which SageMaker's training toolkit makes start ours. */
function tuningStep(stage: StagePlan, dependsOn: string[], parts: JobParts): Step {
  const search = stage.search as NonNullable<StagePlan["search"]>;
  const objective = { Type: search.minimize ? "Minimize" : "Maximize", MetricName: search.metric };
  return {
    Name: searchStep(stage.name),
    Type: "Tuning",
    ...common(stage, dependsOn),
    Arguments: {
      HyperParameterTuningJobConfig: {
        Strategy: "Random",
        HyperParameterTuningJobObjective: objective,
        ResourceLimits: { MaxNumberOfTrainingJobs: search.trials, MaxParallelTrainingJobs: search.parallel },
        ParameterRanges: parameterRanges(search.parameters),
        TrainingJobEarlyStoppingType: "Off",
      },
      TrainingJobDefinition: {
        StaticHyperParameters: {
          sagemaker_program: starter,
          sagemaker_submit_directory: starterFolders.training,
        },
        AlgorithmSpecification: {
          TrainingImage: stage.image ?? parts.image,
          TrainingInputMode: "File",
          MetricDefinitions: metricDefinitions(stage),
        },
        ...trainingJob(stage, parts),
        Environment: { ...environment(stage, parts), PIPELINE_STAGE: searchStep(stage.name) },
      },
      Tags: tagList(parts.tags),
    },
  };
}

/** What training jobs of both kinds have. */
function trainingJob(stage: StagePlan, parts: JobParts) {
  const seconds = stage.timeoutMinutes * 60;
  const isSpot = parts.spot && stage.accelerator !== undefined;
  return {
    RoleArn: parts.roleArn,
    InputDataConfig: [
      {
        ChannelName: "program",
        DataSource: {
          S3DataSource: { S3DataType: "S3Prefix", S3Uri: parts.programs, S3DataDistributionType: "FullyReplicated" },
        },
        CompressionType: "None",
        RecordWrapperType: "None",
      },
    ],
    OutputDataConfig: { S3OutputPath: pulumi.interpolate`${parts.url}/${folders.runs}`, KmsKeyId: parts.keyArn },
    ResourceConfig: cluster(stage, parts),
    StoppingCondition: { MaxRuntimeInSeconds: seconds, ...(isSpot && { MaxWaitTimeInSeconds: seconds }) },
    EnableManagedSpotTraining: isSpot,
    // Trials would overwrite one another's.
    ...(stage.search === undefined && {
      CheckpointConfig: { S3Uri: runUrl(parts, folders.checkpoints, stage.name), LocalPath: "/opt/ml/checkpoints" },
    }),
    EnableNetworkIsolation: false,
    EnableInterContainerTrafficEncryption: true,
    ...(parts.network && { VpcConfig: vpc(parts.network) }),
  };
}

function common({ retries }: StagePlan, dependsOn: string[]) {
  const policy = (...types: string[]) => ({
    ExceptionType: types,
    IntervalSeconds: 30,
    BackoffRate: 2,
    MaxAttempts: retries,
  });
  return {
    ...(dependsOn.length > 0 && { DependsOn: dependsOn }),
    ...(retries > 0 && {
      RetryPolicies: [
        policy("Step.SERVICE_FAULT", "Step.THROTTLING"),
        policy("SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT"),
      ],
    }),
  };
}

function cluster(stage: StagePlan, { keyArn }: JobParts): pulumi.Output<object> {
  const { accelerator, acceleratorsPerNode } = stage;
  return pulumi.all([stage.cpu, stage.memory, keyArn]).apply(([cpu, memory, key]) => {
    const instance = instanceFor({ accelerator, acceleratorsPerNode, cpu, memory }) as Instance;
    return {
      InstanceType: instance.type,
      InstanceCount: stage.nodes,
      VolumeSizeInGB: volumeGiB,
      ...(!instance.hasDisk && { VolumeKmsKeyId: key }),
    };
  });
}

/** Everything else stands in the settings, beside the programs. */
function environment(stage: StagePlan, { secretArn }: JobParts): { [name: string]: unknown } {
  return {
    PIPELINE_STAGE: stage.name,
    PIPELINE_RUN_ID: execution,
    ...(secretArn !== undefined && { PIPELINE_SECRET: secretArn }),
  };
}

/** Each metric as the programs print it: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-metrics-variables.html */
function metricDefinitions({ metrics }: StagePlan) {
  return metrics.map((metric) => ({ Name: metric, Regex: `\\b${metric}=([-+.0-9eE]+)` }));
}

function parameterRanges(parameters: SearchParameterArgs[]) {
  const bounds = (whole: boolean) =>
    parameters
      .filter((one) => one.values === undefined && (one.whole ?? false) === whole)
      .map(({ name, minimum, maximum, logarithmic }) => ({
        Name: name,
        MinValue: `${minimum}`,
        MaxValue: `${maximum}`,
        ScalingType: logarithmic ? "Logarithmic" : "Linear",
      }));
  return {
    IntegerParameterRanges: bounds(true),
    ContinuousParameterRanges: bounds(false),
    CategoricalParameterRanges: parameters.flatMap(({ name, values }) =>
      values === undefined ? [] : [{ Name: name, Values: values }],
    ),
  };
}

function vpc({ subnetIds, securityGroupId }: NonNullable<JobParts["network"]>) {
  return { Subnets: subnetIds, SecurityGroupIds: [securityGroupId] };
}

function tagList(tags: pulumi.Input<{ [key: string]: string }>): pulumi.Output<{ Key: string; Value: string }[]> {
  return pulumi.output(tags).apply((own) => Object.entries(own).map(([Key, Value]) => ({ Key, Value })));
}

import { Role, RolePolicy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, after } from "aistack-core";
import { statementsOf } from "../access-grant/rules";
import type { Place } from "../shared/place";
import { policyDocument, type Statement, trustService, useOfKey } from "../shared/policy";

/** What a role is made from. */
interface RoleArgs {
  description: string;
  trust: pulumi.Input<string>;
  statements: Statement[];
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** A role with one policy; its ARN once the policy is in force. */
export function roleWith(name: string, args: RoleArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const role = new Role(name, { description: args.description, assumeRolePolicy: args.trust, tags: args.tags }, opts);
  const policy = new RolePolicy(`${name}-policy`, { role: role.name, policy: policyDocument(args.statements) }, opts);
  return after(role.arn, policy);
}

/** SageMaker on behalf of this account. */
export function trustSageMaker(place: Place): pulumi.Output<string> {
  return trustService("sagemaker.amazonaws.com", { StringEquals: { "aws:SourceAccount": place.accountId } });
}

/** An ARN of SageMaker in this place. */
export function sagemakerArn(place: Place, path: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`arn:${place.partition}:sagemaker:${place.region}:${place.accountId}:${path}`;
}

/** What the role of the jobs is made from. */
export interface JobRoleArgs {
  pipeline: string;
  place: Place;
  keyArn: pulumi.Input<string>;
  /** What the jobs may do with the bucket, and what else was granted. */
  access: pulumi.Input<AccessRule[]>[];
  images: pulumi.Input<string>[];
  trackingUri: pulumi.Input<string>;
  secretArn?: pulumi.Input<string>;
  /** Name of the group of versions, where jobs read decisions from it. */
  group?: pulumi.Input<string>;
  network?: { subnetIds: pulumi.Output<string[]>; securityGroupId: pulumi.Output<string> };
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** The role that programs run with: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html */
export function jobRole(name: string, args: JobRoleArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { place, keyArn } = args;
  const rules = pulumi.all(args.access).apply((lists) => lists.flat());
  const role = new Role(
    name,
    {
      description: `Stages of the pipeline ${args.pipeline}`,
      assumeRolePolicy: trustSageMaker(place),
      tags: args.tags,
    },
    opts,
  );
  const fixed: Statement[] = [
    {
      Sid: "UseKey",
      Effect: "Allow",
      Action: useOfKey,
      Resource: keyArn,
    },
    grantForVolumes(keyArn),
    ...logStatements(place),
    { Sid: "SignInToRegistry", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Sid: "PullImages",
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: args.images.map((image) => repositoryArn(place, image)),
    },
    ...(args.secretArn === undefined
      ? []
      : [
          {
            Sid: "ReadCredentials",
            Effect: "Allow" as const,
            Action: "secretsmanager:GetSecretValue",
            Resource: args.secretArn,
          },
        ]),
    ...(args.group === undefined
      ? []
      : [
          {
            Sid: "ReadDecisions",
            Effect: "Allow" as const,
            Action: "sagemaker:DescribeModelPackage",
            Resource: sagemakerArn(place, pulumi.interpolate`model-package/${args.group}/*`),
          },
        ]),
    ...(args.network ? networkStatements(place, args.network) : []),
  ];
  const document = pulumi
    .all([rules, args.trackingUri])
    .apply(([granted, uri]) => policyDocument([...fixed, ...trackingStatements(uri), ...statementsOf(granted)]));
  const policy = new RolePolicy(`${name}-policy`, { role: role.name, policy: document }, opts);
  return after(role.arn, policy);
}

/** An app of MLflow has one action for its whole API: https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-app-setup-prerequisites-iam.html */
function trackingStatements(uri: string): Statement[] {
  if (!/:mlflow-app\//.test(uri)) return [];
  const Action = ["sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp"];
  return [{ Sid: "RecordRuns", Effect: "Allow", Action, Resource: uri }];
}

/** Volumes of jobs are encrypted by a grant that only AWS's services can use. */
function grantForVolumes(keyArn: pulumi.Input<string>): Statement {
  return {
    Sid: "EncryptVolumes",
    Effect: "Allow",
    Action: "kms:CreateGrant",
    Resource: keyArn,
    Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
  };
}

/** Groups and namespaces of SageMaker's jobs, which all pipelines of the account share. */
const jobKinds = ["ProcessingJobs", "TrainingJobs"];

function logStatements(place: Place): Statement[] {
  return [
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: jobKinds.map(
        (kind) =>
          pulumi.interpolate`arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:/aws/sagemaker/${kind}*`,
      ),
    },
    {
      Sid: "WriteMetrics",
      Effect: "Allow",
      Action: "cloudwatch:PutMetricData",
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": jobKinds.map((kind) => `/aws/sagemaker/${kind}`) } },
    },
  ];
}

/** https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, "If you specify a private VPC" */
function networkStatements(place: Place, network: NonNullable<JobRoleArgs["network"]>): Statement[] {
  const ec2 = (path: pulumi.Input<string>) =>
    pulumi.interpolate`arn:${place.partition}:ec2:${place.region}:${place.accountId}:${path}`;
  const subnets = pulumi
    .all([network.subnetIds, ec2("subnet/")])
    .apply(([ids, start]) => ids.map((id) => `${start}${id}`));
  return [
    {
      Sid: "ConnectToNetwork",
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
      ],
      Resource: pulumi
        .all([ec2("network-interface/*"), ec2(pulumi.interpolate`security-group/${network.securityGroupId}`), subnets])
        .apply(([own, group, list]) => [own, group, ...list]) as unknown as pulumi.Input<string>,
    },
    {
      Sid: "SeeNetwork",
      Effect: "Allow",
      Action: [
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ],
      Resource: "*",
    },
  ];
}

/** ARN of an image's repository: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0`. */
function repositoryArn(place: Place, image: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.all([place.partition, image]).apply(([partition, text]) => {
    const [host, ...path] = text.split("/") as [string, ...string[]];
    const [account, , , region] = host.split(".");
    const repository = path.join("/").split(/[:@]/)[0];
    return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
  });
}

/** What the role of the pipeline itself is made from. */
export interface PipelineRoleArgs {
  pipeline: string;
  place: Place;
  keyArn: pulumi.Input<string>;
  jobRoleArn: pulumi.Input<string>;
  /** Folder of the bucket that conditions read answers in. */
  runsArn: pulumi.Input<string>;
  group: pulumi.Input<string>;
  /** Whether a stage searches. */
  searches: boolean;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** The role that SageMaker starts jobs and registers versions with. Jobs of pipelines have names that begin with `pipelines-`. */
export function pipelineRole(name: string, args: PipelineRoleArgs, opts: pulumi.CustomResourceOptions) {
  const { place } = args;
  // Names of tuning jobs are too short for that beginning.
  const kinds: [string, string][] = [
    ["ProcessingJob", "processing-job/pipelines-*"],
    ["TrainingJob", "training-job/pipelines-*"],
    ...(args.searches ? [["HyperParameterTuningJob", "hyper-parameter-tuning-job/*"] as [string, string]] : []),
  ];
  const jobs = kinds.map(([, path]) => sagemakerArn(place, path));
  const statements: Statement[] = [
    {
      Sid: "RunJobs",
      Effect: "Allow",
      Action: kinds.flatMap(([kind]) => ["Create", "Describe", "Stop"].map((verb) => `sagemaker:${verb}${kind}`)),
      Resource: jobs,
    },
    {
      Sid: "TagJobs",
      Effect: "Allow",
      Action: "sagemaker:AddTags",
      Resource: [...jobs, sagemakerArn(place, pulumi.interpolate`model-package/${args.group}/*`)],
    },
    {
      Sid: "RegisterVersions",
      Effect: "Allow",
      Action: ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
      Resource: ["model-package-group", "model-package"].map((kind) =>
        sagemakerArn(place, pulumi.interpolate`${kind}/${args.group}${kind === "model-package" ? "/*" : ""}`),
      ),
    },
    {
      Sid: "HandRoleToJobs",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: args.jobRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    },
    { Sid: "ReadAnswers", Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${args.runsArn}/*` },
    {
      Sid: "UseKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
      Resource: args.keyArn,
    },
    grantForVolumes(args.keyArn),
  ];
  const description = `SageMaker runs the pipeline ${args.pipeline}`;
  return roleWith(name, { description, trust: trustSageMaker(place), statements, tags: args.tags }, opts);
}

import { MetricAlarm } from "@pulumi/aws/cloudwatch";
import { ModelPackageGroup, Pipeline } from "@pulumi/aws/sagemaker";
import { Secret, SecretVersion } from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, after, bindingField, type PipelineBinding, Platform, standardTags } from "aistack-core";
import { ObjectStore } from "../object-store/object-store";
import { rotatedKey } from "../shared/bucket";
import { type Place, placeOf } from "../shared/place";
import { accountAdministers, policyDocument } from "../shared/policy";
import type { MlopsPipelineArgs } from "./args";
import { checkPipeline, type PipelinePlan } from "./checks";
import { distributionAccounts, distributionTag, folders } from "./defaults";
import { type DefinitionParts, decisionDefinition, pipelineDefinition } from "./definition";
import { JobNetwork } from "./network";
import { programsIn } from "./programs";
import { jobRole, pipelineRole } from "./roles";
import { credentials, settingsOf } from "./settings";
import { isDecidedByPerson } from "./step-names";
import { TrackingApp } from "./tracking";
import { PipelineTriggers } from "./triggers";

const type = "aistack-aws:index:MlopsPipeline";

/**
 * Pipeline of SageMaker from data to a registered model, with its runs in MLflow. Bucket, key, MLflow and versions outlive
 * their stack unless told otherwise.
 */
export class MlopsPipeline extends pulumi.ComponentResource {
  /** Where the pipeline is and what it makes. */
  public readonly binding: pulumi.Output<PipelineBinding>;
  /** What starts a run by hand or from elsewhere, for an AccessGrant; empty for an adopted pipeline. */
  public readonly access: pulumi.Output<AccessRule[]>;
  /** ARN of the role of the stages, for policies of what they use elsewhere; undefined for an adopted pipeline. */
  public readonly roleArn: pulumi.Output<string | undefined>;
  /** Security group of the stages, for what lets them in; undefined without a network. */
  public readonly securityGroupId: pulumi.Output<string | undefined>;

  constructor(name: string, args: MlopsPipelineArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkPipeline(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.access = pulumi.output([]);
      this.roleArn = pulumi.output(undefined);
      this.securityGroupId = pulumi.output(undefined);
      this.#register(args);
      return;
    }
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const tags = standardTags(type, plan.dataClass, args.tags);

    const key = { description: `Pipeline ${name}`, policy: policyDocument([accountAdministers(place)]), tags };
    const keyArn = pulumi.output(plan.kmsKeyArn ?? rotatedKey(`${name}-key`, key, kept).arn);
    const { dataClass } = plan;
    const store = pulumi.output(
      args.artifacts ?? new ObjectStore(`${name}-store`, { kmsKeyArn: keyArn, dataClass, tags }, kept).binding,
    );
    const bucket = bindingField(store, "bucket");
    const trackingUri =
      plan.trackingUri ?? new TrackingApp(`${name}-tracking`, { place, bucket, keyArn, tags }, kept).arn;
    const isDistributed = plan.stages.some(({ nodes }) => nodes > 1);
    const network =
      args.network && new JobNetwork(`${name}-jobs`, { network: args.network, isDistributed, tags }, child);
    const secretArn = this.#credentials(name, plan, args, keyArn, tags);
    const group = new ModelPackageGroup(
      `${name}-versions`,
      {
        modelPackageGroupName: plan.model,
        modelPackageGroupDescription: `Versions made by the pipeline ${name}`,
        tags,
      },
      kept,
    ).modelPackageGroupName;

    const image = plan.image ?? distribution(place);
    const byPerson = isDecidedByPerson(plan);
    const roleArn = jobRole(
      `${name}-stages`,
      {
        pipeline: name,
        place,
        keyArn,
        access: [bindingField(store, "access").apply(({ read, write }) => [...read, ...write]), plan.access],
        images: [image, ...plan.stages.flatMap((stage) => stage.image ?? [])],
        trackingUri,
        secretArn,
        group: byPerson ? group : undefined,
        network,
        tags,
      },
      child,
    );
    const settings = settingsOf({ name, region: place.region, trackingUri }, plan, args);
    const programs = programsIn(`${name}-programs`, { bucket, settings }, child);
    const parts: DefinitionParts = {
      ...plan,
      image,
      roleArn,
      keyArn,
      url: pulumi.interpolate`s3://${bucket}`,
      programs,
      secretArn,
      network,
      spot: args.spot ?? false,
      tags,
      group,
    };
    const runsArn = pulumi.interpolate`arn:${place.partition}:s3:::${bucket}/${folders.runs}`;
    const runner = pipelineRole(
      `${name}-runner`,
      {
        pipeline: name,
        place,
        keyArn,
        jobRoleArn: roleArn,
        runsArn,
        group,
        searches: plan.stages.some(({ search }) => search !== undefined),
        tags,
      },
      child,
    );
    const made = (suffix: string, pipelineDescription: string, pipelineDefinition: pulumi.Output<string>) => {
      const pipelineName = `${name}${suffix}`;
      return new Pipeline(
        `${name}${suffix || "-pipeline"}`,
        {
          pipelineName,
          pipelineDisplayName: pipelineName,
          pipelineDescription,
          roleArn: runner,
          pipelineDefinition,
          tags,
        },
        child,
      );
    };
    const pipeline = made("", `From data to versions of ${plan.model}`, pipelineDefinition(parts));
    const decision = byPerson
      ? made("-decision", `Follows decisions about versions of ${plan.model}`, decisionDefinition(parts))
      : undefined;
    this.#alarms(name, [pipeline, ...(decision ? [decision] : [])], plan.alerts, tags);
    new PipelineTriggers(
      `${name}-on`,
      {
        triggers: plan.triggers,
        pipelineArn: pipeline.arn,
        decision: decision && { pipelineArn: decision.arn, group },
        place,
        tags,
      },
      child,
    );

    this.binding = pulumi.output({
      kind: "mlops-pipeline",
      name,
      platform: Platform.Aws,
      model: after(plan.model, pipeline),
      experiment: plan.experiment,
      trackingUri,
    });
    this.access = startAccess(pipeline.arn);
    this.roleArn = roleArn;
    this.securityGroupId = pulumi.output(network?.securityGroupId);
    this.#register(args);
  }

  #register({ compliance }: MlopsPipelineArgs): void {
    const { binding, access, roleArn, securityGroupId } = this;
    this.registerOutputs({ binding, access, roleArn, securityGroupId, compliance });
  }

  /** What stages sign in with elsewhere; jobs read it when they start, since their variables can be read by whoever sees them. */
  #credentials(
    name: string,
    plan: PipelinePlan,
    args: MlopsPipelineArgs,
    kmsKeyId: pulumi.Input<string>,
    tags: pulumi.Input<{ [key: string]: string }>,
  ): pulumi.Output<string> | undefined {
    const secretString = credentials(plan, args);
    if (secretString === undefined) return undefined;
    const description = `What the stages of the pipeline ${name} sign in with`;
    const secret = new Secret(`${name}-credentials`, { description, kmsKeyId, tags }, { parent: this });
    const version = new SecretVersion(
      `${name}-credentials-value`,
      { secretId: secret.id, secretString },
      { parent: this },
    );
    return after(secret.arn, version);
  }

  /** https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-pipelines */
  #alarms(
    name: string,
    pipelines: Pipeline[],
    alarmActions: pulumi.Input<string>[],
    tags: pulumi.Input<{ [key: string]: string }>,
  ): void {
    pipelines.forEach(({ pipelineName }, index) => {
      new MetricAlarm(
        index === 0 ? `${name}-failed` : `${name}-decision-failed`,
        {
          alarmDescription: "A run of a pipeline failed, or its model was not let through",
          namespace: "AWS/Sagemaker/ModelBuildingPipeline",
          metricName: "ExecutionFailed",
          dimensions: { PipelineName: pipelineName },
          statistic: "Sum",
          period: 300,
          evaluationPeriods: 1,
          threshold: 1,
          comparisonOperator: "GreaterThanOrEqualToThreshold",
          // No run, no failure.
          treatMissingData: "notBreaching",
          alarmActions,
          tags,
        },
        { parent: this },
      );
    });
  }
}

/** AWS's own image for the region. */
function distribution({ region, dnsSuffix }: Place): pulumi.Output<string> {
  return pulumi.all([region, dnsSuffix]).apply(([where, suffix]) => {
    const account = distributionAccounts[where];
    if (account !== undefined)
      return `${account}.dkr.ecr.${where}.${suffix}/sagemaker-distribution-prod:${distributionTag}`;
    const reason = `is missing, but AWS has no SageMaker Distribution in ${where}; give an image in Amazon ECR with Python, MLflow and sagemaker-mlflow`;
    throw new pulumi.InputPropertyError({ propertyPath: "image", reason: `image ${reason}` });
  });
}

function startAccess(pipelineArn: pulumi.Output<string>): pulumi.Output<AccessRule[]> {
  return pipelineArn.apply((arn) => [
    { platform: Platform.Aws, actions: ["sagemaker:StartPipelineExecution"], resources: [arn] },
  ]);
}

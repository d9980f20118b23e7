import { Workflow } from "@pulumi/gcp/workflows";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ObjectStoreBinding, type PipelineBinding, Platform, StageKind } from "aistack-core";
import { bucketBinding } from "../audit-log-bucket/binding";
import { labelsOf } from "../shared/labels";
import { type Place, placeOf } from "../shared/place";
import { asName } from "../shared/rules";
import { PipelineAccounts } from "./accounts";
import { PipelineAlerts } from "./alerts";
import { PipelineApprovals } from "./approvals";
import { checkPipeline, type MlopsPipelineArgs, type PipelinePlan } from "./args";
import { isGated } from "./checks";
import { specFacts } from "./facts";
import { PipelineKey } from "./key";
import { PipelineNetwork } from "./network";
import { Part, pipelineJob } from "./spec";
import { artifactBucket, folders, uploadJob, uploadPrograms } from "./store";
import { PipelineTriggers } from "./triggers";
import { lookSecondsFor, workflowSource } from "./workflow";

const type = "aistack-gcp:index:MlopsPipeline";

/**
 * Pipeline from data to a registered model on Vertex AI: jobs as accounts without keys, in a network of yours, encrypted with one key;
 * runs start by a clock, new objects or alerts, and a model passes by its metrics, by a person, or by both.
 */
export class MlopsPipeline extends pulumi.ComponentResource {
  /** What other components and people have to know to start runs and to find models. */
  public readonly binding: pulumi.Output<PipelineBinding>;
  /** Bucket that runs write into. Absent for an adopted pipeline. */
  public readonly artifacts?: pulumi.Output<ObjectStoreBinding>;
  /** E-mail address of the account that the stages run as. Absent for an adopted pipeline. */
  public readonly serviceAccount?: pulumi.Output<string>;
  /** Name of the workflow that runs are started by. Absent for an adopted pipeline. */
  public readonly workflow?: pulumi.Output<string>;
  /** Role to grant to those who may let models through. Absent where no person is asked. */
  public readonly approverRole?: pulumi.Output<string>;
  /** Notification channel that alert policies for drift notify. Absent without `triggers.drift`. */
  public readonly driftChannel?: pulumi.Output<string>;

  constructor(name: string, args: MlopsPipelineArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkPipeline(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const retainOnDelete = opts.retainOnDelete ?? true;
    const around: Around = {
      name,
      plan,
      place: placeOf(this),
      labels: labelsOf(type, plan.dataClass, plan.tags),
      child: { parent: this },
      retainOnDelete,
    };
    const keyName = keyOf(around);
    const artifacts = artifactsOf(around, keyName);
    const bucket = bindingField(artifacts, "bucket");
    const accounts = accountsOf(around, bucket);
    const approvals = approvalsOf(around, accounts, keyName);
    const workflow = createWorkflow(around, { keyName, bucket, accounts, approvals });
    const url = pulumi.interpolate`https://workflowexecutions.googleapis.com/v1/${workflow.id}/executions`;
    const triggers = createTriggers(around, { workflow, url, keyName, accounts });
    if (plan.alerts !== undefined)
      new PipelineAlerts(
        `${name}-alerts`,
        { alerts: plan.alerts, workflow, asks: approvals !== undefined, labels: around.labels },
        around.child,
      );

    this.artifacts = artifacts;
    this.serviceAccount = accounts.stages;
    this.workflow = workflow.name;
    this.approverRole = approvals?.role;
    this.driftChannel = triggers?.driftChannel;
    this.binding = bindingOf(around, url);
    const { artifacts: store, serviceAccount, approverRole, driftChannel } = this;
    this.registerOutputs({
      binding: this.binding,
      artifacts: store,
      serviceAccount,
      workflow: this.workflow,
      approverRole,
      driftChannel,
      compliance: args.compliance,
    });
  }
}

/** What every step needs. */
interface Around {
  name: string;
  plan: PipelinePlan;
  place: Place;
  labels: pulumi.Output<{ [key: string]: string }>;
  child: { parent: pulumi.Resource };
  retainOnDelete: boolean;
}

function keyOf({ name, plan, place, labels, child, retainOnDelete }: Around): pulumi.Output<string> {
  if (plan.kmsKey !== undefined) return pulumi.output(plan.kmsKey);
  const hasSecrets =
    plan.tracking !== undefined || plan.uses.length > 0 || plan.stages.some(({ uses }) => uses?.length);
  const services = [
    "aiplatform",
    "workflows",
    ...(hasSecrets ? ["secretmanager"] : []),
    ...(plan.triggers.drift ? ["pubsub"] : []),
  ];
  const logsOf = asksPerson(plan) ? place.project : undefined;
  const parts = { location: place.region, labels, services, logsOf, retainOnDelete };
  return new PipelineKey(`${name}-models`, parts, child).keyName;
}

function artifactsOf(around: Around, keyName: pulumi.Output<string>): pulumi.Output<ObjectStoreBinding> {
  const { name, plan, place, labels, child, retainOnDelete } = around;
  if (plan.artifacts !== undefined) return plan.artifacts;
  const bucket = artifactBucket(name, { place, keyName, labels }, { ...child, retainOnDelete });
  return bucketBinding(`${name}-artifacts`, bucket.name, place.region);
}

function accountsOf({ name, plan, place, child }: Around, bucket: pulumi.Output<string>): PipelineAccounts {
  const { schedule, data, drift } = plan.triggers;
  const hasTriggers = [schedule, data, drift].some((trigger) => trigger !== undefined);
  return new PipelineAccounts(
    `${name}-accounts`,
    { pipeline: name, place, bucket, access: plan.access, hasTriggers },
    child,
  );
}

/** Where a person is asked, if one is. */
function approvalsOf(
  { name, plan, place, child, retainOnDelete }: Around,
  accounts: PipelineAccounts,
  keyName: pulumi.Output<string>,
): PipelineApprovals | undefined {
  if (!asksPerson(plan)) return undefined;
  return new PipelineApprovals(
    `${name}-approvals`,
    { place, pipeline: name, workflow: accounts.workflow, keyName, retainOnDelete },
    child,
  );
}

function asksPerson({ approval, stages }: PipelinePlan): boolean {
  return approval.person && stages.some(({ kind }) => kind === StageKind.Approve);
}

interface WorkflowParts {
  keyName: pulumi.Output<string>;
  bucket: pulumi.Output<string>;
  accounts: PipelineAccounts;
  approvals?: PipelineApprovals;
}

function createWorkflow(around: Around, { keyName, bucket, accounts, approvals }: WorkflowParts): Workflow {
  const { name, plan, place, labels, child, retainOnDelete } = around;
  // A run that is under way reads its stages and their programs when others have taken their place.
  const kept = { ...child, retainOnDelete };
  const programs = uploadPrograms(name, plan.stages, bucket, kept);
  const attachment =
    plan.network && new PipelineNetwork(`${name}-network`, { network: plan.network, place }, child).attachment;
  const facts = specFacts(
    { name, plan, place, labels, keyName, bucket, programs, attachment, stages: accounts.stages },
    child,
  );
  const job = (part: Part) =>
    uploadJob(
      `${name}-job-${part}`,
      folders(name).jobs,
      bucket,
      facts.apply((own) => JSON.stringify(pipelineJob(own, part))),
      kept,
    );
  const before = plan.stages.filter((stage) => stage.kind !== StageKind.Approve && !isGated(plan.stages, stage));
  const minutes = plan.stages.reduce((sum, { timeoutMinutes, retries }) => sum + timeoutMinutes * (retries + 1), 0);
  const source = pulumi
    .output({
      // Runs of the project have ids of one kind, whatever stack they are of.
      name: asName(`${name}-${pulumi.getStack()}`),
      project: place.project,
      region: place.region,
      bucket,
      job: job(approvals ? Part.After : Part.All),
      jobBefore: approvals && before.length > 0 ? job(Part.Before) : undefined,
      lookSeconds: lookSecondsFor(minutes),
      person: approvals && { hours: plan.approval.timeoutHours, view: approvals.view },
      data: plan.triggers.data && {
        prefix: plan.triggers.data.prefix ?? "",
        seconds: plan.triggers.data.everyMinutes * 60,
      },
      drift: plan.triggers.drift,
    })
    .apply(workflowSource);
  return new Workflow(
    `${name}-workflow`,
    {
      region: place.region,
      description: `Makes runs of the pipeline ${name}`,
      serviceAccount: accounts.workflow,
      sourceContents: source,
      cryptoKeyName: keyName,
      callLogLevel: "LOG_ERRORS_ONLY",
      // It holds nothing.
      deletionProtection: false,
      labels,
    },
    child,
  );
}

function createTriggers(
  { name, plan, place, labels, child }: Around,
  parts: {
    workflow: Workflow;
    url: pulumi.Output<string>;
    keyName: pulumi.Output<string>;
    accounts: PipelineAccounts;
  },
): PipelineTriggers | undefined {
  const { workflow, url, keyName, accounts } = parts;
  if (accounts.trigger === undefined) return undefined;
  return new PipelineTriggers(
    `${name}-triggers`,
    {
      triggers: plan.triggers,
      dataStore: plan.dataStore,
      workflow,
      url,
      account: accounts.trigger,
      place,
      keyName,
      labels,
    },
    child,
  );
}

function bindingOf({ name, plan }: Around, url: pulumi.Output<string>): pulumi.Output<PipelineBinding> {
  const { model, experiment, tracking } = plan;
  return pulumi.output({
    kind: "mlops-pipeline",
    name,
    platform: Platform.Gcp,
    model,
    experiment,
    trackingUri: tracking && bindingField(tracking, "uri"),
    eventsUrl: url,
  });
}

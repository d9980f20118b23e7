import { IAMMember } from "@pulumi/gcp/projects";
import { Account, IAMMember as AccountMember } from "@pulumi/gcp/serviceaccount";
import { BucketIAMMember } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { after, limitedName } from "aistack-core";
import { bindGrants, type Grant } from "../access-grant/grants";
import type { Place } from "../shared/place";
import { asName } from "../shared/rules";
import { customRole } from "./roles";
import { folders } from "./store";

/** What the accounts of a pipeline are made from. */
export interface PipelineAccountsParts {
  pipeline: string;
  place: Place;
  bucket: pulumi.Output<string>;
  /** What the stages may do beside. */
  access: pulumi.Input<Grant>[];
  /** Whether something starts runs. */
  hasTriggers: boolean;
}

/** Three accounts without keys: stages, the workflow that makes runs, and the triggers that start it. */
export class PipelineAccounts extends pulumi.ComponentResource {
  /** E-mail addresses, once the accounts may do what they have to. */
  readonly stages: pulumi.Output<string>;
  readonly workflow: pulumi.Output<string>;
  readonly trigger?: pulumi.Output<string>;

  constructor(name: string, parts: PipelineAccountsParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:PipelineAccounts", name, {}, opts);
    const child = { parent: this };
    const stages = account(name, "stages", "Stages", parts, child);
    const workflow = account(name, "workflow", "Workflow", parts, child);
    this.stages = after(stages.email, ...grantStages(name, stages, parts, child));
    this.workflow = after(workflow.email, ...grantWorkflow(name, workflow, stages, parts, child));
    if (parts.hasTriggers) {
      const trigger = account(name, "trigger", "Triggers", parts, child);
      this.trigger = after(trigger.email, grantTrigger(name, trigger, parts, child));
    }
    this.registerOutputs({});
  }
}

function account(
  name: string,
  role: string,
  title: string,
  { pipeline }: PipelineAccountsParts,
  opts: pulumi.CustomResourceOptions,
): Account {
  return new Account(
    `${name}-${role}`,
    {
      accountId: limitedName(asName(`${pipeline}-${pulumi.getStack()}-${role}`), 30),
      displayName: `${title} of the pipeline ${pipeline}`,
    },
    opts,
  );
}

/**
 * What the service asks of the account of a run, reading all of the bucket, and writing where runs write.
 * https://cloud.google.com/vertex-ai/docs/pipelines/configure-project#service-account
 */
function grantStages(
  name: string,
  stages: Account,
  { pipeline, place, bucket, access }: PipelineAccountsParts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { member } = stages;
  const { runs, steps } = folders(pipeline);
  return [
    new IAMMember(`${name}-stages-run`, { project: place.project, role: "roles/aiplatform.user", member }, opts),
    // A step makes jobs that run as the account that it runs as itself.
    actAs(`${name}-stages-self`, stages, member, opts),
    new BucketIAMMember(`${name}-stages-read`, { bucket, role: "roles/storage.objectViewer", member }, opts),
    new BucketIAMMember(
      `${name}-stages-write`,
      {
        bucket,
        role: "roles/storage.objectUser",
        member,
        condition: inFolders("runs", bucket, [runs, steps]),
      },
      opts,
    ),
    ...bindGrants(`${name}-stages-access`, access, { project: place.project, member }, opts),
  ];
}

/** It makes runs as the stages' account, reads what runs are made of, and writes into its log. */
function grantWorkflow(
  name: string,
  workflow: Account,
  stages: Account,
  { pipeline, place, bucket }: PipelineAccountsParts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { member } = workflow;
  const { project } = place;
  const role = customRole(
    `${name}-makes-runs`,
    `Makes runs of the pipeline ${pipeline}`,
    ["aiplatform.pipelineJobs.create", "aiplatform.pipelineJobs.get"],
    opts,
  );
  return [
    new IAMMember(`${name}-workflow-run`, { project, role: role.name, member }, opts),
    new IAMMember(`${name}-workflow-log`, { project, role: "roles/logging.logWriter", member }, opts),
    actAs(`${name}-workflow-stages`, stages, member, opts),
    new BucketIAMMember(
      `${name}-workflow-read`,
      {
        bucket,
        role: "roles/storage.objectViewer",
        member,
        condition: inFolders("jobs", bucket, [folders(pipeline).jobs]),
      },
      opts,
    ),
  ];
}

/** It starts workflows, and can neither read nor stop them. */
function grantTrigger(
  name: string,
  trigger: Account,
  { pipeline, place }: PipelineAccountsParts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const role = customRole(`${name}-starts`, `Starts the pipeline ${pipeline}`, ["workflows.executions.create"], opts);
  return new IAMMember(
    `${name}-trigger-start`,
    { project: place.project, role: role.name, member: trigger.member },
    opts,
  );
}

function actAs(
  name: string,
  { name: serviceAccountId }: Account,
  member: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): AccountMember {
  return new AccountMember(name, { serviceAccountId, role: "roles/iam.serviceAccountUser", member }, opts);
}

function inFolders(title: string, bucket: pulumi.Output<string>, paths: string[]) {
  return {
    title: `aistack ${title}`,
    description: "What is below these folders",
    expression: bucket.apply((own) =>
      paths.map((path) => `resource.name.startsWith("projects/_/buckets/${own}/objects/${path}/")`).join(" || "),
    ),
  };
}

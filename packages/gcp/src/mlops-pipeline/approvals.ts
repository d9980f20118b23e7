import { LogViewIamMember, ProjectBucketConfig, ProjectSink } from "@pulumi/gcp/logging";
import { IAMAuditConfig } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { after, limitedName } from "aistack-core";
import type { Place } from "../shared/place";
import { answerMethod } from "./approval-steps";
import * as defaults from "./defaults";
import { customRole } from "./roles";

/** What the record of answers is made from. */
export interface PipelineApprovalsParts {
  place: Place;
  pipeline: string;
  /** E-mail address of the workflow's account, which looks for who has answered. */
  workflow: pulumi.Output<string>;
  keyName: pulumi.Input<string>;
  retainOnDelete: boolean;
}

/**
 * Where it is kept who has answered, as the cloud itself has seen it: nobody can say of themselves who they are. The workflow reads
 * these entries and no others of the audit log.
 */
export class PipelineApprovals extends pulumi.ComponentResource {
  /** View of the log that holds them, once the workflow may read it. */
  readonly view: pulumi.Output<string>;
  /** Role of those who may answer, for their owner to grant. */
  readonly role: pulumi.Output<string>;

  constructor(name: string, parts: PipelineApprovalsParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:PipelineApprovals", name, {}, opts);
    const { place, pipeline, workflow } = parts;
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: parts.retainOnDelete };
    const { project } = place;
    const audit = new IAMAuditConfig(
      `${name}-audit`,
      { project, service: "workflowexecutions.googleapis.com", auditLogConfigs: [{ logType: "DATA_WRITE" }] },
      // Other pipelines of the project ask for the same.
      kept,
    );
    const bucket = new ProjectBucketConfig(
      `${name}-log`,
      {
        project,
        location: place.region,
        bucketId: limitedName(`${pipeline}-approvals-${pulumi.getStack()}`, 100),
        description: `Who has let models of the pipeline ${pipeline} through, or has not`,
        retentionDays: defaults.approvalDays,
        cmekSettings: { kmsKeyName: parts.keyName },
      },
      kept,
    );
    const sink = new ProjectSink(
      `${name}-sink`,
      {
        destination: pulumi.interpolate`logging.googleapis.com/${bucket.id}`,
        filter: `protoPayload.methodName="${answerMethod}"`,
        uniqueWriterIdentity: true,
      },
      kept,
    );
    const reader = new LogViewIamMember(
      `${name}-reader`,
      {
        parent: pulumi.interpolate`projects/${project}`,
        location: place.region,
        bucket: bucket.bucketId,
        name: "_AllLogs",
        role: "roles/logging.viewAccessor",
        member: pulumi.interpolate`serviceAccount:${workflow}`,
      },
      child,
    );
    const answers = customRole(
      `${name}-answers`,
      `Lets models of the pipeline ${pipeline} through`,
      ["workflows.callbacks.send"],
      child,
    );
    this.view = after(pulumi.interpolate`${bucket.id}/views/_AllLogs`, audit, sink, reader);
    this.role = answers.name;
    this.registerOutputs({});
  }
}

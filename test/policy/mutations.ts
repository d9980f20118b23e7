/** For each requirement, one change of a compliant plan after which it does not hold any more. */
import { AuditEventClass, type Control, Requirement } from "aistack-core";
import type { DocumentResource, PlanDocument } from "aistack-engine";

/** A change of a plan, in place. */
export type Mutation = (plan: Mutable, control: Control) => void;

// biome-ignore lint/suspicious/noExplicitAny: plain data whose shape the mutation itself states
type Properties = any;

/** A plan as it can be changed: what a program asks for, and beside it what comes of it. */
export class Mutable {
  readonly document: PlanDocument;

  constructor(plan: PlanDocument) {
    this.document = JSON.parse(JSON.stringify(plan));
  }

  /** Changes inputs and outputs of a resource of this type and name; throws if there is none. */
  change(type: string, name: RegExp, edit: (properties: Properties) => void): void {
    const found = this.#of(type, name);
    for (const resource of found) {
      edit(resource.inputs);
      edit(resource.outputs);
    }
  }

  /** Takes every resource of this type and name away; throws if there is none. */
  remove(type: string, name = /./): void {
    const gone = new Set(this.#of(type, name));
    (this.document as { resources: DocumentResource[] }).resources = this.document.resources.filter(
      (resource) => !gone.has(resource),
    );
  }

  /** Changes the options of a resource. */
  options(type: string, name: RegExp, more: Partial<DocumentResource>): void {
    for (const resource of this.#of(type, name)) Object.assign(resource, more);
  }

  #of(type: string, name: RegExp): DocumentResource[] {
    const found = this.document.resources.filter((row) => row.type === type && name.test(row.name));
    if (found.length === 0) throw new Error(`the plan has no ${type} whose name is like ${name}`);
    return found;
  }
}

const records = /^audit-records$/;

/** Takes a class out of what the collector lets through. */
const dropClass =
  (dropped: AuditEventClass): Mutation =>
  (plan) =>
    plan.change("kubernetes:core/v1:ConfigMap", /^events-/, ({ data }) => {
      const name = dropped.replace(".", "\\\\\\\\.");
      data["collector.yaml"] = data["collector.yaml"].replaceAll(`${name}|`, "").replaceAll(`|${name}`, "");
    });

/** A shorter retention, of which the bucket says so. */
const keepFor =
  (days: number): Mutation =>
  (plan) => {
    plan.change("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", /^audit-lock$/, ({ rule }) => {
      rule.defaultRetention.days = days;
    });
    plan.change("aws:s3/bucket:Bucket", records, ({ tags }) => {
      tags["aistack:retention-days"] = String(days);
    });
  };

export const mutations: Readonly<Record<Requirement, Mutation>> = {
  [Requirement.LeastPrivilege]: (plan) =>
    plan.change("aws:iam/rolePolicy:RolePolicy", /^cluster-role-secrets$/, (properties) => {
      properties.policy = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    }),
  [Requirement.NoPublicAccess]: (plan) =>
    plan.change("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", /^audit-private$/, (properties) => {
      properties.blockPublicPolicy = false;
    }),
  [Requirement.NoPublicEndpoint]: (plan) =>
    plan.change("aws:eks/cluster:Cluster", /./, ({ vpcConfig }) => {
      vpcConfig.publicAccessCidrs = ["0.0.0.0/0"];
    }),
  [Requirement.EncryptionAtRest]: (plan) =>
    plan.remove(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      /^audit-encryption$/,
    ),
  [Requirement.KeyRotation]: (plan) =>
    plan.change("aws:kms/key:Key", /^audit-key$/, (properties) => {
      properties.enableKeyRotation = false;
    }),
  [Requirement.EncryptionInTransit]: (plan) => plan.remove("aws:s3/bucketPolicy:BucketPolicy", /^audit-policy$/),
  [Requirement.NoPlainSecret]: (plan) =>
    plan.change("kubernetes:apps/v1:Deployment", /^assistant-/, ({ spec }) => {
      spec.template.spec.containers[0].env = [{ name: "API_KEY", value: "do-not-show-this" }];
    }),
  [Requirement.HardenedWorkloads]: (plan) =>
    plan.change("kubernetes:apps/v1:Deployment", /^assistant-/, ({ spec }) => {
      spec.template.spec.hostNetwork = true;
    }),
  [Requirement.ImagesPinned]: (plan) =>
    plan.change("kubernetes:apps/v1:Deployment", /^assistant-/, ({ spec }) => {
      spec.template.spec.containers[0].image = "node:latest";
    }),
  [Requirement.Tagged]: (plan) =>
    plan.change("aws:kms/key:Key", /^audit-key$/, ({ tags }) => {
      delete tags["aistack:environment"];
    }),
  [Requirement.Classified]: (plan) =>
    plan.change("aws:s3/bucket:Bucket", records, ({ tags }) => {
      delete tags["aistack:data-class"];
    }),
  [Requirement.Recoverable]: (plan) => plan.options("aws:s3/bucket:Bucket", records, { retainOnDelete: false }),
  [Requirement.WriteOnce]: (plan) =>
    plan.change("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", /^audit-lock$/, ({ rule }) => {
      delete rule.defaultRetention.mode;
    }),
  [Requirement.KeptLongEnough]: (plan, control) => keepFor((control.minimumDays as number) - 1)(plan, control),
  [Requirement.DeletedInTime]: (plan) =>
    plan.change(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      /^audit-lifecycle$/,
      ({ rules }) => {
        for (const rule of rules) delete rule.expiration;
      },
    ),
  [Requirement.RetentionStated]: (plan) =>
    plan.change("aws:s3/bucket:Bucket", records, ({ tags }) => {
      delete tags["aistack:retention-days"];
    }),
  [Requirement.ReadAtOnce]: (plan) =>
    plan.change(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      /^audit-lifecycle$/,
      ({ rules }) => {
        rules[0].transitions = [{ days: 30, storageClass: "DEEP_ARCHIVE" }];
      },
    ),
  [Requirement.Replicated]: (plan) =>
    plan.remove("aws:s3/bucketReplicationConfig:BucketReplicationConfig", /^audit-replica-/),
  [Requirement.Examinable]: (plan) => plan.remove("aws:athena/workgroup:Workgroup"),
  [Requirement.Alerted]: (plan) => plan.remove("aws:cloudwatch/eventRule:EventRule", /-protection$/),
  [Requirement.ActivityRecorded]: (plan) =>
    plan.change("aws:cloudtrail/trail:Trail", /./, (properties) => {
      properties.isMultiRegionTrail = false;
    }),
  [Requirement.TamperEvident]: (plan) =>
    plan.change("aws:cloudtrail/trail:Trail", /./, (properties) => {
      properties.enableLogFileValidation = false;
    }),
  [Requirement.ClustersRecorded]: (plan) => plan.remove("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"),
  [Requirement.NetworksRecorded]: (plan) => plan.remove("aws:ec2/flowLog:FlowLog"),
  [Requirement.AccessRecorded]: (plan) =>
    plan.change("aws:cloudtrail/trail:Trail", /./, (properties) => {
      properties.advancedEventSelectors = properties.advancedEventSelectors.slice(0, 1);
    }),
  [Requirement.DecisionsRecorded]: dropClass(AuditEventClass.InferenceDecision),
  [Requirement.ApprovalsRecorded]: dropClass(AuditEventClass.ModelApproval),
  [Requirement.RequestsRecorded]: dropClass(AuditEventClass.SubjectRequest),
  [Requirement.Redacted]: (plan) =>
    plan.change("kubernetes:core/v1:ConfigMap", /^events-/, ({ data }) => {
      data["collector.yaml"] = data["collector.yaml"].replaceAll(/\n +- "redaction"/g, "");
    }),
  [Requirement.Residency]: (plan) =>
    plan.change("aws:s3/bucket:Bucket", /^audit-replica-records$/, (properties) => {
      properties.region = "us-east-1";
    }),
};

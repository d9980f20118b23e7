import { Job } from "@pulumi/gcp/cloudscheduler";
import { Trigger } from "@pulumi/gcp/eventarc";
import { NotificationChannel } from "@pulumi/gcp/monitoring";
import { IAMMember } from "@pulumi/gcp/projects";
import { Topic, TopicIAMMember } from "@pulumi/gcp/pubsub";
import { getProjectServiceAccountOutput } from "@pulumi/gcp/storage/getProjectServiceAccount";
import type { Workflow } from "@pulumi/gcp/workflows";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type ObjectStoreBinding, type TriggersPlan } from "aistack-core";
import type { Place } from "../shared/place";

/** What triggers are made from. */
export interface PipelineTriggersParts {
  triggers: TriggersPlan;
  dataStore?: pulumi.Output<ObjectStoreBinding>;
  workflow: Workflow;
  /** URL that starts the workflow. */
  url: pulumi.Output<string>;
  /** E-mail address of the account that starts it. */
  account: pulumi.Output<string>;
  place: Place;
  keyName: pulumi.Input<string>;
  labels: pulumi.Input<{ [key: string]: string }>;
}

/** What starts the workflow of a pipeline: a clock, new objects, alerts. */
export class PipelineTriggers extends pulumi.ComponentResource {
  /** Channel that alert policies notify to start a run. */
  readonly driftChannel?: pulumi.Output<string>;

  constructor(name: string, parts: PipelineTriggersParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:PipelineTriggers", name, {}, opts);
    const child = { parent: this };
    const { schedule, data, drift } = parts.triggers;
    if (schedule !== undefined) onSchedule(name, schedule, parts, child);
    if (data !== undefined) onData(name, parts, child);
    if (drift !== undefined) this.driftChannel = onDrift(name, parts, child);
    this.registerOutputs({});
  }
}

function onSchedule(
  name: string,
  schedule: pulumi.Input<string>,
  { url, account, place }: PipelineTriggersParts,
  opts: pulumi.CustomResourceOptions,
): void {
  new Job(
    `${name}-schedule`,
    {
      region: place.region,
      description: "Starts the pipeline",
      schedule,
      timeZone: "Etc/UTC",
      attemptDeadline: "60s",
      retryConfig: { retryCount: 3, minBackoffDuration: "30s", maxBackoffDuration: "300s" },
      httpTarget: {
        httpMethod: "POST",
        uri: url,
        headers: { "Content-Type": "application/json" },
        body: Buffer.from("{}").toString("base64"),
        oauthToken: { serviceAccountEmail: account, scope: "https://www.googleapis.com/auth/cloud-platform" },
      },
    },
    opts,
  );
}

/** Events of a bucket come by a topic that Eventarc makes. https://cloud.google.com/eventarc/docs/workflows/route-trigger-cloud-storage */
function onData(name: string, parts: PipelineTriggersParts, opts: pulumi.CustomResourceOptions): void {
  const { place } = parts;
  const store = parts.dataStore as pulumi.Output<ObjectStoreBinding>;
  const publishes = new IAMMember(
    `${name}-storage-publishes`,
    {
      project: place.project,
      role: "roles/pubsub.publisher",
      member: getProjectServiceAccountOutput({}, { parent: opts.parent }).member,
    },
    opts,
  );
  // A trigger is where the bucket is.
  const region = pulumi.all([bindingField(store, "region"), place.region]).apply(([own, other]) => own ?? other);
  eventTrigger(
    `${name}-data`,
    {
      location: region,
      matchingCriterias: [
        { attribute: "type", value: "google.cloud.storage.object.v1.finalized" },
        { attribute: "bucket", value: bindingField(store, "bucket") },
      ],
    },
    parts,
    { ...opts, dependsOn: [publishes] },
  );
}

/** https://cloud.google.com/monitoring/support/notification-options#pubsub */
function onDrift(
  name: string,
  parts: PipelineTriggersParts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { place, keyName, labels } = parts;
  const topic = new Topic(
    `${name}-drift`,
    {
      kmsKeyName: keyName,
      messageStoragePolicy: { allowedPersistenceRegions: [place.region] },
      messageRetentionDuration: "86400s",
      labels,
    },
    opts,
  );
  const channel = new NotificationChannel(
    `${name}-channel`,
    { displayName: `Starts the pipeline of ${name}`, type: "pubsub", labels: { topic: topic.id }, userLabels: labels },
    opts,
  );
  const agent = pulumi.interpolate`serviceAccount:service-${place.projectNumber}@gcp-sa-monitoring-notification.iam.gserviceaccount.com`;
  const publishes = new TopicIAMMember(
    `${name}-alerts-publish`,
    { topic: topic.id, role: "roles/pubsub.publisher", member: agent },
    // The first channel of a project brings this account into being.
    { ...opts, dependsOn: [channel] },
  );
  eventTrigger(
    `${name}-alerts`,
    {
      location: place.region,
      matchingCriterias: [{ attribute: "type", value: "google.cloud.pubsub.topic.v1.messagePublished" }],
      transport: { pubsub: { topic: topic.id } },
    },
    parts,
    opts,
  );
  return after(channel.name, publishes);
}

function eventTrigger(
  name: string,
  args: Pick<ConstructorParameters<typeof Trigger>[1], "location" | "matchingCriterias" | "transport">,
  { workflow, account, place, labels }: PipelineTriggersParts,
  opts: pulumi.CustomResourceOptions,
): void {
  const receives = new IAMMember(
    `${name}-receives`,
    {
      project: place.project,
      role: "roles/eventarc.eventReceiver",
      member: pulumi.interpolate`serviceAccount:${account}`,
    },
    { parent: opts.parent },
  );
  new Trigger(
    name,
    { ...args, destination: { workflow: workflow.id }, serviceAccount: account, labels },
    { ...opts, dependsOn: [receives, ...((opts.dependsOn as pulumi.Resource[] | undefined) ?? [])] },
  );
}

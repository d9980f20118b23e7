import { EventRule, EventTarget } from "@pulumi/aws/cloudwatch";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import { Topic, TopicPolicy, TopicSubscription } from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { rotatedKey } from "../shared/bucket";
import type { Place } from "../shared/place";
import { accountAdministers, onBehalfOf, policyDocument, thisKey, trustService } from "../shared/policy";
import { type AlertRule, alertRules, copiedRule, type Watched } from "./alert-rules";

/** What alerts are made from. */
export interface AlertsArgs {
  records: Watched;
  /** The copy, where there is one, and its region. */
  replica?: Watched & { region: pulumi.Output<string> };
  emails: pulumi.Input<string>[];
  /** Topics that exist. */
  topicArns: pulumi.Input<string>[];
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Tells people of what is done to the records, or tried. */
export class Alerts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:AuditAlerts", name, {}, opts);
    const { records, replica, tags } = args;
    const own = args.emails.length > 0 ? [this.#topic(name, args)] : [];
    const watched = {
      buckets: [...records.buckets, ...(replica?.buckets ?? [])],
      keyArns: [...records.keyArns, ...(replica?.keyArns ?? [])],
    };
    for (const rule of alertRules) {
      const { name: ruleName } = this.#rule(name, rule, watched, tags);
      [...own, ...args.topicArns].forEach((arn, index) => {
        new EventTarget(`${name}-${rule.name}-${index + 1}`, { rule: ruleName, arn }, { parent: this });
      });
    }
    if (replica) this.#handOn(name, replica, args);
    this.registerOutputs({});
  }

  #rule(
    name: string,
    { name: suffix, description, pattern }: AlertRule,
    watched: Watched,
    tags: pulumi.Input<{ [key: string]: string }>,
    region?: pulumi.Input<string>,
  ): EventRule {
    const eventPattern = pulumi.jsonStringify(pattern(watched));
    return new EventRule(`${name}-${suffix}`, { description, eventPattern, region, tags }, { parent: this });
  }

  /**
   * A topic for the addresses; who has one of his own gives that. EventBridge says nowhere on whose behalf it publishes or
   * encrypts: a condition would have SNS and KMS refuse every alert. So the key is one for alerts alone.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions and
   * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
   */
  #topic(name: string, { emails, place, tags }: AlertsArgs): pulumi.Output<string> {
    const child = { parent: this };
    const eventBridge = { Service: "events.amazonaws.com" };
    const key = rotatedKey(
      `${name}-key`,
      {
        description: `Alerts of ${name}`,
        policy: policyDocument([
          accountAdministers(place),
          {
            Sid: "EventBridgeEncryptsAlerts",
            Effect: "Allow",
            Principal: eventBridge,
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: thisKey,
          },
        ]),
        tags,
      },
      child,
    );
    const topic = new Topic(`${name}-topic`, { kmsMasterKeyId: key.arn, tags }, child);
    const policy = new TopicPolicy(
      `${name}-topic-policy`,
      {
        arn: topic.arn,
        // https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit
        policy: policyDocument([
          {
            Sid: "DenyWithoutTls",
            Effect: "Deny",
            Principal: "*",
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          {
            Sid: "RulesPublish",
            Effect: "Allow",
            Principal: eventBridge,
            Action: "sns:Publish",
            Resource: topic.arn,
          },
        ]),
      },
      child,
    );
    const arn = after(topic.arn, policy);
    emails.forEach((endpoint, index) => {
      new TopicSubscription(`${name}-email-${index + 1}`, { topic: arn, protocol: "email", endpoint }, child);
    });
    return arn;
  }

  /** A rule takes targets of its own region only; from another, events go to this region's bus, and to the rules here. */
  #handOn(name: string, replica: Watched & { region: pulumi.Output<string> }, { place, tags }: AlertsArgs): void {
    const child = { parent: this };
    const { region } = replica;
    const bus = pulumi.interpolate`arn:${place.partition}:events:${place.region}:${place.accountId}:event-bus/default`;
    const rule = this.#rule(name, copiedRule, replica, tags, region);
    const role = new Role(
      `${name}-replica-role`,
      {
        description: "Hands events about a copy of audit records on to another region",
        assumeRolePolicy: trustService("events.amazonaws.com", onBehalfOf(place, rule.arn)),
        tags,
      },
      child,
    );
    const rights = new RolePolicy(
      `${name}-replica-rights`,
      {
        role: role.name,
        policy: policyDocument([{ Sid: "HandOn", Effect: "Allow", Action: "events:PutEvents", Resource: bus }]),
      },
      child,
    );
    const roleArn = after(role.arn, rights);
    new EventTarget(`${name}-replica-bus`, { rule: rule.name, arn: bus, roleArn, region }, child);
  }
}

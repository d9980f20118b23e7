import { NotificationChannel } from "@pulumi/gcp/monitoring";
import type * as pulumi from "@pulumi/pulumi";
import { type AuditAlertsArgs, type Checks, matching } from "aistack-core";

/** Who is told. */
export interface AlertsPlan {
  emails: pulumi.Input<string>[];
  targets: pulumi.Input<string>[];
}

const emailAddress = matching(/^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$/, "an e-mail address");
const channelName = matching(
  /^projects\/[^/]+\/notificationChannels\/[^/]+$/,
  "the name of a notification channel such as projects/my-project/notificationChannels/123",
);

/** Judges `alerts`. */
export function checkAlerts(check: Checks, { emails = [], targets = [] }: AuditAlertsArgs): AlertsPlan {
  if (emails.length + targets.length === 0)
    check.fault("alerts", "names nobody; give `emails` or `targets`, or leave it out");
  return {
    emails: emails.map((email, index) => check.value(`alerts.emails[${index}]`, email, emailAddress)),
    targets: targets.map((target, index) => check.value(`alerts.targets[${index}]`, target, channelName)),
  };
}

/** Channels for alert policies: `${name}-email-1` and so on, and those that exist. */
export function channelsOf(
  name: string,
  { emails, targets }: AlertsPlan,
  labels: pulumi.Input<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Input<string>[] {
  const channels = emails.map(
    (address, index) =>
      new NotificationChannel(
        `${name}-email-${index + 1}`,
        {
          displayName: `${name} ${index + 1}`,
          type: "email",
          labels: { email_address: address },
          userLabels: labels,
        },
        opts,
      ).name,
  );
  return [...channels, ...targets];
}

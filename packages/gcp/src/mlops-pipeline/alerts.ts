import { AlertPolicy } from "@pulumi/gcp/monitoring";
import type { Workflow } from "@pulumi/gcp/workflows";
import * as pulumi from "@pulumi/pulumi";
import { type AlertsPlan, channelsOf } from "../shared/alerts";
import { question } from "./approval-steps";

/** What alerts of a pipeline are made from. */
export interface PipelineAlertsParts {
  alerts: AlertsPlan;
  workflow: Workflow;
  /** Whether a person is asked. */
  asks: boolean;
  labels: pulumi.Output<{ [key: string]: string }>;
}

/** Tells somebody that a run has failed, or that a person has to answer. */
export class PipelineAlerts extends pulumi.ComponentResource {
  constructor(
    name: string,
    { alerts, workflow, asks, labels }: PipelineAlertsParts,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("aistack-gcp:index:PipelineAlerts", name, {}, opts);
    const child = { parent: this };
    const notificationChannels = channelsOf(name, alerts, labels, child);
    const source = pulumi.interpolate`resource.type="workflows.googleapis.com/Workflow" AND resource.labels.workflow_id="${workflow.name}"`;
    new AlertPolicy(
      `${name}-failed`,
      {
        displayName: `${name}: a run of the pipeline has failed`,
        combiner: "OR",
        severity: "ERROR",
        conditions: [
          {
            displayName: "A run has failed, or could not be started",
            // The workflow fails where the run does. https://cloud.google.com/workflows/docs/monitor
            conditionThreshold: {
              filter: pulumi.interpolate`${source} AND metric.type="workflows.googleapis.com/finished_execution_count" AND metric.labels.status="FAILED"`,
              comparison: "COMPARISON_GT",
              thresholdValue: 0,
              duration: "0s",
              aggregations: [{ alignmentPeriod: "300s", perSeriesAligner: "ALIGN_DELTA" }],
            },
          },
        ],
        alertStrategy: { autoClose: "86400s" },
        notificationChannels,
        userLabels: labels,
      },
      child,
    );
    if (asks)
      new AlertPolicy(
        `${name}-question`,
        {
          displayName: `${name}: a model waits to be let through`,
          combiner: "OR",
          severity: "WARNING",
          conditions: [
            {
              displayName: "A person has to answer",
              conditionMatchedLog: {
                filter: pulumi.interpolate`${source} AND jsonPayload.message="${question}"`,
                labelExtractors: { run: "EXTRACT(jsonPayload.run)", url: "EXTRACT(jsonPayload.url)" },
              },
            },
          ],
          documentation: {
            content:
              // biome-ignore lint/suspicious/noTemplateCurlyInString: Cloud Monitoring puts the values in
              'Run ${log.extracted_label.run} waits. To let its model through, or not: `curl --request POST --header "Authorization: Bearer $(gcloud auth print-access-token)" --json \'{"answer": "approved"}\' ${log.extracted_label.url}`, with "rejected" to refuse it.',
            mimeType: "text/markdown",
          },
          alertStrategy: { notificationRateLimit: { period: "300s" }, autoClose: "86400s" },
          notificationChannels,
          userLabels: labels,
        },
        child,
      );
    this.registerOutputs({});
  }
}

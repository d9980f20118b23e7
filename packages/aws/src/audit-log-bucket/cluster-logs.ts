import { LogSubscriptionFilter } from "@pulumi/aws/cloudwatch";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import { FirehoseDeliveryStream } from "@pulumi/aws/kinesis";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import type { Place } from "../shared/place";
import { onBehalfOf, policyDocument, trustService } from "../shared/policy";
import * as defaults from "./defaults";
import { prefixes } from "./prefixes";

/** What the way of a cluster's audit logs is made from. */
export interface ClusterLogsArgs {
  clusterName: pulumi.Output<string>;
  /** Name of the bucket that takes the records. */
  bucket: pulumi.Output<string>;
  keyArn: pulumi.Output<string>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Of all that a control plane logs, the records of the API's audit. https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
const auditEvents = '{ $.kind = "Event" && $.apiVersion = "audit.k8s.io/v1" }';

/** Takes the audit logs of an EKS control plane out of CloudWatch into the records, one event a line. */
export class ClusterLogs extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterLogsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:AuditClusterLogs", name, {}, opts);
    const stream = this.#stream(`${name}-delivery`, args);
    this.#subscribe(`${name}-filter`, args, stream);
    this.registerOutputs({});
  }

  #stream(name: string, args: ClusterLogsArgs): FirehoseDeliveryStream {
    const { clusterName, keyArn, place, tags } = args;
    const bucketArn = pulumi.interpolate`arn:${place.partition}:s3:::${args.bucket}`;
    const role = this.#role(
      name,
      `Writes audit logs of a cluster as ${name}`,
      // Firehose documents no condition; it takes a role of its own account only, from whoever may pass it.
      trustService("firehose.amazonaws.com"),
      // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
      policyDocument([
        {
          Sid: "FindBucket",
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
          Resource: bucketArn,
        },
        {
          Sid: "WriteRecords",
          Effect: "Allow",
          Action: ["s3:AbortMultipartUpload", "s3:PutObject"],
          Resource: [
            pulumi.interpolate`${bucketArn}/${prefixes.clusters}*`,
            pulumi.interpolate`${bucketArn}/${prefixes.clustersFailed}*`,
          ],
        },
        {
          Sid: "EncryptRecords",
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: keyArn,
          Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`s3.${place.region}.${place.dnsSuffix}` } },
        },
      ]),
      tags,
    );
    return new FirehoseDeliveryStream(
      name,
      {
        destination: "extended_s3",
        serverSideEncryption: { enabled: true, keyType: "CUSTOMER_MANAGED_CMK", keyArn },
        extendedS3Configuration: {
          bucketArn,
          roleArn: role,
          kmsKeyArn: keyArn,
          compressionFormat: "GZIP",
          bufferingSize: defaults.buffering.megabytes,
          bufferingInterval: defaults.buffering.seconds,
          prefix: pulumi.interpolate`${prefixes.clusters}${clusterName}/!{timestamp:yyyy/MM/dd}/`,
          errorOutputPrefix: pulumi.interpolate`${prefixes.clustersFailed}${clusterName}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
          // CloudWatch sends its events packed, many in one. https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html
          processingConfiguration: {
            enabled: true,
            processors: [
              { type: "Decompression", parameters: [{ parameterName: "CompressionFormat", parameterValue: "GZIP" }] },
              {
                type: "CloudWatchLogProcessing",
                parameters: [{ parameterName: "DataMessageExtraction", parameterValue: "true" }],
              },
              // Whether unpacking leaves each event on a line of its own is nowhere promised; Athena passes over empty ones.
              { type: "AppendDelimiterToRecord" },
            ],
          },
        },
        tags,
      },
      { parent: this },
    );
  }

  #subscribe(name: string, { clusterName, place, tags }: ClusterLogsArgs, stream: FirehoseDeliveryStream): void {
    const logs = pulumi.interpolate`arn:${place.partition}:logs:${place.region}:${place.accountId}:*`;
    const role = this.#role(
      name,
      `Hands audit logs of a cluster on as ${name}`,
      trustService("logs.amazonaws.com", onBehalfOf(place, logs)),
      policyDocument([
        {
          Sid: "HandOn",
          Effect: "Allow",
          Action: ["firehose:PutRecord", "firehose:PutRecordBatch"],
          Resource: stream.arn,
        },
      ]),
      tags,
    );
    new LogSubscriptionFilter(
      name,
      {
        logGroup: pulumi.interpolate`/aws/eks/${clusterName}/cluster`,
        filterPattern: auditEvents,
        destinationArn: stream.arn,
        roleArn: role,
      },
      { parent: this },
    );
  }

  /** ARN of a role once it has its rights: whoever gets it before fails. */
  #role(
    name: string,
    description: string,
    trust: pulumi.Input<string>,
    policy: pulumi.Input<string>,
    tags: pulumi.Input<{ [key: string]: string }>,
  ): pulumi.Output<string> {
    const role = new Role(`${name}-role`, { description, assumeRolePolicy: trust, tags }, { parent: this });
    return after(role.arn, new RolePolicy(`${name}-rights`, { role: role.name, policy }, { parent: this }));
  }
}

import * as pulumi from "@pulumi/pulumi";
import { type Binding, type ObjectStoreBinding, Platform, tokenFolder } from "aistack-core";
import { AuditLogForwarder } from "aistack-edge";

const config = new pulumi.Config();
const bucket = config.require("bucket");
const region = config.require("region");

const cluster = pulumi.output({
  name: "plant",
  platform: Platform.Edge,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** What an AuditLogBucket on AWS puts out. */
const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "records",
  platform: Platform.Aws,
  bucket,
  url: `s3://${bucket}`,
  region,
  egress: [{ port: 443 }],
  access: { read: [], write: [] },
};

/** What an AccessGrant to the edge puts out: a role, and the token of the cluster by which AWS knows the forwarder. */
const writes: Binding = {
  kind: "identity",
  name: "writes",
  environment: {
    AWS_ROLE_ARN: config.require("roleArn"),
    AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenFolder}/writes/token`,
    AWS_REGION: region,
  },
  tokens: [{ audience: "sts.amazonaws.com", path: "writes/token" }],
  egress: [{ port: 443 }],
};

const forwarder = new AuditLogForwarder("audit-log", {
  cluster,
  store,
  uses: [writes],
  bufferDays: config.getNumber("bufferDays"),
});

/** GiB that the buffer takes on the disk of each server. */
export const bufferSizeGiB = forwarder.bufferSizeGiB;

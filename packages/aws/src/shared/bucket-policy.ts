import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, type ObjectStoreAccess, Platform } from "aistack-core";
import type { Statement } from "./policy";

/** Oldest TLS version that is answered. */
const minimumTls = "1.2";

/** Refuses requests without TLS, and with a version that is out of date. */
export function onlyTls(bucketArn: pulumi.Input<string>): Statement[] {
  const deny = (sid: string, condition: Statement["Condition"]): Statement => ({
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
    Condition: condition,
  });
  return [
    deny("DenyWithoutTls", { Bool: { "aws:SecureTransport": "false" } }),
    deny("DenyOldTls", { NumericLessThan: { "s3:TlsVersion": minimumTls } }),
  ];
}

/**
 * A request that names no encryption gets the bucket's, and is fine; one that names another is refused. `Null` is
 * there because "not equals" is also true of a header that is missing.
 */
export function onlyOwnKey(bucketArn: pulumi.Input<string>, keyArn: pulumi.Input<string>): Statement[] {
  const deny = (sid: string, header: string, allowed: pulumi.Input<string>): Statement => ({
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucketArn}/*`,
    Condition: { Null: { [header]: "false" }, StringNotEquals: { [header]: allowed } },
  });
  return [
    deny("DenyOtherEncryption", "s3:x-amz-server-side-encryption", "aws:kms"),
    deny("DenyOtherKeys", "s3:x-amz-server-side-encryption-aws-kms-key-id", keyArn),
  ];
}

/** What may be granted on a bucket; reading and writing need its key too. */
export function objectStoreAccess(
  bucketArn: pulumi.Output<string>,
  keyArn: pulumi.Output<string>,
): pulumi.Output<ObjectStoreAccess> {
  const rule = (actions: string[], resource: pulumi.Output<string>): pulumi.Output<AccessRule> =>
    resource.apply((arn) => ({ platform: Platform.Aws, actions, resources: [arn] }));
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return pulumi.output({
    read: [
      rule(["s3:ListBucket"], bucketArn),
      rule(["s3:GetObject", "s3:GetObjectVersion"], objects),
      rule(["kms:Decrypt"], keyArn),
    ],
    write: [
      rule(["s3:AbortMultipartUpload", "s3:PutObject"], objects),
      // Decrypt is what S3 asks for to put the parts of a large upload together; without s3:GetObject it reads nothing.
      rule(["kms:Decrypt", "kms:GenerateDataKey"], keyArn),
    ],
  });
}

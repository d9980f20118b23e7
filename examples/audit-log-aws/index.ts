import { AuditLogBucket } from "aistack-aws";
import { Regulation } from "aistack-core";

const audit = new AuditLogBucket("audit", { compliance: [Regulation.Hipaa, Regulation.EuAiAct] });

/** Name of the bucket. */
export const bucket = audit.binding.bucket;
/** What a workload that writes records is granted, for an AccessGrant. */
export const writeAccess = audit.binding.access.write;

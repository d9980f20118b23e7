import * as pulumi from "@pulumi/pulumi";
import { AuditLogBucket } from "aistack-aws";
import { Contradiction, Regulation } from "aistack-core";

const config = new pulumi.Config();

const audit = new AuditLogBucket("audit", {
  compliance: Object.values(Regulation),
  // Decisions of the company that runs this, for its auditors: replace them by yours.
  resolutions: {
    [Contradiction.RetentionAgainstErasure]:
      "Records hold pseudonyms alone. A request for erasure is met by deleting what leads from them to a person.",
    [Contradiction.RetentionAgainstStorageLimitation]:
      "HIPAA asks for six years. Records are deleted on the day after, and hold no personal data but pseudonyms.",
    [Contradiction.RecordingAgainstErasure]:
      "Events name a case and a pseudonym, never a person or a text. The case leads to the person.",
    [Contradiction.ReplicaAgainstResidency]:
      "The copy lies in another member state of the European Union, by the region in the stack's configuration.",
  },
  trail: {},
  loadBalancers: true,
  replica: { region: config.require("replicaRegion") },
  alerts: { emails: config.requireObject<string[]>("alertEmails") },
});

/** Name of the bucket. */
export const bucket = audit.binding.bucket;
/** What a workload that writes records is granted, for an AccessGrant. */
export const writeAccess = audit.binding.access.write;
/** What to grant whoever may hold single records beyond their retention. */
export const holdAccess = audit.holdAccess;
/** Where load balancers write their access logs, with the prefix `deliveries/load-balancers`. */
export const loadBalancerLogs = audit.loadBalancerLogs;
/** Name of the copy in another region. */
export const replica = audit.replica?.bucket;

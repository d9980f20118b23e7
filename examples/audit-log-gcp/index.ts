import { Contradiction, Regulation } from "aistack-core";
import { AuditLogBucket, Network } from "aistack-gcp";

const network = new Network("network");

const audit = new AuditLogBucket("audit", {
  compliance: Object.values(Regulation),
  // What the regulations leave to those who run the system. These are examples: replace them by what you decided.
  resolutions: {
    [Contradiction.RetentionAgainstErasure]:
      "Records hold pseudonyms. The table that resolves them is erased on request, after which no record names a person.",
    [Contradiction.RetentionAgainstStorageLimitation]:
      "Six years are what HIPAA's documentation rule asks for; records expire by themselves on the day after.",
    [Contradiction.RecordingAgainstErasure]:
      "Events carry a case number and a pseudonym in place of text that a person wrote; both lead to the case file.",
    [Contradiction.ReplicaAgainstResidency]:
      "The copy lies in Frankfurt, and the records in the Netherlands: both are in the European Economic Area.",
  },
  replica: { region: "europe-west3" },
  alerts: { emails: ["security@example.org"] },
  trail: {},
  networks: [network.binding],
  loadBalancers: true,
});

/** Name of the bucket. */
export const bucket = audit.binding.bucket;
/** What a workload that writes records is granted, for an AccessGrant. */
export const writeAccess = audit.binding.access.write;
/** Data set with the tables and the queries. */
export const dataset = audit.dataset;

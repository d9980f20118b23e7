import { DataClass, DataZone, Platform, Regulation } from "aistack-core";
import { AuditLogBucket, DataLake } from "aistack-gcp";

const compliance = [Regulation.Gdpr];

/** Who called what, each access to an object of the project, and what persons ask about their data, for 24 months. */
const audit = new AuditLogBucket("audit", { compliance, retentionDays: 731, trail: {} });

const lake = new DataLake("lake", {
  compliance,
  requestLog: audit.binding,
  zones: [
    { zone: DataZone.Raw, archiveAfterDays: 30, expireAfterDays: 730 },
    { zone: DataZone.Features, dataClass: DataClass.Internal },
  ],
  teams: [
    { name: "ingest", write: [DataZone.Raw], principals: ["group:ingest@example.com"] },
    {
      name: "vision",
      read: [DataZone.Curated, DataZone.Features],
      write: [DataZone.Features, DataZone.Models],
      // A GKE cluster that exists; that of a GpuCluster is its `binding`.
      cluster: { name: "train", platform: Platform.Gcp, region: "europe-west4" },
      identities: [{ namespace: "vision", serviceAccount: "training" }],
    },
  ],
});

/** Where each zone is. */
export const zones = lake.binding.zones;
/** Data sets of the zones. */
export const databases = lake.binding.databases;
/** What a workload that answers requests for erasure is granted, for an AccessGrant. */
export const eraseAccess = lake.binding.access.erase;
/** Bucket with the requests and their answers, and the records of who did what. */
export const requestLog = audit.binding.bucket;

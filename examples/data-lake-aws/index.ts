import { AuditLogBucket, DataLake, GpuCluster } from "aistack-aws";
import { Accelerator, DataClass, DataZone, type ObjectStoreBinding, Regulation } from "aistack-core";

const compliance = [Regulation.Gdpr];

const cluster = new GpuCluster("train", { pools: [{ accelerator: Accelerator.NvidiaL4, maxNodes: 2 }] });

const lake = new DataLake("lake", {
  compliance,
  zones: [
    { zone: DataZone.Raw, archiveAfterDays: 30, expireAfterDays: 730 },
    { zone: DataZone.Features, dataClass: DataClass.Internal },
  ],
  teams: [
    { name: "ingest", write: [DataZone.Raw] },
    {
      name: "vision",
      read: [DataZone.Curated, DataZone.Features],
      write: [DataZone.Features, DataZone.Models],
      cluster: cluster.binding,
      identities: [{ namespace: "vision", serviceAccount: "training" }],
    },
  ],
});

/** Who called what, and each access to an object of the lake. */
const audit = new AuditLogBucket("audit", {
  compliance,
  trail: {},
  clusters: [cluster.binding],
  buckets: Object.values(DataZone).map((zone) => lake.binding.zones.apply((all) => all[zone] as ObjectStoreBinding)),
});

/** Where each zone is. */
export const zones = lake.binding.zones;
/** Databases of the catalogue, by zone. */
export const databases = lake.binding.databases;
/** What a workload that answers requests for erasure is granted, for an AccessGrant. */
export const eraseAccess = lake.binding.access.erase;
/** Bucket with the requests and their answers. */
export const requestLog = lake.requestLog?.bucket;
/** Bucket with the records of who did what. */
export const auditLog = audit.binding.bucket;

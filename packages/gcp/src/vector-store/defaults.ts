/** Days that AlloyDB can go back: https://cloud.google.com/alloydb/docs/backup/configure */
export const mostBackupDays = 35;

/** PostgreSQL of AlloyDB, whose `vector` extension is pgvector: https://cloud.google.com/alloydb/docs/reference/extensions */
export const postgresVersion = "POSTGRES_17";
export const postgresPort = 5432;
/** The database that every cluster has; no resource of the provider makes another. */
export const database = "postgres";

/** Instances: one writes, the others are nodes of a pool that reads. https://cloud.google.com/alloydb/quotas */
export const mostInstances = 21;
export const instances = 2;

/** vCPUs of AlloyDB's machines with their GiB of memory: https://cloud.google.com/alloydb/docs/choose-machine-type */
export const machines = [
  { cpus: 2, memoryGiB: 16 },
  { cpus: 4, memoryGiB: 32 },
  { cpus: 8, memoryGiB: 64 },
  { cpus: 16, memoryGiB: 128 },
  { cpus: 32, memoryGiB: 256 },
  { cpus: 64, memoryGiB: 512 },
  { cpus: 96, memoryGiB: 768 },
  { cpus: 128, memoryGiB: 864 },
] as const;

/**
 * Shards of an index with the machine that is the default for each:
 * https://cloud.google.com/vertex-ai/docs/vector-search/create-manage-index
 */
export const shards = [
  { name: "SHARD_SIZE_SMALL", gibibytes: 2, machine: "e2-standard-2" },
  { name: "SHARD_SIZE_MEDIUM", gibibytes: 20, machine: "e2-standard-16" },
  { name: "SHARD_SIZE_LARGE", gibibytes: 50, machine: "e2-highmem-16" },
] as const;

/** Port on which a deployed index answers inside a network: https://cloud.google.com/vertex-ai/docs/vector-search/query-index-vpc */
export const indexPort = 10000;

/** Candidates that are looked at before distances are computed exactly; the documentation's example. */
export const approximateNeighbours = 150;

/** Time between rotations of the key: 90 days, as CIS asks; and before a version that was given up is gone. */
export const keyRotation = `${90 * 24 * 3600}s`;
export const keyDestruction = `${30 * 24 * 3600}s`;

/** What VectorStore has on every platform. What a platform or an engine cannot do, it refuses by name. */
import type * as pulumi from "@pulumi/pulumi";
import { Distance, type ObjectStoreBinding, VectorEngine } from "./bindings";
import { type Rule, wholeNumber } from "./checks";
import { controlsOf } from "./compliance/controls";
import type { Regulation } from "./compliance/regulation";
import { Requirement } from "./compliance/requirement";
import { environmentPrefix } from "./naming";

/** When backups are taken, where they go, and how long they are kept. */
export interface VectorBackupArgs {
  /** Bucket for the backups. On Kubernetes only: the clouds' services keep backups by themselves. */
  store?: pulumi.Input<ObjectStoreBinding>;
  /** Cron schedule, in UTC, of full backups. On Kubernetes only. Defaults to "0 3 * * *". */
  schedule?: pulumi.Input<string>;
  /** Days that a backup is kept. Defaults to 14; to 35 where a regulation in `compliance` asks that data can be restored. */
  retentionDays?: pulumi.Input<number>;
}

/** How the graph is built by which neighbours are found: more of either finds more, and costs more. */
export interface VectorIndexArgs {
  /** Neighbours that each vector is linked to, 2 to 100. Defaults to 16. */
  neighbours?: pulumi.Input<number>;
  /** Candidates that are looked at for these links, 4 to 1000, and twice the neighbours at least. Defaults to 100. */
  candidates?: pulumi.Input<number>;
}

/** What an engine can do. */
export interface VectorEngineFacts {
  /** Longest vector that can be searched. */
  maximumDimensions: number;
  /** Most vectors of one collection, where the service names a limit. */
  maximumVectors?: number;
  distances: readonly Distance[];
}

const everyDistance = Object.values(Distance);

/** What each engine can do, as of 2026-11-25. */
export const vectorEngines: Readonly<Record<VectorEngine, VectorEngineFacts>> = {
  // https://qdrant.tech/documentation/concepts/collections/
  [VectorEngine.Qdrant]: { maximumDimensions: 65536, distances: everyDistance },
  // An HNSW index takes a `vector` of 2,000 numbers or a `halfvec` of 4,000:
  // https://github.com/pgvector/pgvector/blob/v0.8.1/README.md#hnsw
  [VectorEngine.Pgvector]: { maximumDimensions: 4000, distances: everyDistance },
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html
  [VectorEngine.S3Vectors]: {
    maximumDimensions: 4096,
    maximumVectors: 2_000_000_000,
    distances: [Distance.Cosine, Distance.Euclidean],
  },
  // https://docs.opensearch.org/latest/mappings/supported-field-types/knn-vector/
  [VectorEngine.OpenSearchServerless]: { maximumDimensions: 16000, distances: everyDistance },
  // No document that was found names a number; this one is above what any embedding model puts out.
  [VectorEngine.VertexVectorSearch]: { maximumDimensions: 8192, distances: everyDistance },
};

/** A length that an engine can search. */
export function vectorDimensions(engine: VectorEngine): Rule<number> {
  return wholeNumber(1, vectorEngines[engine].maximumDimensions);
}

/** A measure of distance that an engine knows. */
export function vectorDistance(engine: VectorEngine): Rule<Distance> {
  const { distances } = vectorEngines[engine];
  return (value) =>
    distances.includes(value) ? undefined : `must be one of ${distances.join(", ")}: ${engine} knows no other`;
}

/** A number of vectors that one collection of an engine can hold. */
export function vectorCapacity(engine: VectorEngine): Rule<number> {
  return wholeNumber(1, vectorEngines[engine].maximumVectors ?? mostVectors);
}

/** More than any table or collection in the world holds; beyond it a number is a slip of the finger. */
const mostVectors = 100_000_000_000;

/** Links of a graph, and what is looked at to build it, within the bounds that all engines accept. */
export const vectorIndex = {
  /** https://github.com/pgvector/pgvector/blob/v0.8.1/README.md#index-options */
  neighbours: wholeNumber(2, 100),
  candidates: (value: number, neighbours: number): string | undefined =>
    wholeNumber(4, 1000)(value) ??
    (value < 2 * neighbours ? `must be ${2 * neighbours} to 1000: twice the neighbours at least` : undefined),
  defaults: { neighbours: 16, candidates: 100 },
};

/** Bytes that one copy of a collection takes, without what is stored beside the vectors. */
export interface VectorSize {
  /** What should be in memory, for searches without a disk read. */
  memory: number;
  /** What lies on disk. */
  disk: number;
}

/** Bytes of one copy of a collection of `vectors` vectors of `dimensions` numbers each. */
export function vectorSize(
  engine: VectorEngine,
  vectors: number,
  dimensions: number,
  neighbours = vectorIndex.defaults.neighbours,
): VectorSize {
  const bytes = bytesOf[engine](dimensions, neighbours);
  return { memory: vectors * bytes.memory, disk: vectors * bytes.disk };
}

/** Bytes of a number, as 32-bit floating point. */
const float = 4;

/** Bytes of one vector, by engine. */
const bytesOf: Readonly<Record<VectorEngine, (dimensions: number, neighbours: number) => VectorSize>> = {
  // Half as much again for index, versions and segments that are being rewritten; the disk also holds the segment that
  // one is rewritten from. https://qdrant.tech/documentation/guides/capacity-planning/
  [VectorEngine.Qdrant]: (dimensions) => ({ memory: dimensions * float * 1.5, disk: dimensions * float * 3 }),
  [VectorEngine.Pgvector]: (dimensions, neighbours) => {
    const { row, index } = pgvectorBytes(dimensions, neighbours);
    // A quarter on top of the index for connections and PostgreSQL itself. On disk twice: an index is rebuilt beside the
    // old one, and dead rows stay until the next vacuum.
    return { memory: index * 1.25, disk: (row + index) * 2 };
  },
  // Storage is the service's; it holds a vector's numbers: https://aws.amazon.com/s3/pricing/
  [VectorEngine.S3Vectors]: (dimensions) => ({ memory: 0, disk: dimensions * float }),
  // 1.1 * (4 * dimensions + 8 * m): https://docs.opensearch.org/latest/vector-search/optimizing-storage/memory-optimized/
  [VectorEngine.OpenSearchServerless]: (dimensions, neighbours) => {
    const graph = 1.1 * (dimensions * float + neighbours * 8);
    return { memory: graph, disk: graph };
  },
  // A shard's size is that of the numbers in it: https://cloud.google.com/vertex-ai/docs/vector-search/create-manage-index
  [VectorEngine.VertexVectorSearch]: (dimensions) => ({ memory: dimensions * float, disk: dimensions * float }),
};

/**
 * Bytes of a vector in a table and in its HNSW index, from how pgvector 0.8 lays them out (src/hnsw.h, src/vector.h):
 * an element and its links lie together in a page of 8 KiB where they fit, else in one each. `test/programs` measures it.
 */
export function pgvectorBytes(dimensions: number, neighbours: number): { row: number; index: number } {
  const number = dimensions > halfPrecisionFrom ? 2 : float;
  const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;
  const vector = dimensions * number + 8;
  const element = aligned(72 + vector) + 4;
  const links = aligned(4 + 2 * neighbours * 6) + 4;
  const page = 8192;
  const usable = page - 24 - 8;
  const perPage = Math.floor(usable / (element + links));
  // A vector above 2 kB lies in chunks, of which four fill a page: up to two fifths more than the vector itself.
  return { row: vector * 1.4 + 150, index: perPage > 0 ? page / perPage : 2 * page };
}

/** Longest vector that PostgreSQL indexes in full precision; above it, in 16 bits. */
const halfPrecisionFrom = 2000;

/** Whole GiB, rounded up. */
export function gibibytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 2 ** 30));
}

/** What the initialisation of a PostgreSQL database for vectors is made from. */
export interface PgvectorTable {
  /** Name of the table. */
  table: string;
  dimensions: number;
  distance: Distance;
  neighbours: number;
  candidates: number;
  /** Role that reads and writes, which exists. */
  writer: string;
  /** Role that only reads, which exists; undefined if there is none. */
  reader?: string;
}

/** Operator classes and operators of pgvector: https://github.com/pgvector/pgvector/blob/v0.8.1/README.md#querying */
const operators: Readonly<Record<Distance, { index: string; query: string }>> = {
  [Distance.Cosine]: { index: "cosine_ops", query: "<=>" },
  [Distance.Euclidean]: { index: "l2_ops", query: "<->" },
  [Distance.Dot]: { index: "ip_ops", query: "<#>" },
};

/** Operator by which a query orders rows, such as `<=>`. */
export function pgvectorOperator(distance: Distance): string {
  return operators[distance].query;
}

/**
 * Statements that make extension, table and index where they are missing, so that they may run again. Whoever runs them
 * may create extensions; the application needs no such right.
 */
export function pgvectorSql(args: PgvectorTable): string[] {
  const type = args.dimensions > halfPrecisionFrom ? "halfvec" : "vector";
  const table = `"${args.table}"`;
  const { neighbours, candidates } = args;
  return [
    "CREATE EXTENSION IF NOT EXISTS vector",
    `CREATE TABLE IF NOT EXISTS ${table} (id text PRIMARY KEY, embedding ${type}(${args.dimensions}) NOT NULL, payload jsonb NOT NULL DEFAULT '{}')`,
    `CREATE INDEX IF NOT EXISTS "${args.table}_embedding" ON ${table} USING hnsw (embedding ${type}_${operators[args.distance].index}) WITH (m = ${neighbours}, ef_construction = ${candidates})`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO "${args.writer}"`,
    ...(args.reader === undefined ? [] : [`GRANT SELECT ON ${table} TO "${args.reader}"`]),
  ];
}

/** Name of a table, role or database of PostgreSQL: what needs no folding and leaves room for the index's name. */
export const postgresName: Rule<string> = (value) =>
  typeof value === "string" && /^[a-z_][a-z0-9_]{0,49}$/.test(value)
    ? undefined
    : "must be 1 to 50 lower-case letters, digits and underscores, not starting with a digit";

/** A component's name as PostgreSQL takes it. */
export function asPostgresName(name: string): string {
  return name.replace(/[^a-z0-9_]+/g, "_").replace(/^(?=\d)/, "_");
}

/** Variables that tell a workload all it needs of a store, the same on every platform. */
export function vectorEnvironment(
  name: string,
  store: {
    engine: VectorEngine;
    endpoint: pulumi.Input<string>;
    collection: pulumi.Input<string>;
    distance: pulumi.Input<Distance>;
  },
): { [variable: string]: pulumi.Input<string> } {
  const prefix = environmentPrefix(name);
  return {
    [`${prefix}_ENGINE`]: store.engine,
    [`${prefix}_URL`]: store.endpoint,
    [`${prefix}_COLLECTION`]: store.collection,
    [`${prefix}_DISTANCE`]: store.distance,
  };
}

/** Days of backups by default. */
const backupDays = 14;

/** Days of backups by default, and at least, where a regulation asks that data can be restored. */
const recoverable = { defaultDays: 35, leastDays: 7 };

/** The control that asks that data can be restored, if one of the regulations has such. */
function recoveryControl(regulations: readonly Regulation[]) {
  return controlsOf(regulations).find(({ requirement }) => requirement === Requirement.Recoverable);
}

/** Days that backups are kept where nothing is said. */
export function defaultBackupDays(regulations: readonly Regulation[]): number {
  return recoveryControl(regulations) ? recoverable.defaultDays : backupDays;
}

/**
 * Days that backups may be kept. No regulation names a number for backups; that a fault which is noticed after a week
 * can still be undone is how the project reads "can be restored".
 */
export function backupRetention(regulations: readonly Regulation[], maximum: number): Rule<number> {
  const control = recoveryControl(regulations);
  const days = wholeNumber(1, maximum);
  return (value) => {
    const fault = days(value);
    if (fault || !control || value >= recoverable.leastDays) return fault;
    return `must be ${recoverable.leastDays} to ${maximum}: ${control.regulation} asks that data can be restored (${control.article})`;
  };
}

/** Says why a store without backups is refused; undefined where no regulation asks for them. */
export function missingBackupFault(regulations: readonly Regulation[]): string | undefined {
  const control = recoveryControl(regulations);
  return control && `${control.regulation} asks that data can be restored (${control.article})`;
}

/** Says why a store without encrypted connections is refused; undefined where no regulation asks for them. */
export function plainTransportFault(regulations: readonly Regulation[]): string | undefined {
  const control = controlsOf(regulations).find(({ requirement }) => requirement === Requirement.EncryptionInTransit);
  return control && `${control.regulation} asks for encrypted connections (${control.article})`;
}

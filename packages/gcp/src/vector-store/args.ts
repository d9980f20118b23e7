import type * as pulumi from "@pulumi/pulumi";
import {
  asPostgresName,
  backupRetention,
  Checks,
  DataClass,
  Distance,
  defaultBackupDays,
  gibibytes,
  matching,
  missingBackupFault,
  type NetworkBinding,
  oneOf,
  postgresName,
  Regulation,
  type VectorBackupArgs,
  VectorEngine,
  type VectorIndexArgs,
  type VectorStoreBinding,
  vectorCapacity,
  vectorDimensions,
  vectorDistance,
  vectorEngines,
  vectorIndex,
  vectorSize,
  wholeNumber,
} from "aistack-core";
import { tags } from "../shared/labels";
import { componentName, kmsKeyName } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of VectorStore. */
export interface VectorStoreArgs {
  /** Vector store to adopt. Nothing is created then, and no other argument but `dimensions` may be given. */
  existing?: pulumi.Input<VectorStoreBinding>;
  /** Service that keeps the vectors: vertex-vector-search, or pgvector for AlloyDB. Defaults to vertex-vector-search. */
  engine?: VectorEngine;
  /** Length of the vectors, 1 to 8192; with pgvector to 4000. */
  dimensions: pulumi.Input<number>;
  /** Measure of distance. Defaults to cosine. */
  distance?: pulumi.Input<Distance>;
  /** Vectors that are expected. Sizes machines and shards; more than the largest machine of AlloyDB holds are refused. */
  capacity?: pulumi.Input<number>;
  /** Name of the index, with pgvector of the table. Defaults to the component's name. */
  collection?: pulumi.Input<string>;
  /**
   * With pgvector, instances of AlloyDB, 1 to 21: one writes, the others read. With vertex-vector-search, machines that each
   * part of the index is on. Defaults to 2.
   */
  replicas?: number;
  /** How the index is built. With pgvector. */
  index?: VectorIndexArgs;
  /** Days that AlloyDB keeps backups, 1 to 35, from which any moment can be restored. With pgvector. */
  backup?: VectorBackupArgs;
  /** Regulations that the content falls under: they set how long backups are kept, and which service may not be used. */
  compliance?: Regulation[];
  /** Network that the store is reached from, and from nowhere else, with one subnet in the provider's region. */
  network?: pulumi.Input<NetworkBinding>;
  /** How sensitive the content is, for the labels. Defaults to confidential. */
  dataClass?: DataClass;
  /**
   * Name of the key to encrypt with, which the service's agent must be able to use, and that of Secret Manager with pgvector.
   * When omitted, one is created.
   */
  kmsKey?: pulumi.Input<string>;
  /** Keeps AlloyDB from being deleted. To destroy, set false, run `up`, then `destroy`. Defaults to true. */
  deletionProtection?: boolean;
  /** Labels for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface StorePlan {
  engine: VectorEngine;
  dimensions: pulumi.Input<number>;
  distance: pulumi.Input<Distance>;
  collection: pulumi.Input<string>;
  capacity?: pulumi.Input<number>;
  replicas: number;
  neighbours: pulumi.Input<number>;
  candidates: pulumi.Input<number>;
  backupDays: pulumi.Input<number>;
  network?: pulumi.Input<NetworkBinding>;
  dataClass: DataClass;
  kmsKey?: pulumi.Input<string>;
  deletionProtection: boolean;
  tags?: pulumi.Input<{ [key: string]: string }>;
}

const engines = [VectorEngine.VertexVectorSearch, VectorEngine.Pgvector];

/** Judges all arguments and throws every fault at once. */
export function checkStore(type: string, name: string, args: VectorStoreArgs): StorePlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args, "dimensions");
  check.value("engine", args.engine, oneOf(engines));
  const engine = args.engine === VectorEngine.Pgvector ? args.engine : VectorEngine.VertexVectorSearch;
  const all = Object.values(Regulation);
  (args.compliance ?? []).forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(all));
  });
  const regulations = (args.compliance ?? []).filter((regulation) => all.includes(regulation));
  if (args.existing === undefined) refuseOfOtherEngine(check, engine, regulations, args);
  const dimensions = check.value("dimensions", args.dimensions, vectorDimensions(engine));
  const neighbours = check.value(
    "index.neighbours",
    args.index?.neighbours ?? vectorIndex.defaults.neighbours,
    vectorIndex.neighbours,
  );
  const plan: StorePlan = {
    engine,
    dimensions,
    distance: check.value("distance", args.distance ?? Distance.Cosine, vectorDistance(engine)),
    collection: checkedCollection(check, engine, name, args),
    capacity: checkedCapacity(check, engine, dimensions, neighbours, args.capacity),
    replicas: check.value(
      "replicas",
      args.replicas ?? defaults.instances,
      wholeNumber(1, defaults.mostInstances),
    ) as number,
    neighbours,
    candidates: check.valueWith(
      "index.candidates",
      args.index?.candidates ?? vectorIndex.defaults.candidates,
      neighbours,
      vectorIndex.candidates,
    ),
    backupDays: check.value(
      "backup.retentionDays",
      args.backup?.retentionDays ?? defaultBackupDays(regulations),
      backupRetention(regulations, defaults.mostBackupDays),
    ),
    network: args.network,
    dataClass: args.dataClass ?? DataClass.Confidential,
    kmsKey: check.value("kmsKey", args.kmsKey, kmsKeyName),
    deletionProtection: args.deletionProtection ?? true,
    tags: check.value("tags", args.tags, tags),
  };
  check.value("dataClass", plan.dataClass, oneOf(Object.values(DataClass)));
  check.done();
  return plan;
}

/** Faults what the service lacks, and what it cannot do without. */
function refuseOfOtherEngine(
  check: Checks,
  engine: VectorEngine,
  regulations: Regulation[],
  args: VectorStoreArgs,
): void {
  const lacks = (field: keyof VectorStoreArgs & string, why: string) => {
    if (args[field] !== undefined) check.fault(field, `has no effect with engine ${engine}: ${why}`);
  };
  if (args.network === undefined)
    check.fault("network", `is left out, but engine ${engine} is reached from a network only; give its binding`);
  if (engine === VectorEngine.VertexVectorSearch) {
    lacks("index", "the service has a kind of index of its own; leave it out");
    lacks("backup", "the service keeps none; leave it out, or choose pgvector");
    lacks("deletionProtection", "the service has none; what holds data is kept when the component goes");
    const missing = missingBackupFault(regulations);
    if (missing)
      check.fault("engine", `is vertex-vector-search, which keeps no earlier state, but ${missing}; choose pgvector`);
  }
  for (const field of ["store", "schedule"] as const)
    if (args.backup?.[field] !== undefined)
      check.fault(`backup.${field}`, "has no effect on Google Cloud, where AlloyDB keeps backups itself; leave it out");
}

function checkedCollection(
  check: Checks,
  engine: VectorEngine,
  name: string,
  args: VectorStoreArgs,
): pulumi.Input<string> {
  return engine === VectorEngine.Pgvector
    ? check.value("collection", args.collection ?? asPostgresName(name), postgresName)
    : check.value("collection", args.collection ?? name, displayName);
}

const displayName = matching(/^[A-Za-z0-9][A-Za-z0-9 _-]{0,127}$/, "1 to 128 letters, digits, spaces, - and _");

function checkedCapacity(
  check: Checks,
  engine: VectorEngine,
  dimensions: pulumi.Input<number>,
  neighbours: pulumi.Input<number>,
  expected: pulumi.Input<number> | undefined,
): pulumi.Input<number> | undefined {
  const capacity = check.value("capacity", expected, vectorCapacity(engine));
  if (capacity === undefined || engine !== VectorEngine.Pgvector) return capacity;
  const length = { dimensions, neighbours } as { dimensions: number; neighbours: number };
  return check.valueWith("capacity", capacity, length, (vectors, own) => {
    const needed = memoryFor(vectors, own.dimensions, own.neighbours);
    const most = defaults.machines[defaults.machines.length - 1]?.memoryGiB as number;
    if (needed <= most) return undefined;
    return `needs ${needed} GiB of memory, of which AlloyDB's largest machine has ${most}: must be ${Math.floor((vectors * most) / needed)} or less`;
  });
}

function memoryFor(vectors: number, dimensions: number, neighbours: number): number {
  if (!(dimensions > 0 && dimensions <= vectorEngines[VectorEngine.Pgvector].maximumDimensions)) return 1;
  return gibibytes(vectorSize(VectorEngine.Pgvector, vectors, dimensions, neighbours).memory);
}

/** vCPUs of the smallest machine whose memory holds the index of so many vectors. */
export function cpusFor(vectors: number | undefined, dimensions: number, neighbours: number): number {
  const needed = vectors === undefined ? 0 : memoryFor(vectors, dimensions, neighbours);
  return defaults.machines.find(({ memoryGiB }) => memoryGiB >= needed)?.cpus ?? 128;
}

/** Shards for so many vectors: the smallest that holds all of them, else the largest, of which there are then several. */
export function shardFor(vectors: number | undefined, dimensions: number): (typeof defaults.shards)[number] {
  const bytes = vectors === undefined ? 0 : vectorSize(VectorEngine.VertexVectorSearch, vectors, dimensions).memory;
  return defaults.shards.find(({ gibibytes: size }) => size * 2 ** 30 >= bytes) ?? defaults.shards[2];
}

import * as pulumi from "@pulumi/pulumi";
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
import { componentName, kmsKeyArn } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of VectorStore. */
export interface VectorStoreArgs {
  /** Vector store to adopt. Nothing is created then, and no other argument but `dimensions` may be given. */
  existing?: pulumi.Input<VectorStoreBinding>;
  /**
   * Service that keeps the vectors: s3-vectors, opensearch-serverless, or pgvector for Aurora PostgreSQL. Defaults to
   * s3-vectors, the cheapest.
   */
  engine?: VectorEngine;
  /** Length of the vectors, 1 to 4096; with pgvector to 4000, with opensearch-serverless to 16000. */
  dimensions: pulumi.Input<number>;
  /** Measure of distance. Defaults to cosine. */
  distance?: pulumi.Input<Distance>;
  /** Vectors that are expected. Sizes what Aurora may grow to; more than the service holds are refused. */
  capacity?: pulumi.Input<number>;
  /** Name of the index, with pgvector of the table. Defaults to the component's name. */
  collection?: pulumi.Input<string>;
  /**
   * With pgvector, instances of Aurora, 1 to 16, in as many zones as there are. With opensearch-serverless, 1 for none in
   * another zone. S3 Vectors has no such choice. Defaults to 2.
   */
  replicas?: number;
  /** How the index is built. With pgvector and opensearch-serverless. */
  index?: VectorIndexArgs;
  /** Days that Aurora keeps backups, 1 to 35, from which any moment can be restored. The others' services take no argument. */
  backup?: VectorBackupArgs;
  /** Regulations that the content falls under: they set how long backups are kept, and which service may not be used. */
  compliance?: Regulation[];
  /** Network that the store is reached from, and from nowhere else. Required but for s3-vectors. */
  network?: pulumi.Input<NetworkBinding>;
  /** How sensitive the content is, for the tags. Defaults to confidential. */
  dataClass?: DataClass;
  /** ARN of the KMS key to encrypt with. When omitted, a key with yearly rotation is created. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Keeps Aurora from being deleted. To destroy, set false, run `up`, then `destroy`. Defaults to true. */
  deletionProtection?: boolean;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface StorePlan {
  engine: VectorEngine;
  dimensions: pulumi.Input<number>;
  distance: pulumi.Input<Distance>;
  collection: pulumi.Input<string>;
  replicas: number;
  neighbours: pulumi.Input<number>;
  candidates: pulumi.Input<number>;
  /** Capacity units that Aurora may grow to. */
  capacityUnits: pulumi.Input<number>;
  backupDays: pulumi.Input<number>;
  network?: pulumi.Input<NetworkBinding>;
  dataClass: DataClass;
  kmsKeyArn?: pulumi.Input<string>;
  deletionProtection: boolean;
}

/** Judges all arguments and throws every fault at once. */
export function checkStore(type: string, name: string, args: VectorStoreArgs): StorePlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args, "dimensions");
  const engines = defaults.engines as readonly VectorEngine[];
  check.value("engine", args.engine, oneOf(engines));
  const engine = args.engine && engines.includes(args.engine) ? args.engine : VectorEngine.S3Vectors;
  const regulations = checkedRegulations(check, args);
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
    replicas: check.value(
      "replicas",
      args.replicas ?? defaults.instances,
      wholeNumber(1, engine === VectorEngine.Pgvector ? defaults.mostInstances : 2),
    ) as number,
    neighbours,
    candidates: check.valueWith(
      "index.candidates",
      args.index?.candidates ?? vectorIndex.defaults.candidates,
      neighbours,
      vectorIndex.candidates,
    ),
    capacityUnits: checkedCapacity(check, engine, dimensions, neighbours, args.capacity),
    backupDays: check.value(
      "backup.retentionDays",
      args.backup?.retentionDays ?? defaultBackupDays(regulations),
      backupRetention(regulations, defaults.mostBackupDays),
    ),
    network: args.network,
    dataClass: args.dataClass ?? DataClass.Confidential,
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
    deletionProtection: args.deletionProtection ?? true,
  };
  check.value("dataClass", plan.dataClass, oneOf(Object.values(DataClass)));
  check.done();
  return plan;
}

function checkedRegulations(check: Checks, args: VectorStoreArgs): Regulation[] {
  const all = Object.values(Regulation);
  (args.compliance ?? []).forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(all));
  });
  return (args.compliance ?? []).filter((regulation) => all.includes(regulation));
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
  if (engine === VectorEngine.S3Vectors) {
    lacks("replicas", "the service keeps its copies itself; leave it out");
    lacks("index", "the service builds its index itself; leave it out");
    lacks("network", "the service is reached at its public address, by IAM alone; leave it out");
    const missing = missingBackupFault(regulations);
    if (missing) check.fault("engine", `is s3-vectors, which keeps no earlier state, but ${missing}; choose pgvector`);
  } else if (args.network === undefined)
    check.fault("network", `is left out, but engine ${engine} is reached from a network only; give its binding`);
  if (engine !== VectorEngine.Pgvector) {
    lacks("backup", "the service takes no argument for it; leave it out, or choose pgvector");
    lacks("deletionProtection", "the service has none; what holds data is kept when the component goes");
  }
  for (const field of ["store", "schedule"] as const)
    if (args.backup?.[field] !== undefined)
      check.fault(`backup.${field}`, "has no effect on AWS, where the service keeps backups itself; leave it out");
}

function checkedCollection(
  check: Checks,
  engine: VectorEngine,
  name: string,
  args: VectorStoreArgs,
): pulumi.Input<string> {
  if (engine === VectorEngine.Pgvector)
    return check.value("collection", args.collection ?? asPostgresName(name.toLowerCase()), postgresName);
  const own = args.collection ?? name.toLowerCase().padEnd(3, "-x");
  return check.value("collection", own, indexName);
}

/** What both services take: https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_CreateIndex.html */
const indexName = matching(
  /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  "3 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit",
);

/** Capacity units for the vectors expected. */
function checkedCapacity(
  check: Checks,
  engine: VectorEngine,
  dimensions: pulumi.Input<number>,
  neighbours: pulumi.Input<number>,
  expected: pulumi.Input<number> | undefined,
): pulumi.Input<number> {
  const capacity = check.value("capacity", expected, vectorCapacity(engine));
  if (capacity === undefined || engine !== VectorEngine.Pgvector) return defaults.capacityUnits.default;
  const length = { dimensions, neighbours };
  const held = check.valueWith("capacity", capacity, length as { dimensions: number; neighbours: number }, fits);
  return pulumi.all([held, dimensions, neighbours]).apply((values) => unitsFor(...values));
}

function fits(vectors: number, { dimensions, neighbours }: { dimensions: number; neighbours: number }) {
  const { most, gibibytes: unit } = defaults.capacityUnits;
  const units = unitsFor(vectors, dimensions, neighbours);
  if (units <= most) return undefined;
  return `needs ${units * unit} GiB of memory, of which Aurora has ${most * unit} at most: must be ${Math.floor((vectors * most) / units)} or less`;
}

/** Capacity units that hold the index of so many vectors in memory. */
export function unitsFor(vectors: number, dimensions: number, neighbours: number): number {
  if (!(dimensions > 0 && dimensions <= vectorEngines[VectorEngine.Pgvector].maximumDimensions)) return 1;
  const { memory } = vectorSize(VectorEngine.Pgvector, vectors, dimensions, neighbours);
  return Math.max(2, Math.ceil(gibibytes(memory) / defaults.capacityUnits.gibibytes));
}

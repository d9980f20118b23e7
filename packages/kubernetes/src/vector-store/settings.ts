import * as pulumi from "@pulumi/pulumi";
import {
  asPostgresName,
  bytesOfQuantity,
  Checks,
  cronSchedule,
  Distance,
  dnsLabel,
  gibibytes,
  listOf,
  matching,
  missingBackupFault,
  oneOf,
  Platform,
  plainTransportFault,
  postgresName,
  quantity,
  Regulation,
  type Rule,
  VectorEngine,
  vectorCapacity,
  vectorDimensions,
  vectorDistance,
  vectorEngines,
  vectorIndex,
  vectorSize,
  wholeNumber,
} from "aistack-core";
import { anyPlatform, withoutTokens } from "../database/settings";
import { type BackupSettings, checkedBackup } from "../workload/backup";
import { checkedAlerts, type PrometheusSettings } from "../workload/prometheus";
import { checkUses } from "../workload/uses";
import type { VectorStoreArgs } from "./args";

/** What the parts of the store are made from: the arguments, checked and with defaults filled in. */
export interface VectorStoreSettings {
  dimensions: pulumi.Input<number>;
  distance: pulumi.Input<Distance>;
  collection: pulumi.Input<string>;
  replicas: number;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  diskSizeGiB: pulumi.Input<number>;
  storageClass?: pulumi.Input<string>;
  index?: IndexSettings;
  snapshotSchedule: pulumi.Input<string>;
  snapshotsKept: pulumi.Input<number>;
  snapshotDiskSizeGiB: pulumi.Input<number>;
  backup?: BackupSettings;
  tlsSecretName?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  alerts?: PrometheusSettings;
}

export interface IndexSettings {
  neighbours: pulumi.Input<number>;
  candidates: pulumi.Input<number>;
}

/** Engines that run on any cluster. */
export const engines = [VectorEngine.Qdrant, VectorEngine.Pgvector];

const largestDisk = 16384;

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: VectorStoreArgs): VectorStoreSettings {
  const check = new Checks(type, name);
  check.value("name", name, dnsLabel);
  if (args.existing !== undefined)
    check.unusedWith(
      args,
      "existing",
      ...(["collection", "replicas", "cpu", "memory", "diskSizeGiB", "storageClass", "snapshots"] as const),
      ...(["tlsSecretName", "namespace", "clientNamespaces", "capacity", "index", "backup", "uses"] as const),
      ...(["compliance", "alerts", "install"] as const),
    );
  check.value("engine", args.engine, oneOf(engines));
  // A fault of the engine is told above; the rest is judged as for the default.
  const engine = args.engine === VectorEngine.Pgvector ? args.engine : VectorEngine.Qdrant;
  const regulations = checkedRegulations(check, args);
  checkUses(check, args.uses ?? []);
  refuseOfOtherEngine(check, engine, args);
  const replicas = check.value("replicas", args.replicas ?? 3, wholeNumber(1, 99)) as number;
  const dimensions = check.value("dimensions", args.dimensions, vectorDimensions(engine));
  const index = args.index || engine === VectorEngine.Pgvector ? checkedIndex(check, args) : undefined;
  const size = checkedSize(check, engine, replicas, dimensions, index, args);
  const settings = {
    dimensions,
    distance: check.value("distance", args.distance ?? Distance.Cosine, vectorDistance(engine)),
    collection: checkedCollection(check, engine, name, args),
    replicas,
    cpu: check.value("cpu", args.cpu ?? "1", quantity),
    ...size,
    storageClass: args.storageClass,
    index,
    snapshotSchedule: check.value("snapshots.schedule", args.snapshots?.schedule ?? "0 3 * * *", cronSchedule),
    snapshotsKept: check.value("snapshots.keep", args.snapshots?.keep ?? 7, wholeNumber(1, 100)),
    snapshotDiskSizeGiB: check.value(
      "snapshots.diskSizeGiB",
      args.snapshots?.diskSizeGiB ?? 50,
      wholeNumber(1, largestDisk),
    ),
    backup: checkedBackups(check, engine, regulations, args),
    tlsSecretName: args.tlsSecretName,
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
    alerts: checkedAlerts(check, args.alerts),
  };
  check.done();
  return settings;
}

function checkedRegulations(check: Checks, args: VectorStoreArgs): Regulation[] {
  const all = Object.values(Regulation);
  const given = args.compliance ?? [];
  given.forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(all));
  });
  return given.filter((regulation) => all.includes(regulation));
}

/** Faults what only the other engine has, and what a regulation asks for and is left out. */
function refuseOfOtherEngine(check: Checks, engine: VectorEngine, args: VectorStoreArgs): void {
  if (args.existing !== undefined) return;
  const regulations = args.compliance ?? [];
  if (engine === VectorEngine.Pgvector) {
    if (args.snapshots)
      check.fault("snapshots", "has no effect with engine pgvector; give `backup` a bucket and leave it out");
    const missing = missingBackupFault(regulations);
    if (missing && !args.backup?.store) check.fault("backup.store", `is left out, but ${missing}; give a bucket`);
    return;
  }
  if (args.install) check.fault("install", "has no effect with engine qdrant, which needs nothing installed");
  if (args.snapshots && args.backup)
    check.fault("snapshots", "has no effect together with `backup`, which takes them to a bucket; leave one out");
  const plain = plainTransportFault(regulations);
  if (plain && args.tlsSecretName === undefined)
    check.fault("tlsSecretName", `is left out, but ${plain}; name a secret with a certificate`);
}

function checkedCollection(
  check: Checks,
  engine: VectorEngine,
  name: string,
  args: VectorStoreArgs,
): pulumi.Input<string> {
  return engine === VectorEngine.Pgvector
    ? check.value("collection", args.collection ?? asPostgresName(name), postgresName)
    : check.value("collection", args.collection ?? name, collectionName);
}

function checkedIndex(check: Checks, { index = {} }: VectorStoreArgs): IndexSettings {
  const neighbours = check.value(
    "index.neighbours",
    index.neighbours ?? vectorIndex.defaults.neighbours,
    vectorIndex.neighbours,
  );
  const candidates = index.candidates ?? vectorIndex.defaults.candidates;
  return {
    neighbours,
    candidates: check.valueWith("index.candidates", candidates, neighbours, vectorIndex.candidates),
  };
}

/** Memory and disk of each node: as given if they are enough for the vectors expected, else what these need. */
function checkedSize(
  check: Checks,
  engine: VectorEngine,
  replicas: number,
  dimensions: pulumi.Input<number>,
  index: IndexSettings | undefined,
  args: VectorStoreArgs,
): { memory: pulumi.Input<string>; diskSizeGiB: pulumi.Input<number> } {
  const memory = check.value("memory", args.memory, quantity);
  const disk = check.value("diskSizeGiB", args.diskSizeGiB, wholeNumber(1, largestDisk));
  const capacity = check.value("capacity", args.capacity, vectorCapacity(engine));
  if (capacity === undefined) return { memory: memory ?? "4Gi", diskSizeGiB: disk ?? 50 };
  const neighbours = index?.neighbours ?? vectorIndex.defaults.neighbours;
  const needs = (vectors: number, length: number, links: number): NodeSize | undefined =>
    Math.max(vectors, length, links) > 0 && length <= vectorEngines[engine].maximumDimensions
      ? nodeSize(engine, vectors, length, links, replicas)
      : undefined;
  const all = [capacity, dimensions, neighbours].map((value) => value as pulumi.Input<number>);
  const needed = all.every((value) => typeof value === "number")
    ? needs(...(all as [number, number, number]))
    : pulumi.all(all).apply((values) => needs(...(values as [number, number, number])));
  const enoughDisk = (given: number, size: NodeSize | undefined) =>
    size === undefined || given >= size.diskGiB
      ? undefined
      : `must be ${size.diskGiB} to ${largestDisk}: that is what \`capacity\` needs on each node`;
  return {
    memory:
      memory !== undefined
        ? check.valueWith("memory", memory, needed, enoughMemory)
        : from(needed, (size) => `${size?.memoryGiB ?? 4}Gi`),
    diskSizeGiB: check.valueWith(
      "diskSizeGiB",
      disk ?? from(needed, (size) => size?.diskGiB ?? 50),
      needed,
      (given, size) => wholeNumber(1, largestDisk)(given) ?? enoughDisk(given, size),
    ),
  };
}

/** A value made from another: at once if that is known, so that it can be judged at once. */
function from<U>(
  input: NodeSize | undefined | pulumi.Output<NodeSize | undefined>,
  make: (size: NodeSize | undefined) => U,
): pulumi.Input<U> {
  if (!pulumi.Output.isInstance(input)) return make(input as NodeSize | undefined);
  return pulumi.output(input as pulumi.Output<NodeSize | undefined>).apply((size) => make(size)) as pulumi.Output<U>;
}

interface NodeSize {
  memoryGiB: number;
  diskGiB: number;
}

/** What each node needs: Qdrant spreads two copies over its nodes, each node of PostgreSQL holds all. */
export function nodeSize(
  engine: VectorEngine,
  vectors: number,
  dimensions: number,
  neighbours: number,
  replicas: number,
): NodeSize {
  const { memory, disk } = vectorSize(engine, vectors, dimensions, neighbours);
  const share = engine === VectorEngine.Qdrant ? Math.min(replicas, 2) / replicas : 1;
  return { memoryGiB: gibibytes(memory * share), diskGiB: Math.max(10, gibibytes(disk * share)) };
}

function enoughMemory(given: string, size: NodeSize | undefined): string | undefined {
  const bytes = bytesOfQuantity(given);
  if (size === undefined || bytes === undefined || bytes >= size.memoryGiB * 2 ** 30) return undefined;
  return `must be ${size.memoryGiB}Gi or more: that is what \`capacity\` needs on each node; or leave it out`;
}

/** Qdrant speaks to S3 alone; what runs beside PostgreSQL, to every bucket, but reads no tokens. */
function checkedBackups(
  check: Checks,
  engine: VectorEngine,
  regulations: Regulation[],
  { backup, uses }: VectorStoreArgs,
): BackupSettings | undefined {
  const settings = checkedBackup(check, backup, regulations, engine === VectorEngine.Qdrant ? speaksS3 : anyPlatform);
  return engine === VectorEngine.Qdrant ? settings : withoutTokens(check, settings, uses);
}

const speaksS3: Rule<Platform> = (platform) =>
  platform === Platform.Gcp
    ? "must be that of a bucket that speaks S3: Qdrant writes to no other; engine pgvector does"
    : undefined;

const collectionName = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/,
  "1 to 255 letters, digits, hyphens and underscores",
);

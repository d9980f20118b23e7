import * as pulumi from "@pulumi/pulumi";
import { plan } from "aistack-engine";
import {
  asPostgresName,
  backupRetention,
  bytesOfQuantity,
  Checks,
  Distance,
  defaultBackupDays,
  gibibytes,
  missingBackupFault,
  pgvectorBytes,
  pgvectorOperator,
  pgvectorSql,
  plainTransportFault,
  postgresName,
  Regulation,
  VectorEngine,
  vectorCapacity,
  vectorDimensions,
  vectorDistance,
  vectorEngines,
  vectorEnvironment,
  vectorIndex,
  vectorSize,
} from ".";

const million = 1_000_000;

describe("sizes", () => {
  test.each([
    // Half as much again: the very example of Qdrant's documentation.
    [VectorEngine.Qdrant, 1024, 6_144_000_000, 12_288_000_000],
    // One vector to a page of 8 KiB: 8192 * 1.25, and twice (8192 + 4104 * 1.4 + 150).
    [VectorEngine.Pgvector, 1024, 10_240_000_000, 28_175_200_000],
    [VectorEngine.S3Vectors, 1024, 0, 4_096_000_000],
    [VectorEngine.OpenSearchServerless, 1024, 4_646_400_000, 4_646_400_000],
    [VectorEngine.VertexVectorSearch, 1024, 4_096_000_000, 4_096_000_000],
  ])("%s with a million vectors of %d numbers", (engine, dimensions, memory, disk) => {
    const size = vectorSize(engine, million, dimensions);
    expect(Math.round(size.memory)).toBe(memory);
    expect(Math.round(size.disk)).toBe(disk);
  });

  test.each([
    // Measured with 1,500 rows in PostgreSQL 16 and pgvector 0.8; see test/programs.
    [256, 1370.8],
    [384, 2053.5],
    [768, 4101.5],
    [1024, 8197.5],
    [1536, 8197.5],
    [2000, 16389.5],
    // In 16 bits.
    [3000, 8197.5],
    [4000, 16389.5],
  ])("an HNSW index of vectors of %d numbers takes %d bytes for each", (dimensions, measured) => {
    const { index } = pgvectorBytes(dimensions, 16);
    expect(Math.abs(index - measured) / measured).toBeLessThan(0.01);
  });

  test("more links make a larger index", () => {
    expect(pgvectorBytes(256, 64).index).toBeGreaterThan(pgvectorBytes(256, 16).index);
    expect(gibibytes(0)).toBe(1);
    expect(gibibytes(2 ** 30 + 1)).toBe(2);
  });

  test.each([
    ["4Gi", 4 * 2 ** 30],
    ["500m", 0.5],
    ["1.5G", 1.5e9],
    ["64", 64],
    ["4GB", undefined],
  ])("the quantity %s is %s bytes", (text, bytes) => {
    expect(bytesOfQuantity(text)).toBe(bytes);
  });
});

describe("what engines can do", () => {
  test.each([
    [VectorEngine.Qdrant, 65536],
    [VectorEngine.Pgvector, 4000],
    [VectorEngine.S3Vectors, 4096],
    [VectorEngine.OpenSearchServerless, 16000],
    [VectorEngine.VertexVectorSearch, 8192],
  ])("%s takes up to %d numbers, and not one more or none", (engine, maximum) => {
    const rule = vectorDimensions(engine);
    expect([rule(1), rule(maximum)]).toEqual([undefined, undefined]);
    for (const bad of [0, maximum + 1, 1.5]) expect(rule(bad)).toBe(`must be a whole number from 1 to ${maximum}`);
  });

  test("a distance that an engine lacks is refused by its name", () => {
    expect(vectorDistance(VectorEngine.S3Vectors)(Distance.Dot)).toBe(
      "must be one of cosine, euclidean: s3-vectors knows no other",
    );
    for (const engine of Object.values(VectorEngine))
      for (const distance of vectorEngines[engine].distances) expect(vectorDistance(engine)(distance)).toBeUndefined();
  });

  test("an index of S3 Vectors ends at two billion", () => {
    expect(vectorCapacity(VectorEngine.S3Vectors)(2e9)).toBeUndefined();
    expect(vectorCapacity(VectorEngine.S3Vectors)(2e9 + 1)).toBe("must be a whole number from 1 to 2000000000");
    expect(vectorCapacity(VectorEngine.Qdrant)(2e9 + 1)).toBeUndefined();
  });

  test("candidates are twice the neighbours at least", () => {
    expect(vectorIndex.candidates(31, 16)).toBe("must be 32 to 1000: twice the neighbours at least");
    expect(vectorIndex.candidates(32, 16)).toBeUndefined();
  });
});

describe("initialisation of PostgreSQL", () => {
  const table = { table: "docs", dimensions: 1024, neighbours: 16, candidates: 100, writer: "app" };

  test("makes extension, table and index, and grants the application its rows", () => {
    expect(pgvectorSql({ ...table, distance: Distance.Cosine })).toEqual([
      "CREATE EXTENSION IF NOT EXISTS vector",
      `CREATE TABLE IF NOT EXISTS "docs" (id text PRIMARY KEY, embedding vector(1024) NOT NULL, payload jsonb NOT NULL DEFAULT '{}')`,
      `CREATE INDEX IF NOT EXISTS "docs_embedding" ON "docs" USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 100)`,
      'GRANT SELECT, INSERT, UPDATE, DELETE ON "docs" TO "app"',
    ]);
  });

  test("keeps longer vectors in 16 bits, and lets a reader read", () => {
    const sql = pgvectorSql({ ...table, dimensions: 2001, distance: Distance.Dot, reader: "reader" }).join(";");
    expect(sql).toContain("embedding halfvec(2001)");
    expect(sql).toContain("halfvec_ip_ops");
    expect(sql).toContain('GRANT SELECT ON "docs" TO "reader"');
    expect([Distance.Cosine, Distance.Euclidean, Distance.Dot].map(pgvectorOperator)).toEqual(["<=>", "<->", "<#>"]);
  });

  test("takes names that PostgreSQL folds to nothing else", () => {
    expect(asPostgresName("my-vectors")).toBe("my_vectors");
    expect(asPostgresName("2-vectors")).toBe("_2_vectors");
    for (const bad of ['a"; DROP TABLE b; --', "Docs", "", "1a", "a".repeat(51)])
      expect(postgresName(bad)).toMatch(/^must be 1 to 50 lower-case letters/);
  });
});

test("the variables have the same names for every engine", () => {
  const store = { endpoint: "https://a", collection: "docs", distance: Distance.Cosine };
  for (const engine of Object.values(VectorEngine))
    expect(vectorEnvironment("my-vectors", { engine, ...store })).toEqual({
      MY_VECTORS_ENGINE: engine,
      MY_VECTORS_URL: "https://a",
      MY_VECTORS_COLLECTION: "docs",
      MY_VECTORS_DISTANCE: "cosine",
    });
});

describe("regulations", () => {
  test("ask for backups that last", () => {
    expect([defaultBackupDays([]), defaultBackupDays([Regulation.Hipaa])]).toEqual([14, 35]);
    expect(backupRetention([], 35)(1)).toBeUndefined();
    expect(backupRetention([Regulation.Gdpr], 35)(6)).toBe(
      "must be 7 to 35: gdpr asks that data can be restored (GDPR Art. 32(1)(c))",
    );
    expect(backupRetention([Regulation.Gdpr], 35)(7)).toBeUndefined();
    expect(backupRetention([Regulation.Gdpr], 35)(36)).toBe("must be a whole number from 1 to 35");
    expect(missingBackupFault([Regulation.Hipaa])).toMatch(/^hipaa asks that data can be restored/);
    expect(missingBackupFault([Regulation.Ccpa])).toBeUndefined();
  });

  test("ask for encrypted connections", () => {
    expect(plainTransportFault([Regulation.Hipaa])).toMatch(/^hipaa asks for encrypted connections/);
    expect(plainTransportFault([])).toBeUndefined();
  });
});

describe("a value judged with another", () => {
  const rule = (value: number, other: number) => (value < other ? `must be ${other} or more` : undefined);
  const judged = (value: pulumi.Input<number>, other: pulumi.Input<number>) =>
    plan(() => {
      const check = new Checks("aistack-core:index:Thing", "a");
      const out = check.valueWith("size", value, other, rule);
      check.done();
      return { out };
    });

  test.each([
    [1, 2],
    [1, pulumi.output(2)],
    [pulumi.output(1), 2],
    [pulumi.output(1), pulumi.output(2)],
  ])("is refused, known or not", async (value, other) => {
    await expect(judged(value, other)).rejects.toThrow(/size is 1, but must be 2 or more/);
  });

  test("passes", async () => {
    expect((await judged(pulumi.output(3), 2)).outputs.out).toBe(3);
  });
});

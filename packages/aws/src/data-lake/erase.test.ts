/** The procedure of erasure, run by bash with a stand-in for the AWS CLI that knows a small lake. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

jest.setTimeout(60_000);

const script = join(__dirname, "../../scripts/erase-subject.sh");

/** Answers as the CLI does with `--output text`, and notes down each call. */
const standIn = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const folder = __dirname;
const args = process.argv.slice(2);
const option = (name) => args[args.indexOf("--" + name) + 1];
const call = args[0] + " " + args[1];
appendFileSync(folder + "/calls", args.slice(0, 2).join(" ") + " " + (option("query-string") ?? "") + "\\n");
const failing = process.env.FAIL_AT;
if (failing && call === failing) { console.error("AccessDenied"); process.exit(254); }
const tags = { v1: "p-7", v2: "p-7", v3: "p-8", v4: "None" };
if (call === "s3api list-object-versions") {
  if (args.includes("--prefix")) console.log("t1\\ttables/visits/data/old.parquet");
  else if (option("bucket") === "raw") console.log("v1\\tobjects/a b.txt\\nv2\\tobjects/a b.txt\\nv3\\tobjects/c.txt\\nv4\\tobjects/d.txt");
  else console.log("None");
} else if (call === "s3api get-object-tagging") console.log(tags[option("version-id")]);
else if (call === "s3api delete-object") appendFileSync(folder + "/deleted", [option("bucket"), option("version-id"), option("key")].join("|") + "\\n");
else if (call === "glue get-table") console.log("s3://curated/tables/visits");
else if (call === "athena start-query-execution") {
  writeFileSync(folder + "/last", option("query-string"));
  console.log("q-1");
} else if (call === "athena get-query-execution") {
  const isVacuum = readFileSync(folder + "/last", "utf8").startsWith("VACUUM");
  const again = isVacuum && !existsSync(folder + "/vacuumed");
  if (option("query").endsWith("State")) console.log(again ? "FAILED" : "SUCCEEDED");
  else { console.log("ICEBERG_VACUUM_MORE_RUNS_NEEDED: more files"); writeFileSync(folder + "/vacuumed", ""); }
} else if (call === "athena get-query-results") console.log(process.env.ROWS_LEFT ?? "0");
else if (call === "s3 cp") appendFileSync(folder + "/records", args[3] + " " + readFileSync(0, "utf8"));
else { console.error("unknown call " + call); process.exit(2); }
`;

interface Outcome {
  status: number | null;
  output: string;
  errors: string;
  /** Lines of what the stand-in noted down. */
  noted: (file: string) => string[];
}

function erase(variables: { [name: string]: string } = {}): Outcome {
  const folder = mkdtempSync(join(tmpdir(), "erase-"));
  writeFileSync(join(folder, "aws"), standIn);
  chmodSync(join(folder, "aws"), 0o755);
  const { status, stdout, stderr } = spawnSync("bash", [script], {
    encoding: "utf8",
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      SUBJECT: "p-7",
      CASE_ID: "case-1",
      BUCKETS: "raw curated",
      TABLES: "lake_curated.visits",
      WORKGROUP: "all",
      REQUEST_LOG: "s3://requests",
      SETTLE_SECONDS: "0",
      POLL_SECONDS: "0",
      ...variables,
    },
  });
  const noted = (file: string) => {
    const path = join(folder, file);
    return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  };
  return { status, output: stdout, errors: stderr, noted };
}

test("deletes every version that has the tag, and the versions of files that tables no longer have", () => {
  const outcome = erase();
  expect(outcome.errors).toBe("");
  expect(outcome.status).toBe(0);
  expect(outcome.noted("deleted")).toEqual([
    "raw|v1|objects/a b.txt",
    "raw|v2|objects/a b.txt",
    "curated|t1|tables/visits/data/old.parquet",
  ]);
});

test("rows are deleted, their files written anew, older states dropped as often as Athena asks, then counted", () => {
  const statements = erase()
    .noted("calls")
    .filter((line) => line.startsWith("athena start-query-execution"));
  expect(statements.map((line) => line.split(" ").slice(2, 5).join(" "))).toEqual([
    "ALTER TABLE lake_curated.visits",
    "DELETE FROM lake_curated.visits",
    "OPTIMIZE lake_curated.visits REWRITE",
    "VACUUM lake_curated.visits",
    "VACUUM lake_curated.visits",
    "SELECT count(*) FROM",
  ]);
  expect(statements[1]).toContain("WHERE subject = 'p-7'");
});

test("records the request first, and the answer once all is gone", () => {
  const records = erase().noted("records");
  const [received, erased] = records.map((line) => JSON.parse(line.slice(line.indexOf(" "))));
  expect(records.map((line) => line.split(" ")[0])).toEqual([
    expect.stringMatching(/^s3:\/\/requests\/events\/year=\d{4}\/month=\d{2}\/day=\d{2}\/case-1-received\.json$/),
    expect.stringMatching(/\/case-1-erased\.json$/),
  ]);
  expect(received).toMatchObject({
    class: "subject.request",
    subject: "p-7",
    outcome: "received",
    case_id: "case-1",
    attributes: { kind: "erasure" },
  });
  expect(erased).toMatchObject({
    outcome: "erased",
    attributes: { kind: "erasure", versions: "3", tables: "lake_curated.visits" },
  });
});

test("a lake without tables needs no workgroup", () => {
  const outcome = erase({ TABLES: "", WORKGROUP: "" });
  expect(outcome.status).toBe(0);
  expect(outcome.noted("deleted")).toHaveLength(2);
});

test("shows what would go, and touches nothing", () => {
  const outcome = erase({ DRY_RUN: "true" });
  expect(outcome.status).toBe(0);
  expect(outcome.output.trim().split("\n")).toEqual([
    "s3://raw/objects/a b.txt (v1)",
    "s3://raw/objects/a b.txt (v2)",
    "rows of lake_curated.visits",
  ]);
  expect([outcome.noted("deleted"), outcome.noted("records")]).toEqual([[], []]);
});

const failures: [string, { [name: string]: string }, RegExp][] = [
  ["versions cannot be listed", { FAIL_AT: "s3api list-object-versions" }, /AccessDenied/],
  ["tags cannot be read", { FAIL_AT: "s3api get-object-tagging" }, /AccessDenied/],
  ["a version cannot be deleted", { FAIL_AT: "s3api delete-object" }, /AccessDenied/],
  ["a statement cannot be started", { FAIL_AT: "athena start-query-execution" }, /AccessDenied/],
  ["rows are left", { ROWS_LEFT: "2" }, /lake_curated\.visits still has 2 rows/],
];
test.each(failures)("answers nothing when %s", (_, variables, message) => {
  const outcome = erase(variables);
  expect(outcome.status).not.toBe(0);
  expect(outcome.errors).toMatch(message);
  expect(outcome.noted("records").map((line) => line.split(" ")[0]?.split("/").at(-1))).toEqual([
    "case-1-received.json",
  ]);
});

const refused: [string, { [name: string]: string }][] = [
  ["a subject that would end the statement", { SUBJECT: "p' OR '1'='1" }],
  ["a table that is more than a name", { TABLES: "a.b;DROP" }],
  ["a case that leads out of its folder", { CASE_ID: "../x" }],
  ["a log that is no bucket", { REQUEST_LOG: "/tmp/log" }],
  ["tables without a workgroup", { WORKGROUP: "" }],
  ["no subject", { SUBJECT: "" }],
];
test.each(refused)("refuses %s, before it calls anything", (_, variables) => {
  const outcome = erase(variables);
  expect(outcome.status).not.toBe(0);
  expect(outcome.noted("calls")).toEqual([]);
});

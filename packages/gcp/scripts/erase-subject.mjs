#!/usr/bin/env node
/**
 * Erases what a data lake on Google Cloud has about one person, and writes the request and its answer to the request log.
 *
 *   SUBJECT       pseudonym of the person: the value of the object metadata and of the table column `subject`
 *   CASE_ID       what ties the request and its answer together
 *   BUCKETS       names of the zones' buckets, separated by spaces
 *   TABLES        tables as dataset.table, separated by spaces; may be empty
 *   PROJECT       project that runs the statements; needed where there are tables
 *   REQUEST_LOG   URL of the bucket that takes the request and its answer, such as gs://bucket
 *   ACCESS_TOKEN  what `gcloud auth print-access-token` says. When omitted, that of the workload that this runs in
 *   DRY_RUN       "true" shows what would be deleted, and deletes and records nothing
 *
 * Needs Node 20 or later and nothing else, and a principal that was granted `access.erase`. It can be run again after a failure.
 * https://cloud.google.com/storage/docs/json_api/v1/objects, https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const { env } = process;
const storage = env.STORAGE_ENDPOINT ?? "https://storage.googleapis.com";
const bigquery = env.BIGQUERY_ENDPOINT ?? "https://bigquery.googleapis.com";
const metadata = env.METADATA_ENDPOINT ?? "http://metadata.google.internal";
const queries = join(dirname(fileURLToPath(import.meta.url)), "../queries/data-lake");

const words = (text = "") => text.split(/\s+/).filter(Boolean);

const [subject, caseId, log] = [env.SUBJECT ?? "", env.CASE_ID ?? "", env.REQUEST_LOG ?? ""];
const [buckets, tables] = [words(env.BUCKETS), words(env.TABLES)];
const dryRun = env.DRY_RUN === "true";

function refuse(reason) {
  console.error(reason);
  process.exit(2);
}

if (!/^[A-Za-z0-9_.:@=+-]{1,256}$/.test(subject)) refuse("SUBJECT is no pseudonym: letters, digits and _.:@=+- only");
if (!/^[A-Za-z0-9_.-]{1,128}$/.test(caseId)) refuse("CASE_ID may have letters, digits and _.- only");
if (!/^gs:\/\/[a-z0-9._-]+$/.test(log)) refuse("REQUEST_LOG is no URL such as gs://bucket");
if (buckets.length === 0) refuse("BUCKETS is missing");
for (const table of tables) if (!/^\w+\.\w+$/.test(table)) refuse(`TABLES has ${table}, which is not dataset.table`);
if (tables.length > 0 && !env.PROJECT) refuse("PROJECT is missing");

async function token() {
  if (env.ACCESS_TOKEN) return env.ACCESS_TOKEN;
  const url = `${metadata}/computeMetadata/v1/instance/service-accounts/default/token`;
  const response = await fetch(url, { headers: { "Metadata-Flavor": "Google" } });
  if (!response.ok) throw new Error(`no ACCESS_TOKEN, and the metadata server answers ${response.status}`);
  return (await response.json()).access_token;
}

async function call(method, url, body) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url} answers ${response.status}: ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** One event of class subject.request, where the table `events` finds it. */
async function record(outcome, attributes = {}) {
  if (dryRun) return;
  const time = new Date();
  const [year, month, day] = time.toISOString().slice(0, 10).split("-");
  const event = {
    time: time.toISOString(),
    class: "subject.request",
    subject,
    actor: "erase-subject.mjs",
    outcome,
    case_id: caseId,
    attributes: { kind: "erasure", ...attributes },
  };
  const name = `events/year=${year}/month=${month}/day=${day}/${caseId}-${outcome}.json`;
  const upload = `${storage}/upload/storage/v1/b/${log.slice(5)}/o?uploadType=media&name=${encodeURIComponent(name)}`;
  await call("POST", upload, event);
}

/** Deletes every version of every object whose metadata names the person; returns how many there were. */
async function eraseObjects(bucket) {
  const objects = `${storage}/storage/v1/b/${bucket}/o`;
  const found = [];
  let page = "";
  do {
    const fields = "items(name,generation,metadata),nextPageToken";
    const list = await call("GET", `${objects}?versions=true&fields=${encodeURIComponent(fields)}${page}`);
    found.push(...(list.items ?? []).filter((item) => item.metadata?.subject === subject));
    page = list.nextPageToken ? `&pageToken=${encodeURIComponent(list.nextPageToken)}` : "";
  } while (page);
  for (const { name, generation } of found) {
    console.log(`gs://${bucket}/${name}#${generation}`);
    if (!dryRun) await call("DELETE", `${objects}/${encodeURIComponent(name)}?generation=${generation}`);
  }
  return found.length;
}

/** Runs a statement to its end; returns the first value of its answer. */
async function ask(file, table) {
  const text = readFileSync(join(queries, file), "utf8").replace(/^--.*\n/gm, "");
  const jobs = `${bigquery}/bigquery/v2/projects/${env.PROJECT}/queries`;
  let answer = await call("POST", jobs, {
    query: text.replaceAll("{{table}}", table),
    useLegacySql: false,
    parameterMode: "NAMED",
    queryParameters: [{ name: "subject", parameterType: { type: "STRING" }, parameterValue: { value: subject } }],
  });
  while (!answer.jobComplete) {
    const { jobId, location } = answer.jobReference;
    answer = await call("GET", `${jobs}/${jobId}?location=${location}`);
  }
  return answer.rows?.[0]?.f[0]?.v;
}

async function eraseRows(table) {
  if (dryRun) return console.log(`${await ask("count-rows.sql", table)} rows of ${table}`);
  await ask("delete-rows.sql", table);
  const left = await ask("count-rows.sql", table);
  if (left !== "0") throw new Error(`${table} still has ${left} rows: somebody has added them since; run this again`);
}

try {
  await record("received");
  let versions = 0;
  for (const bucket of buckets) versions += await eraseObjects(bucket);
  for (const table of tables) await eraseRows(table);
  await record("erased", { versions: String(versions), tables: tables.join(" ") });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

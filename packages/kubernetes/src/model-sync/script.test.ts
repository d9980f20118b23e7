import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syncModels } from "./script";

/**
 * Stands in for the AWS CLI: a folder is the bucket. Like the real one it replaces what it writes, leaves equal files alone,
 * deletes what is gone, and prints what it did. FAIL_AFTER ends it after so many files, as a broken link would.
 */
const fakeAws = `#!/bin/bash
set -eu
printf '%s\\n' "$*" >>"$CALLS"
for file in "\${AWS_CONFIG_FILE:-}" "\${AWS_CA_BUNDLE:-}"; do [ -z "$file" ] || cat "$file" >>"$CALLS"; done
[ "$1 $2" = "s3 sync" ] || exit 64
target="$4"
[ -d "$BUCKET" ] || exit 1
done=0
while IFS= read -r file; do
  [ -n "$file" ] || continue
  if cmp -s "$BUCKET/$file" "$target/$file"; then continue; fi
  if [ "$done" = "\${FAIL_AFTER:-none}" ]; then echo "connection reset" >&2; exit 1; fi
  mkdir -p "$(dirname "$target/$file")"
  cp -p "$BUCKET/$file" "$target/$file.part"
  mv "$target/$file.part" "$target/$file"
  echo "download: $3/$file to $target/$file"
  done=$((done + 1))
done <<<"$(cd "$BUCKET" && find . -type f | sort)"
while IFS= read -r file; do
  if [ -n "$file" ] && [ ! -e "$BUCKET/$file" ]; then rm "$target/$file"; echo "delete: $target/$file"; fi
done <<<"$(cd "$target" && find . -type f | sort)"
`;

let folder: string;
let models: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "models-"));
  models = join(folder, "models");
  for (const name of ["bin", "bucket", "models", "tmp"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "bin", "aws"), fakeAws);
  chmodSync(join(folder, "bin", "aws"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(env: { [name: string]: string } = {}): Promise<{ code: number | null; text: string }> {
  const child = spawn("/bin/bash", ["-c", syncModels], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      MODELS: models,
      SOURCE: "s3://bucket/published",
      TMPDIR: join(folder, "tmp"),
      BUCKET: join(folder, "bucket"),
      CALLS: join(folder, "calls"),
      PAUSE: "0.1",
      ...env,
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text += chunk;
    });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text })));
}

function publish(files: { [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, "bucket", path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
  }
}

const served = (path: string) => readFileSync(join(models, "current", path), "utf8");
const releases = () => readdirSync(join(models, "releases")).sort();
const calls = () => readFileSync(join(folder, "calls"), "utf8");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Names of releases are seconds: waits for the next one. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1010 - (Date.now() % 1000)));

test("the first run brings the models and makes them current", async () => {
  publish({ "qwen/config.json": "{}", "qwen/weights": "1234" });
  const { code, text } = await run({ SOURCE_REGION: "eu-west-1" });
  expect(text).toMatch(/releases\/\d{8}T\d{6}Z is current/);
  expect(code).toBe(0);
  expect(served("qwen/weights")).toBe("1234");
  expect(readlinkSync(join(models, "current"))).toBe(`releases/${releases()[0]}`);
  expect(calls()).toBe(
    `s3 sync s3://bucket/published ${models}/.staging --delete --exact-timestamps --no-progress --region eu-west-1\n`,
  );
  expect(readdirSync(models).sort()).toEqual(["current", "releases"]);
});

test("the authority of a store's own certificate is what the client trusts", async () => {
  publish({ "qwen/weights": "1" });
  expect((await run({ SOURCE_CA_CERTIFICATE: "the authority" })).code).toBe(0);
  expect(calls()).toMatch(/\nthe authority\n$/);
});

test("nothing new changes nothing", async () => {
  publish({ "qwen/weights": "1234" });
  await run();
  const [before] = releases();
  const { code, text } = await run();
  expect([code, text]).toEqual([0, "the models are up to date\n"]);
  expect(releases()).toEqual([before]);
});

test("a new model replaces the old at once; the old stays for who has it open, the one before goes, equal files are shared", async () => {
  publish({ "qwen/tokenizer": "same", "qwen/weights": "1" });
  await run();
  const [first] = releases();
  await nextSecond();
  publish({ "qwen/weights": "2" });
  rmSync(join(folder, "bucket", "qwen/tokenizer"));
  publish({ "qwen/vocabulary": "same" });
  expect((await run()).code).toBe(0);
  expect(served("qwen/weights")).toBe("2");
  expect(existsSync(join(models, "current/qwen/tokenizer"))).toBe(false);
  expect(readFileSync(join(models, "releases", first as string, "qwen/weights"), "utf8")).toBe("1");
  expect(releases()).toHaveLength(2);
  await nextSecond();
  publish({ "qwen/weights": "3" });
  expect((await run()).code).toBe(0);
  expect(releases()).toHaveLength(2);
  expect(releases()).not.toContain(first);
  const [older, newer] = releases().map((name) => statSync(join(models, "releases", name, "qwen/vocabulary")).ino);
  expect(older).toBe(newer);
});

test("a link that breaks leaves the last good models, and the next run goes on where it ended", async () => {
  publish({ "a/weights": "1" });
  await run();
  await nextSecond();
  publish({ "a/weights": "2", "b/one": "1", "b/two": "2" });
  const broken = await run({ FAIL_AFTER: "2" });
  expect(broken.code).toBe(1);
  expect(broken.text).toContain("connection reset");
  expect(broken.text).toContain("s3://bucket/published was not read to its end; the last good models stay");
  expect(served("a/weights")).toBe("1");
  expect(existsSync(join(models, "current/b"))).toBe(false);
  const again = await run();
  expect(again.code).toBe(0);
  expect(again.text).toContain("download: s3://bucket/published/./b/two");
  expect(again.text).not.toContain("b/one");
  expect(served("a/weights")).toBe("2");
  expect(served("b/two")).toBe("2");
});

test("what arrived whole before a run was killed is made current by the next", async () => {
  publish({ "a/weights": "1" });
  mkdirSync(join(models, ".staging/a"), { recursive: true });
  writeFileSync(join(models, ".staging/a/weights"), "1");
  expect((await run()).code).toBe(0);
  expect(served("a/weights")).toBe("1");
});

test("an empty bucket never empties the cluster", async () => {
  publish({ "a/weights": "1" });
  await run();
  rmSync(join(folder, "bucket", "a"), { recursive: true });
  const { code, text } = await run();
  expect(code).toBe(1);
  expect(text).toContain("there is nothing at s3://bucket/published; the last good models stay");
  expect(served("a/weights")).toBe("1");
  publish({ "a/weights": "1" });
  expect((await run()).code).toBe(0);
});

test("a bucket that is not there fails and leaves nothing to be served", async () => {
  expect((await run({ BUCKET: join(folder, "none") })).code).toBe(1);
  expect(existsSync(join(models, "current"))).toBe(false);
});

test("files that do not have the checksums of their publisher are not served, and fetched anew", async () => {
  const sums = `${sha256("good")}  weights\n${sha256("{}")}  config.json\n`;
  publish({ "a/weights": "good", "a/config.json": "{}", "a/SHA256SUMS": sums });
  expect((await run()).code).toBe(0);
  await nextSecond();
  publish({ "a/weights": "evil" });
  const refused = await run();
  expect(refused.code).toBe(1);
  expect(refused.text).toContain("weights: FAILED");
  expect(refused.text).toContain("do not have the checksums in a/SHA256SUMS; the last good models stay");
  expect(served("a/weights")).toBe("good");
  expect(existsSync(join(models, ".staging/a/weights"))).toBe(false);
  expect(existsSync(join(models, ".staging/a/config.json"))).toBe(true);
  publish({ "a/weights": "good" });
  expect((await run()).code).toBe(0);
});

test("a model that is still being published is waited for", async () => {
  publish({ SHA256SUMS: `${sha256("1")}  a/weights\n${sha256("2")}  a/more\n`, "a/weights": "1" });
  expect((await run()).code).toBe(1);
  expect(existsSync(join(models, "current"))).toBe(false);
  publish({ "a/more": "2" });
  expect((await run()).code).toBe(0);
  expect(served("a/more")).toBe("2");
});

test("runs go one after another", async () => {
  publish({ "a/weights": "1" });
  const both = await Promise.all([run(), run()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.map(({ text }) => text).join("")).toContain("the models are up to date");
  expect(existsSync(join(models, ".lock"))).toBe(false);
});

test("the lock of a run that was killed is taken over, one that is alive is not", async () => {
  publish({ "a/weights": "1" });
  const lock = join(models, ".lock");
  mkdirSync(lock);
  writeFileSync(join(lock, "beat"), "");
  const waiting = run();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(existsSync(join(models, "current"))).toBe(false);
  const long = new Date(Date.now() - 600_000);
  utimesSync(join(lock, "beat"), long, long);
  const { code, text } = await waiting;
  expect(code).toBe(0);
  expect(text).toContain("another run is at work");
  expect(text).toContain("the run before was killed");
  expect(served("a/weights")).toBe("1");
});

test("takes no more of the link than it may", async () => {
  publish({ "a/weights": "1" });
  expect((await run({ MAX_MIB_PER_SECOND: "5" })).code).toBe(0);
  expect(calls()).toContain("max_bandwidth = 5MB/s");
});

/** Programs that are not ours judge every Kubernetes object of every stack and example. Needs `requirements.txt` and the tools of `go/` installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs, root } from "../programs";
import accepted from "./accepted.json";

interface Finding {
  check_id: string;
  check_name: string;
  resource: string;
}

interface Summary {
  passed: number;
  parsing_errors: number;
}

/** What kube-score has to say about an object. A grade of 10 is all well, 1 is critical. */
interface Score {
  object_name: string;
  checks:
    | {
        check: { id: string };
        grade: number;
        skipped: boolean;
        comments: { path: string; summary: string }[] | null;
      }[]
    | null;
}

function workloads(files: readonly string[]): string[] {
  return files.filter((file) => /-(deployment|statefulset|job)-/.test(file));
}

interface Accepted {
  check: string;
  /** Kind and name of the objects that it is accepted of. When omitted, of all. */
  objects?: string[];
}

/** Whether a finding is accepted; judges write an object as its kind, its group or namespace, and its name. */
function isAccepted(check: string, found: string): boolean {
  return (accepted as Accepted[]).some((known) => {
    const parts = found.split(/[./]/);
    return known.check === check && (known.objects?.includes(`${parts[0]} ${parts.at(-1)}`) ?? true);
  });
}

const unused = new Set(accepted.map((row) => row.check));
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe.each(programs())("$path, stack $stack", ({ path, stack }) => {
  let folder: string;
  let files: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "manifests-"));
    folders.push(folder);
    const aistack = join(root, "packages/cli/bin/aistack.js");
    const args = [aistack, "plan", path, "--stack", stack, "--manifests", folder];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    // Which controls hold is judged elsewhere: 3 says that one does not.
    if (status !== 0 && status !== 3) throw new Error(stderr);
    files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
    console.log(`${path} ${stack}: ${files.length} Kubernetes objects`);
  }, 60_000);

  test("kubernetes-validate takes every object, strictly", () => {
    if (files.length === 0) return;
    const judged = spawnSync("kubernetes-validate", ["--strict", ...files], { cwd: folder, encoding: "utf8" });
    if (judged.error) throw judged.error;
    const lines = `${judged.stdout}${judged.stderr}`.split("\n").filter((line) => line !== "");
    const withoutSchema = lines.flatMap((line) => {
      const group = /^WARN .* Couldn't find schema for kind \S+ with api version ([^/\s]+)\//.exec(line)?.[1] ?? "";
      return accepted.some((known) => known.check === group) ? [{ line, group }] : [];
    });
    for (const { group } of withoutSchema) unused.delete(group);
    const passed = lines.filter((line) => /^INFO .* passed /.test(line));
    const excused = [...passed, ...withoutSchema.map(({ line }) => line)];
    expect(lines.filter((line) => !excused.includes(line))).toEqual([]);
    expect(passed).toHaveLength(files.length - withoutSchema.length);
    expect(judged.status).toBe(0);
  });

  test("checkov finds nothing that is not accepted with a reason", () => {
    if (files.length === 0) return;
    const args = ["--directory", folder, "--framework", "kubernetes", "--compact", "--quiet", "--output", "json"];
    const judged = spawnSync("checkov", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    if (judged.error) throw judged.error;
    // Where there is nothing that a check is for, the answer is the summary alone.
    const answer = JSON.parse(judged.stdout) as Partial<Summary> & {
      results?: { failed_checks: Finding[] };
      summary?: Summary;
    };
    const { passed, parsing_errors } = answer.summary ?? answer;
    const failed = answer.results?.failed_checks ?? [];
    expect(passed).toBeGreaterThanOrEqual(20 * workloads(files).length);
    expect(parsing_errors).toBe(0);
    const open = failed.filter((row) => !isAccepted(row.check_id, row.resource));
    expect(open.map((row) => `${row.check_id} ${row.check_name}: ${row.resource}`)).toEqual([]);
    for (const row of failed) unused.delete(row.check_id);
  }, 60_000);

  test("kube-score finds nothing that is not accepted with a reason", () => {
    if (files.length === 0) return;
    const judged = spawnSync("kube-score", ["score", "--output-format", "json", ...files], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    if (judged.error) throw judged.error;
    // Where nothing can be scored, the answer is null.
    const scores: Score[] = JSON.parse(judged.stdout) ?? [];
    expect(scores.length).toBeGreaterThanOrEqual(workloads(files).length);
    const found = scores.flatMap(({ object_name, checks }) =>
      (checks ?? [])
        .filter(({ skipped, grade }) => !skipped && grade < 10)
        .flatMap(({ check, comments }) =>
          (comments ?? []).map(({ summary }) => ({ finding: `${check.id}: ${summary}`, object_name })),
        ),
    );
    const open = found.filter(({ finding, object_name }) => !isAccepted(finding, object_name));
    expect(open.map(({ finding, object_name }) => `${finding}: ${object_name}`)).toEqual([]);
    for (const { finding } of found) unused.delete(finding);
  });
});

test("every accepted finding still occurs", () => expect([...unused]).toEqual([]));

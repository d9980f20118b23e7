/** Programs that are not ours judge every Kubernetes object of every stack and example. Needs `requirements.txt` installed. */
import { execFileSync, spawnSync } from "node:child_process";
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
    execFileSync(process.execPath, [aistack, "plan", path, "--stack", stack, "--manifests", folder], { cwd: root });
    files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
    console.log(`${path} ${stack}: ${files.length} Kubernetes objects`);
  }, 60_000);

  test("kubernetes-validate takes every object, strictly", () => {
    if (files.length === 0) return;
    const judged = spawnSync("kubernetes-validate", ["--strict", ...files], { cwd: folder, encoding: "utf8" });
    if (judged.error) throw judged.error;
    const output = `${judged.stdout}${judged.stderr}`;
    expect(output.split("\n").filter((line) => line !== "" && !/^INFO .* passed /.test(line))).toEqual([]);
    expect(output.match(/ passed /g)).toHaveLength(files.length);
    expect(judged.status).toBe(0);
  });

  test("checkov finds nothing that is not accepted with a reason", () => {
    if (files.length === 0) return;
    const args = ["--directory", folder, "--framework", "kubernetes", "--compact", "--quiet", "--output", "json"];
    const judged = spawnSync("checkov", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    if (judged.error) throw judged.error;
    const { results, summary } = JSON.parse(judged.stdout) as {
      results: { failed_checks: Finding[] };
      summary: { passed: number; parsing_errors: number };
    };
    expect(summary.passed).toBeGreaterThan(files.length);
    expect(summary.parsing_errors).toBe(0);
    const open = results.failed_checks.filter((row) => !accepted.some((known) => known.check === row.check_id));
    expect(open.map((row) => `${row.check_id} ${row.check_name}: ${row.resource}`)).toEqual([]);
    for (const row of results.failed_checks) unused.delete(row.check_id);
  }, 60_000);
});

test("every accepted finding still occurs", () => expect([...unused]).toEqual([]));

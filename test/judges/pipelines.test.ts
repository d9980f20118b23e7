/**
 * Programs that are not ours judge the pipelines that `aistack pipeline` writes, from the identities that our examples make:
 * actionlint with shellcheck, and the schemas that GitHub's and GitLab's editors use. Needs `requirements.txt` and `go/`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planDirectory } from "aistack-engine";
import { root } from "../programs";

const clouds = ["aws", "gcp"] as const;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pipelines-"));
  for (const cloud of clouds) {
    const { outputs } = await planDirectory(join(root, `examples/deployment-identity-${cloud}`), { mode: "simulate" });
    const { provider: _, ...identity } = outputs.identity as { provider: string };
    writeFileSync(join(folder, `${cloud}.json`), JSON.stringify(identity));
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the pipeline of a stack into a repository of its own; returns the file. */
function written(service: string, cloud: string): string {
  const file = join(folder, service, cloud, service === "github" ? ".github/workflows/stack.yml" : ".gitlab-ci.yml");
  const given = ["--identity", join(folder, `${cloud}.json`), "--package-manager", "pnpm@12.20.0"];
  const options = ["--compliance", "soc-2", "--setup", "npm run build", "--no-approval", "--output", file];
  const args = [join(root, "packages/cli/bin/aistack.js"), "pipeline", service, `stacks/cloud-${cloud}`];
  const { status, stderr } = spawnSync(process.execPath, [...args, ...given, ...options], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return file;
}

function judge(command: string, ...args: string[]): { status: number | null; output: string } {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error) throw error;
  return { status, output: `${stdout}${stderr}` };
}

describe.each(clouds)("for %s", (cloud) => {
  test("actionlint takes the workflow, and shellcheck its commands", () => {
    const file = written("github", cloud);
    expect(judge("actionlint", "-no-color", "-shellcheck", "shellcheck", file)).toEqual({ status: 0, output: "" });
  });

  test("the schema of workflows takes it", () => {
    const { status, output } = judge(
      "check-jsonschema",
      "--builtin-schema",
      "vendor.github-workflows",
      written("github", cloud),
    );
    expect({ status, output }).toEqual({ status: 0, output: "ok -- validation done\n" });
  });

  test("GitLab's own schema takes the configuration", () => {
    const { status, output } = judge(
      "check-jsonschema",
      "--builtin-schema",
      "vendor.gitlab-ci",
      written("gitlab", cloud),
    );
    expect({ status, output }).toEqual({ status: 0, output: "ok -- validation done\n" });
  });

  test("shellcheck takes the commands of GitLab's jobs", () => {
    const {
      default: shared,
      variables: _,
      workflow,
      stages,
      ...jobs
    } = require("yaml").parse(require("node:fs").readFileSync(written("gitlab", cloud), "utf8"));
    expect(stages).toEqual(["plan", "deploy"]);
    expect(workflow.rules).toHaveLength(2);
    for (const [name, job] of Object.entries(jobs) as [string, { script: string[] }][]) {
      // As GitLab's runner puts them together.
      const script = join(folder, `${cloud}-${name}.sh`);
      writeFileSync(
        script,
        ["#!/usr/bin/env bash", "set -eo pipefail", ...shared.before_script, ...job.script].join("\n"),
      );
      expect(judge("shellcheck", "--severity", "info", script)).toEqual({ status: 0, output: "" });
    }
  });
});

test("the judges find what is wrong", () => {
  const workflow = join(folder, "wrong/.github/workflows/stack.yml");
  const configuration = join(folder, "wrong/.gitlab-ci.yml");
  mkdirSync(join(workflow, ".."), { recursive: true });
  writeFileSync(
    workflow,
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    if: github.nothing == 'x'\n    steps:\n      - run: cd $X && echo $Y\n",
  );
  writeFileSync(configuration, "a:\n  script: [true]\n  id_tokens: { A: {} }\n");
  const { status, output } = judge("actionlint", "-no-color", "-shellcheck", "shellcheck", workflow);
  expect(status).toBe(1);
  expect(output).toMatch(/property "nothing" is not defined/);
  expect(output).toMatch(/shellcheck reported issue/);
  expect(judge("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", configuration).status).toBe(1);
});

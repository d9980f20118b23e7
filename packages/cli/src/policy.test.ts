import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { controlsOf, Regulation } from "aistack-core";
import { aistack, scratchDirectory } from "./command-line.test.fixture";

// A child process takes one to two seconds, and several times that on a machine that is busy.
jest.setTimeout(60_000);

let scratch: string;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => rm(scratch, { recursive: true }));

const plan = (...options: string[]) => aistack(["plan", "unruly", "--no-type-check", ...options]);

async function settings(name: string, content: unknown): Promise<string> {
  const file = join(scratch, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

test("rules, controls and contradictions are shown, with what is wrong and where; the exit code is 3", async () => {
  const { code, stdout, stderr } = await plan();
  const shown = stdout.slice(stdout.indexOf("rules  "), stdout.indexOf("\nPlanned in"));
  expect({ code, stderr, shown }).toEqual({
    code: 3,
    stderr: "",
    shown: `rules  2 fail, 9 not applicable
✗ hardened-workloads
    k8s Pod probe: breaks the standard \`restricted\`: hostNetwork is true (spec: not restricted)
✗ images-pinned
    k8s Pod probe: is of no fixed version; name a tag other than latest, or better a digest (spec.containers[0].image: registry.k8s.io/pause:latest)

controls  gdpr · an engineering reading, not legal advice
✗ gdpr-storage-limitation         GDPR Art. 5(1)(e)    fails           unruly-dev
    pulumi Stack unruly-dev: the plan has no store of audit records; add an AuditLogBucket
✗ gdpr-integrity-confidentiality  GDPR Art. 5(1)(f)    fails           unruly-dev
    pulumi Stack unruly-dev: the plan has no store of audit records; add an AuditLogBucket
– gdpr-accountability             GDPR Art. 5(2)       not applicable
– gdpr-erasure                    GDPR Art. 17         not applicable
– gdpr-by-default                 GDPR Art. 25(2)      not applicable
– gdpr-records-of-processing      GDPR Art. 30         not applicable
– gdpr-security-of-processing     GDPR Art. 32(1)(a)   not applicable
– gdpr-security-of-transmission   GDPR Art. 32(1)(a)   not applicable
– gdpr-availability               GDPR Art. 32(1)(c)   not applicable
– gdpr-transfers                  GDPR Art. 44 and 45  not applicable
`,
  });
});

test("--compliance adds regulations, and --evidence writes a row for each control, and a report", async () => {
  const file = join(scratch, "deep/out.json");
  const { code, stdout } = await plan("--compliance", "hipaa,ccpa", "--compliance", "eu-ai-act", "--evidence", file);
  expect(code).toBe(3);
  expect(stdout).toContain(`\nevidence written to ${file}, as a report to ${scratch}/deep/out.md\n`);
  expect(stdout).toContain(
    "✓ retention-against-erasure  ccpa-audit-evidence, hipaa-retention, eu-ai-act-log-retention, gdpr-erasure\n",
  );
  expect(stdout).toContain("      Records hold pseudonyms, whose key is destroyed on request.\n".trimStart());
  const evidence = JSON.parse(await readFile(file, "utf8"));
  expect(evidence).toMatchObject({
    schema: "aistack/evidence/v1",
    notice: expect.stringMatching(/not legal advice/),
    project: "unruly",
    stack: "dev",
    mode: "simulate",
    regulations: ["gdpr", "ccpa", "hipaa", "eu-ai-act"],
  });
  const four = [Regulation.Gdpr, Regulation.Ccpa, Regulation.Hipaa, Regulation.EuAiAct];
  expect(evidence.controls.map(({ id }: { id: string }) => id)).toEqual(controlsOf(four).map(({ id }) => id));
  expect(evidence.controls.find(({ id }: { id: string }) => id === "hipaa-retention")).toEqual({
    id: "hipaa-retention",
    regulation: "hipaa",
    article: "45 CFR 164.316(b)(2)(i)",
    requires: "Required documentation is kept six years; by common practice audit logs are too.",
    note: "the text is about documentation; six years for audit logs is common practice",
    level: "mandatory",
    status: "fails",
    evidence: [
      {
        urn: "urn:pulumi:dev::unruly::pulumi:pulumi:Stack::unruly-dev",
        value: "missing",
        holds: false,
        reason: "the plan has no store of audit records; add an AuditLogBucket",
      },
    ],
  });
  const open = evidence.contradictions.filter(({ resolution }: { resolution: string | null }) => resolution === null);
  expect(open.map(({ id }: { id: string }) => id)).toEqual([
    "retention-against-storage-limitation",
    "recording-against-erasure",
  ]);
  const report = await readFile(join(scratch, "deep/out.md"), "utf8");
  expect(report).toContain("# Controls of unruly, stack dev\n");
  expect(report).toContain("| [hipaa-retention](#hipaa-retention) | 45 CFR 164.316(b)(2)(i) | ");
  expect(report).toContain("### eu-ai-act-event-logs\n");
});

test("levels come from a file of the form that Pulumi takes", async () => {
  const file = await settings("levels.json", {
    all: "advisory",
    "images-pinned": "disabled",
    "gdpr-storage-limitation": { enforcementLevel: "disabled" },
  });
  const { code, stdout } = await plan("--policy-config", file);
  expect(code).toBe(0);
  expect(stdout).toContain("✗ hardened-workloads  advisory\n");
  expect(stdout).not.toContain("images-pinned");
  expect(stdout).toContain("– gdpr-storage-limitation         GDPR Art. 5(1)(e)    not applicable\n");
});

test("with --json -, what fails goes to standard error", async () => {
  const { code, stdout, stderr } = await plan("--json", "-");
  expect(JSON.parse(stdout)).toMatchObject({ project: "unruly" });
  expect(code).toBe(3);
  expect(stderr).toMatch(/^✗ hardened-workloads\n/);
  expect(stderr).toContain("✗ gdpr-integrity-confidentiality  GDPR Art. 5(1)(f)\n");
});

describe("wrong use ends with exit code 2 and one sentence", () => {
  test("a regulation that is not known", async () => {
    expect(await plan("--compliance", "hipaa,sox")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: option '--compliance <names>' argument 'hipaa,sox' is invalid. " +
        "There are gdpr, ccpa, hipaa, eu-ai-act, pci-dss, soc-2.\n",
    });
  });

  test.each<[string, unknown, RegExp]>([
    ["none.json", undefined, /: the file cannot be read \(ENOENT\)\.$/],
    ["broken.json", "{", /: the file is no JSON \(.+\)\.$/],
    ["list.json", [], /: the configuration must be an object with an entry for each rule\.$/],
    [
      "unknown.json",
      { "no-such-rule": "advisory", "images-pinned": "strict", tagged: { keys: [] } },
      /: no-such-rule is no rule or control; there are .*; images-pinned: "strict" is no enforcement level; there are advisory, mandatory, remediate, disabled; tagged\.keys is no setting/,
    ],
  ])("--policy-config %s", async (name, content, message) => {
    const file = content === undefined ? join(scratch, name) : await settings(name, content);
    const { code, stdout, stderr } = await plan("--policy-config", file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trimEnd()).toMatch(message);
  });
});

test("--markdown writes what is created, what fails and which controls hold, for a comment", async () => {
  const file = join(scratch, "plan.md");
  const { code, stdout } = await plan("--markdown", file);
  expect(code).toBe(3);
  expect(stdout).toContain(`\nplan written to ${file}\n`);
  const text = await readFile(file, "utf8");
  expect(text.slice(0, text.indexOf("<details>"))).toBe(`### unruly · stack dev

The plan has 1 resource.

|  | resources | of |  |
| --- | --- | --- | --- |
| k8s Pod probe | 1 | kubernetes 1 |  |

Rules: 0 hold, 2 fail.

- ❌ **hardened-workloads**
  - k8s Pod probe: breaks the standard \\\`restricted\\\`: hostNetwork is true (spec: not restricted)
- ❌ **images-pinned**
  - k8s Pod probe: is of no fixed version; name a tag other than latest, or better a digest (spec.containers\\[0\\].image: registry.k8s.io/pause:latest)
- ❌ **gdpr-storage-limitation**
  - pulumi Stack unruly-dev: the plan has no store of audit records; add an AuditLogBucket
- ❌ **gdpr-integrity-confidentiality**
  - pulumi Stack unruly-dev: the plan has no store of audit records; add an AuditLogBucket

`);
  expect(text).toContain("<details><summary>Controls of gdpr: an engineering reading, not legal advice</summary>");
  expect(text).toContain("\n| ➖ not applicable | gdpr-erasure | GDPR Art. 17 |\n");
});

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { aistack, program, programs, type Result, scratchDirectory } from "./command-line.test.fixture";

// A child process takes one to two seconds, and several times that on a machine that is busy.
jest.setTimeout(60_000);

let scratch: string;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => rm(scratch, { recursive: true }));

describe("help", () => {
  test("lists the commands, and each has examples and exit codes", async () => {
    const top = await aistack(["--help"]);
    expect(top).toMatchObject({ code: 0, stderr: "" });
    expect(top.stdout).toMatch(/^Usage: aistack \[options\] \[command\]\n/);
    expect(top.stdout).toMatch(/plan \[options\] \[dir\] +show what a Pulumi program would create/);
    expect(top.stdout).toMatch(/pipeline \[options\] <service> \[dir\] +write the pipeline that plans pull requests/);
    const plan = await aistack(["plan", "--help"]);
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    expect(plan.stdout).toContain("  aistack plan stacks/cloud-aws --stack prod ");
    expect(plan.stdout).not.toMatch(/default: (\{\}|false)/);
    expect(plan.stdout).toContain("  2  the command was used wrongly\n");
    expect(plan.stdout).toContain("  3  planned, but a mandatory rule or control fails\n");
    for (const option of [
      "stack",
      "config",
      "mode",
      "json",
      "markdown",
      "manifests",
      "answers",
      "compliance",
      "evidence",
      "policy-config",
      "no-type-check",
      "watch",
      "debug",
    ]) {
      expect(plan.stdout).toContain(`--${option}`);
    }
  });

  test("the version is the package's", async () => {
    const { version }: { version: string } = require("../package.json");
    expect(await aistack(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("wrong use ends with exit code 2 and one sentence", () => {
  test.each([
    [["plan", "--colour"], "error: unknown option '--colour'\n"],
    [["plan", "--wach"], "error: unknown option '--wach'\n(Did you mean --watch?)\n"],
    [["paln"], "error: unknown command 'paln'\n(Did you mean plan?)\n"],
    [["plan", "a", "b"], "error: too many arguments for 'plan'. Expected 1 argument but got 2.\n"],
    [["plan", "--stack"], "error: option '-s, --stack <name>' argument missing\n"],
    [
      ["plan", "--mode", "real"],
      "error: option '--mode <mode>' argument 'real' is invalid. Allowed choices are simulate, preview.\n",
    ],
    ...["replicas", "=2", "a b=2", "a:b:c=2"].map((text): [string[], string] => [
      ["plan", "--config", text],
      `error: option '-c, --config <key=value>' argument '${text}' is invalid. Write key=value or project:key=value.\n`,
    ]),
    [["plan", "--json", "-", "--watch"], "error: --json - prints one plan; with --watch, give --json a file\n"],
    [["plan", "assistant", "--answers", "none.yaml"], "error: --answers none.yaml: there is no such file.\n"],
    [
      ["plan", "assistant", "--manifests", "assistant"],
      "error: --manifests assistant: the directory holds Pulumi.dev.yaml, which this command has not written. " +
        "Name an empty directory or a new one.\n",
    ],
    [["plan", "."], `error: The directory ${programs} has no Pulumi.yaml: it is not a Pulumi program.\n`],
    [["plan", "nowhere"], `error: The directory ${programs}/nowhere does not exist: it is not a Pulumi program.\n`],
    [
      ["plan", "assistant", "--stack", "prod"],
      `error: The stack prod has no Pulumi.prod.yaml in ${programs}/assistant; there is dev and locked.\n`,
    ],
  ])("%j", async (argv, stderr) => {
    expect(await aistack(argv)).toEqual({ code: 2, stdout: "", stderr });
  });

  test("no command at all shows the help", async () => {
    const { code, stdout, stderr } = await aistack([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: aistack/);
  });
});

/** Runs that need a child process each: all started at once, as most of the time goes into starting them. */
interface Runs {
  readonly files: Promise<Result>;
  readonly json: Promise<Result>;
  readonly answered: Promise<Result>;
  readonly refused: Promise<Result>;
  readonly unanswered: Promise<Result>;
  readonly mistyped: Promise<Result>;
}

describe("programs in a child process", () => {
  const progress: string[] = [];
  let runs: Runs;
  beforeAll(async () => {
    const answers = join(scratch, "answers.yaml");
    await writeFile(answers, "invokes:\n  acme:index:getNetwork:\n    - return: { id: net-1 }\n");
    const mistyped = await program(scratch, "mistyped", 'export const replicas: number = "two";\n');
    // Few declarations make a fast check.
    const compilerOptions = { lib: ["es5"], types: [], skipLibCheck: true };
    await writeFile(join(mistyped, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    const out = (name: string) => join(scratch, name);
    // Checking against the declarations of a provider takes longer than all the plans.
    const quick = ["plan", "--no-type-check"];
    const locked = [...quick, "assistant", "--stack", "locked", "--mode", "preview"];
    runs = {
      files: aistack(
        [...quick, "assistant", "--json", out("deep/plan.json"), "--manifests", out("out"), "-c", "apiToken=hunter2"],
        { stderr: { isTTY: true, columns: 80, write: (text: string) => progress.push(text) } },
      ),
      json: aistack([...locked, "--json", "-", "--manifests", out("closed")]),
      answered: aistack([...quick, "unanswered", "--answers", answers]),
      refused: aistack([...quick, "refused"]),
      unanswered: aistack([...quick, "unanswered", "--debug"]),
      mistyped: aistack(["plan", mistyped]),
    };
  });

  test("a plan goes to standard output as a tree, to files as JSON and manifests", async () => {
    const { code, stdout } = await runs.files;
    expect({ code, stdout: stdout.replace(/in [\d.]+ m?s\./, "in TIME.") }).toEqual({
      code: 0,
      stdout: `assistant · stack dev · simulate

kubernetes Server         server
├─ random RandomPassword  server-key  protected
├─ k8s Namespace          server-namespace
├─ helm Release           server-operator
├─ k8s ConfigMap ×2       server-{web,worker}
├─ k8s ConfigMap          server-probe  kept on delete
├─ k8s Secret             server-keys
└─ k8s Deployment         server

8 resources in 1 component (1 protected, 1 kept on delete)
  kubernetes  7
  random      1

outputs
  key   [secret]
  size  { replicas: 2 }

rules  3 hold, 8 not applicable

Planned in TIME. Nothing was created.
plan written to ${scratch}/deep/plan.json
6 manifests written to ${scratch}/out
  1 with aistack-secret-placeholder in the place of secrets, listed at the top of the file
  not written: helm Release server-operator, created by the chart oci://example.org/charts/operator
`,
    });
    const plan = JSON.parse(await readFile(join(scratch, "deep/plan.json"), "utf8"));
    expect(plan).toMatchObject({ schema: "aistack/plan/v1", project: "assistant", stack: "dev", mode: "simulate" });
    expect(plan.outputs).toEqual({ key: { $secret: true }, size: { replicas: 2 } });

    const files = await readdir(join(scratch, "out"));
    expect(files.sort()).toEqual([
      "010-namespace-server.yaml",
      "090-configmap-server-probe.yaml",
      "090-configmap-server-web.yaml",
      "090-configmap-server-worker.yaml",
      "100-secret-server-server.yaml",
      "160-deployment-server-server.yaml",
    ]);
    const written = await Promise.all(files.map((file) => readFile(join(scratch, "out", file), "utf8")));
    expect(written.join() + JSON.stringify(plan)).not.toContain("hunter2");
    const placeholder = "aistack-secret-placeholder";
    expect(parse(written[4] ?? "").stringData).toEqual({ key: placeholder, token: placeholder });
  });

  test("progress is one line of a terminal, rewritten, and gone in the end", async () => {
    await runs.files;
    const lines = progress.join("").split("\r\u001b[2K");
    expect(lines.slice(0, 2)).toEqual(["", "planning assistant …"]);
    for (const line of lines.slice(2, -1)) expect(line).toMatch(/^planning assistant \d+ resources? …$/);
    expect(lines.at(-1)).toBe("");
  });

  test("with --json - nothing else is on standard output; a closed secret is named, an unknown value too", async () => {
    const { code, stdout, stderr } = await runs.json;
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ stack: "locked", mode: "preview" });
    const messages = plan.diagnostics.map(({ message }: { message: string }) => message);
    expect(messages).toEqual([
      "The secret configuration value assistant:apiToken is a placeholder in this plan: " +
        "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to have it decrypted.",
      "with one replica, an update interrupts the service",
    ]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `5 manifests written to ${scratch}/closed
  not written: helm Release server-operator, created by the chart oci://example.org/charts/operator
error: 1 object could not be written, because these values are only known after up:
  k8s Secret server-keys: stringData
  Plan with --mode simulate, or give them in --answers under \`resources\`.
`,
    });
  });

  test("answers come from a file", async () => {
    const { code, stdout } = await runs.answered;
    expect({ code, outputs: /outputs\n(.*)\n/.exec(stdout)?.[1] }).toEqual({
      code: 0,
      outputs: "  network  { id: net-1 }",
    });
  });

  test("an argument that a component refuses is told with its path, value and remedy", async () => {
    expect(await runs.refused).toEqual({
      code: 1,
      stdout: "",
      stderr: `error: acme Cluster train cannot be created
  accelerator: "h999" is not known; use "l4" or "h100"
  nodes: 0 is too few; use at least 1
`,
    });
  });

  test("a lookup that nothing answers is told with how to answer it", async () => {
    const { code, stdout, stderr } = await runs.unanswered;
    const sentence = `error: The program asks for acme:index:getNetwork, which no answer covers. An answers file answers it so:
invokes:
  acme:index:getNetwork:
    - when: {"name":"shared"}
      return: {"property":"value"}
`;
    expect({ code, stdout, stderr: stderr.slice(0, sentence.length) }).toEqual({
      code: 1,
      stdout: "",
      stderr: sentence,
    });
  });

  test("a TypeScript error is told with its place, though the program would run", async () => {
    expect(await runs.mistyped).toEqual({
      code: 1,
      stdout: "",
      stderr: "error: The program does not compile: index.ts:1:14: Type 'string' is not assignable to type 'number'.\n",
    });
  });
});

test("a configuration value of the wrong type is told with the type that is wanted", async () => {
  expect(
    await aistack(["plan", "wrong-type", "--config", "replicas=3", "--config", "wrong-type:replicas=two"]),
  ).toEqual({
    code: 1,
    stdout: "",
    stderr: "error: The configuration value wrong-type:replicas should be of type integer, but is 'two'.\n",
  });
});

test("broken YAML is told with its place", async () => {
  const directory = await program(scratch, "broken-yaml", "", "name: broken-yaml\nruntime: [nodejs\n");
  expect(await aistack(["plan", directory])).toEqual({
    code: 1,
    stdout: "",
    stderr:
      `error: ${directory}/Pulumi.yaml is not valid YAML: ` +
      "Flow sequence in block collection must be sufficiently indented and end with a ] at line 3, column 1\n",
  });
});

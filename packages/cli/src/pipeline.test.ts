import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { aistack, program, type Result, scratchDirectory } from "./command-line.test.fixture";
import { actions } from "./pipeline/actions";

jest.setTimeout(30_000);

let scratch: string;
beforeAll(async () => {
  scratch = await scratchDirectory();
  const directory = await program(scratch, "assistant", "");
  await writeFile(join(directory, "package-lock.json"), "{}");
  await writeFile(join(directory, "package.json"), JSON.stringify({ devDependencies: { aistack: "1.0.0" } }));
  const config = "secretsprovider: awskms://alias/pulumi\n";
  for (const stack of ["dev", "prod", "other"]) await writeFile(join(directory, `Pulumi.${stack}.yaml`), config);
  await mkdir(join(directory, ".git"));
  await file("aws.json", aws);
  await file("gcp.json", gcp);
});
afterAll(() => rm(scratch, { recursive: true }));

const aws = {
  platform: "aws",
  provider: "github",
  repository: "example-org/assistant",
  branches: ["main"],
  environment: "prod",
  identityProvider: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
  planIdentity: "arn:aws:iam::123456789012:role/ci-dev-plan",
  deployIdentity: "arn:aws:iam::123456789012:role/ci-dev-deploy",
  region: "eu-west-1",
  stateUrl: "s3://my-state",
};
const gcp = {
  platform: "gcp",
  branches: ["main"],
  identityProvider: "projects/123456789012/locations/global/workloadIdentityPools/ci/providers/ci",
  planIdentity: "ci-plan@my-project.iam.gserviceaccount.com",
  deployIdentity: "ci-deploy@my-project.iam.gserviceaccount.com",
  region: "europe-west4",
  project: "my-project",
  stateUrl: "gs://my-state",
};

const file = (name: string, content: unknown) =>
  writeFile(join(scratch, name), typeof content === "string" ? content : JSON.stringify(content));

const pipeline = (service: string, ...options: string[]): Promise<Result> =>
  aistack(["pipeline", service, "assistant", ...options], { cwd: scratch });

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
async function written(service: string, ...options: string[]): Promise<any> {
  const { code, stdout, stderr } = await pipeline(service, ...options);
  expect({ code, stderr: stderr.replace(/^Its place .*\n/, "") }).toEqual({ code: 0, stderr: "" });
  // What would be a stored key, or a place for one.
  expect(stdout).not.toMatch(
    /secrets\.|access-key|ACCESS_KEY|credentials_json|PULUMI_ACCESS_TOKEN|PASSPHRASE|[<]your|TODO/i,
  );
  return parse(stdout);
}

/** Runs a program, with its output as text. */
function run(
  command: string,
  args: string[],
  env: { [name: string]: string } = {},
): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}

describe("github", () => {
  test("plans pull requests and deploys pushes to the branch, and nothing else", async () => {
    const workflow = await written("github", "--identity", "aws.json");
    expect(workflow.on).toEqual({ pull_request: { branches: ["main"] }, push: { branches: ["main"] } });
    expect(workflow.permissions).toEqual({});
    expect(Object.keys(workflow.jobs)).toEqual(["plan", "deploy-dev", "deploy-prod"]);
    const { plan, "deploy-dev": dev, "deploy-prod": prod } = workflow.jobs;
    expect(plan.permissions).toEqual({ "id-token": "write", contents: "read", "pull-requests": "write" });
    expect(plan.if).toMatch(/^github\.event_name == 'pull_request' && .*head\.repo\.full_name == github\.repository/);
    expect([plan["timeout-minutes"], dev["timeout-minutes"]]).toEqual([30, 60]);
    for (const job of [dev, prod]) {
      expect(job.if).toBe("github.event_name == 'push' && github.ref == 'refs/heads/main'");
      expect(job.permissions).toEqual({ "id-token": "write", contents: "read" });
      expect(job.environment).toBe("prod");
    }
    expect(prod.needs).toEqual(["deploy-dev"]);
    expect(dev.needs).toBeUndefined();
  });

  test("no two deployments of a stack run at once, and none is cut off", async () => {
    const { jobs } = await written("github", "--identity", "aws.json");
    expect(jobs["deploy-dev"].concurrency).toEqual({ group: "assistant-dev", "cancel-in-progress": false });
    expect(jobs["deploy-prod"].concurrency).toEqual({ group: "assistant-prod", "cancel-in-progress": false });
    expect(jobs.plan.concurrency["cancel-in-progress"]).toBe(true);
  });

  test("every action is pinned by its commit, with the version behind", async () => {
    const { stdout } = await pipeline("github", "--identity", "aws.json");
    const used = stdout.split("\n").filter((line) => line.includes("uses: "));
    expect(used.length).toBeGreaterThan(10);
    for (const line of used) expect(line).toMatch(/uses: [a-z-]+\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const { uses } of Object.values(actions)) expect(uses).toMatch(/@[0-9a-f]{40}$/);
  });

  test("on AWS, each job acts in its role, for an hour and in one account", async () => {
    const { jobs } = await written("github", "--identity", "aws.json", "--stack", "dev");
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const signIn = (job: any) => job.steps.find(({ uses }: any) => uses === actions.awsCredentials.uses).with;
    const common = { "aws-region": "eu-west-1", "role-duration-seconds": 3600, "allowed-account-ids": "123456789012" };
    expect(signIn(jobs.plan)).toMatchObject({ ...common, "role-to-assume": aws.planIdentity });
    expect(signIn(jobs["deploy-dev"])).toMatchObject({ ...common, "role-to-assume": aws.deployIdentity });
  });

  test("on Google Cloud, each job acts as its service account", async () => {
    const { jobs } = await written("github", "--identity", "gcp.json", "--stack", "dev");
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const signIn = (job: any) => job.steps.find(({ uses }: any) => uses === actions.googleAuth.uses).with;
    const common = { project_id: "my-project", workload_identity_provider: gcp.identityProvider };
    expect(signIn(jobs.plan)).toEqual({ ...common, service_account: gcp.planIdentity });
    expect(signIn(jobs["deploy-dev"])).toEqual({ ...common, service_account: gcp.deployIdentity });
    expect(jobs["deploy-dev"].environment).toBeUndefined();
  });

  test("the commands: a plan that judges, a preview of the state, and an up that asks nobody", async () => {
    const options = ["--identity", "aws.json", "--compliance", "soc-2,hipaa", "--setup", "npm run build"];
    const { jobs } = await written("github", ...options);
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const commands = (job: any): string[] => job.steps.flatMap(({ run }: any) => run ?? []);
    expect(commands(jobs["deploy-prod"])).toEqual([
      "npm ci --no-audit --no-fund",
      "npm run build",
      expect.stringMatching(/npx --no -- aistack plan \. --stack prod --json .* --compliance soc-2,hipaa$/),
      "pulumi up --stack prod --yes --non-interactive --color never",
    ]);
    const previews = commands(jobs.plan).filter((text) => text.startsWith("pulumi preview"));
    expect(previews.map((text) => text.split(" ")[3])).toEqual(["dev", "prod"]);
    const { env } = jobs["deploy-prod"].steps.at(-1);
    expect(env).toEqual({ PULUMI_BACKEND_URL: "s3://my-state", PULUMI_SKIP_UPDATE_CHECK: "true" });
    // A plan or preview that fails is reported first, and fails the job then.
    expect(jobs.plan.steps.at(-1).if).toContain("steps.preview-prod.outcome == 'failure'");
  });

  test("the comment is made once and changed from then on", async () => {
    const { jobs } = await written("github", "--identity", "aws.json");
    const { script } = jobs.plan.steps.find(({ uses }: { uses: string }) => uses === actions.githubScript.uses).with;
    const report = join(scratch, "report");
    await mkdir(report, { recursive: true });
    await writeFile(join(report, "comment.md"), "<!-- aistack: assistant -->\nnew");
    const calls: unknown[] = [];
    const note = (name: string) => async (what: object) => void calls.push([name, what]);
    const listed = [
      { id: 1, user: { login: "somebody" }, body: "<!-- aistack: assistant -->\nsomebody's" },
      { id: 2, user: { login: "github-actions[bot]" }, body: "another" },
    ];
    const rest = { issues: { listComments: {}, updateComment: note("update"), createComment: note("create") } };
    const context = { repo: { owner: "o", repo: "r" }, issue: { number: 7 } };
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const body = AsyncFunction("github", "context", "process", "require", script);
    const process_ = { env: { REPORT: report } };
    await body({ rest, paginate: async () => listed }, context, process_, require);
    listed.push({ id: 3, user: { login: "github-actions[bot]" }, body: "<!-- aistack: assistant -->\nold" });
    await body({ rest, paginate: async () => listed }, context, process_, require);
    const text = "<!-- aistack: assistant -->\nnew";
    expect(calls).toEqual([
      ["create", { ...context.repo, issue_number: 7, body: text }],
      ["update", { ...context.repo, comment_id: 3, body: text }],
    ]);
  });

  test("the report holds plans and previews, and a preview is no HTML", async () => {
    const { jobs } = await written("github", "--identity", "aws.json");
    const step = jobs.plan.steps.find(({ name }: { name: string }) => name === "Put the report together");
    const report = join(scratch, "together");
    await mkdir(report, { recursive: true });
    await writeFile(join(report, "plan-dev.md"), "### assistant\n");
    await writeFile(join(report, "preview-dev.txt"), "</pre><script> & ``` @team\n");
    const { code } = await run("bash", ["-eo", "pipefail", "-c", step.run], { REPORT: report });
    expect(code).toBe(0);
    expect(await readFile(join(report, "comment.md"), "utf8")).toBe(`<!-- aistack: assistant -->
### assistant

<details><summary>pulumi preview of dev</summary>

<pre>
&lt;/pre>&lt;script> &amp; \`\`\` @team
</pre></details>

No plan of prod: see the log.

<details><summary>pulumi preview of prod</summary>

<pre>
</pre></details>

`);
  });
});

describe("gitlab", () => {
  const given = ["--identity", "gcp.json"];

  test("plans merge requests and deploys pushes to the branch, and nothing else", async () => {
    const config = await written("gitlab", ...given);
    const merge = '$CI_PIPELINE_SOURCE == "merge_request_event"';
    const push = '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "main"';
    expect(config.workflow.rules).toEqual([{ if: merge }, { if: push }]);
    expect(config.plan.rules).toEqual([{ if: merge }]);
    expect(config["deploy-dev"].rules).toEqual([{ if: push }]);
    expect(config["deploy-prod"].rules).toEqual([{ if: push, when: "manual" }]);
    expect(config["deploy-prod"].needs).toEqual(["deploy-dev"]);
    expect(config["deploy-prod"].environment).toEqual({ name: "prod" });
    expect([config.plan.timeout, config["deploy-dev"].timeout]).toEqual(["30 minutes", "60 minutes"]);
    expect(config.default.cache.key.files).toEqual(["package-lock.json"]);
    const free = await written("gitlab", ...given, "--no-approval");
    expect(free["deploy-prod"].rules).toEqual([{ if: push }]);
  });

  test("no two deployments of a stack run at once, and none is cut off", async () => {
    const config = await written("gitlab", ...given);
    expect(config["deploy-dev"]).toMatchObject({ resource_group: "assistant-dev", interruptible: false });
    expect(config["deploy-prod"]).toMatchObject({ resource_group: "assistant-prod", interruptible: false });
  });

  test("on Google Cloud, tokens are for the provider, and traded for the account", async () => {
    const config = await written("gitlab", ...given, "--stack", "dev");
    expect(config.plan.id_tokens).toEqual({
      AISTACK_TOKEN_DEV: { aud: `https://iam.googleapis.com/${gcp.identityProvider}` },
    });
    const script = config["deploy-dev"].script.at(-1);
    expect(script).toContain(`serviceAccounts/${gcp.deployIdentity}:generateAccessToken`);
    expect(script).not.toContain(gcp.planIdentity);
    expect(config.plan.script.join()).not.toContain(gcp.deployIdentity);
  });

  test("on AWS, tokens are for its security token service, in a file that its SDK reads", async () => {
    await file("gitlab-aws.json", { ...aws, provider: "gitlab", environment: undefined });
    const config = await written("gitlab", "--identity", "gitlab-aws.json", "--stack", "dev");
    expect(config["deploy-dev"].id_tokens).toEqual({ AISTACK_TOKEN_DEV: { aud: "sts.amazonaws.com" } });
    const script: string = config["deploy-dev"].script.at(-1);
    expect(script).toContain(`export AWS_ROLE_ARN="${aws.deployIdentity}"`);
    expect(script).toContain('export AWS_WEB_IDENTITY_TOKEN_FILE="$CI_PROJECT_DIR.tmp/token-dev"');
    // The shell leaves the token, and nothing more, in the file.
    const folder = join(scratch, "checkout");
    await mkdir(folder, { recursive: true });
    const commands = script.split("\n").slice(0, -1).join("\n");
    const env = { CI_PROJECT_DIR: folder, AISTACK_TOKEN_DEV: "a.b.c", CI_PIPELINE_ID: "1" };
    expect(await run("bash", ["-eo", "pipefail", "-c", commands], env)).toEqual({ code: 0, output: "" });
    expect(await readFile(`${folder}.tmp/token-dev`, "utf8")).toBe("a.b.c");
  });

  test("the credential file for Google Cloud is JSON with the path of the token", async () => {
    const config = await written("gitlab", ...given, "--stack", "dev");
    const folder = join(scratch, "checkout-gcp");
    await mkdir(folder, { recursive: true });
    const commands = config["deploy-dev"].script.at(-1).split("\n").slice(0, -1).join("\n");
    const env = { CI_PROJECT_DIR: folder, AISTACK_TOKEN_DEV: "a.b.c" };
    expect((await run("bash", ["-eo", "pipefail", "-c", commands], env)).code).toBe(0);
    expect(JSON.parse(await readFile(`${folder}.tmp/token-dev.json`, "utf8"))).toMatchObject({
      type: "external_account",
      audience: `//iam.googleapis.com/${gcp.identityProvider}`,
      credential_source: { file: `${folder}.tmp/token-dev` },
    });
  });

  test("the comment is made once and changed from then on; without a token it is an artifact", async () => {
    const config = await written("gitlab", ...given, "--stack", "dev");
    expect(config.plan.artifacts).toMatchObject({ when: "always", paths: [".aistack/comment.md"] });
    const script: string = config.plan.script[0];
    const comment = script.slice(script.indexOf("if [ -n"), script.indexOf('exit "$failed"'));
    const notes: { id: number; body: string; author: { id: number } }[] = [
      { id: 1, body: "<!-- aistack: assistant -->\nsomebody's", author: { id: 9 } },
    ];
    const calls: string[] = [];
    const server = createServer(async (request, response) => {
      let text = "";
      for await (const part of request) text += part;
      calls.push(`${request.method} ${request.url} ${request.headers["private-token"]}`);
      if (request.method === "POST") notes.push({ id: 2, author: { id: 5 }, ...JSON.parse(text) });
      if (request.method === "PUT") Object.assign(notes[1] as object, JSON.parse(text));
      response.end(JSON.stringify(request.url === "/api/v4/user" ? { id: 5 } : notes));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const report = join(scratch, "gitlab-report");
      await mkdir(report, { recursive: true });
      const env = {
        CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
        CI_MERGE_REQUEST_PROJECT_ID: "42",
        CI_MERGE_REQUEST_IID: "7",
        REPORT: report,
      };
      const attempt = async (text: string, token: string) => {
        await writeFile(join(report, "comment.md"), `<!-- aistack: assistant -->\n${text}`);
        const more = { ...env, AISTACK_COMMENT_TOKEN: token };
        expect(await run("bash", ["-eo", "pipefail", "-c", comment], more)).toEqual({ code: 0, output: "" });
      };
      await attempt("no token", "");
      expect(calls).toEqual([]);
      await attempt("first", "t");
      await attempt("second", "t");
      expect(calls.filter((call) => !call.startsWith("GET"))).toEqual([
        "POST /api/v4/projects/42/merge_requests/7/notes t",
        "PUT /api/v4/projects/42/merge_requests/7/notes/2 t",
      ]);
      expect(notes.map(({ body }) => body.split("\n")[1])).toEqual(["somebody's", "second"]);
    } finally {
      server.close();
    }
  });
});

describe("what it is written from", () => {
  const options = (...more: string[]) => [
    ...["--stack", "dev", "--cloud", "aws", "--region", "eu-west-1", "--state", "s3://my-state"],
    ...["--plan-role", aws.planIdentity, "--role", aws.deployIdentity, ...more],
  ];

  test("options do instead of a file", async () => {
    const { stdout } = await pipeline("github", ...options());
    await file("same.json", { ...aws, environment: undefined });
    expect(stdout).toBe((await pipeline("github", "--identity", "same.json", "--stack", "dev")).stdout);
  });

  test("each stack can have an identity of its own, and the state can be told beside", async () => {
    await file("prod.json", { ...aws, region: "eu-central-1", stateUrl: undefined });
    const given = ["--identity", "aws.json", "--identity", "prod=prod.json", "--state", "s3://all"];
    const { stdout } = await pipeline("github", ...given);
    expect(stdout.match(/aws-region: .*/g)).toEqual(
      ["eu-west-1", "eu-central-1", "eu-west-1", "eu-central-1"].map((region) => `aws-region: ${region}`),
    );
    expect(stdout).not.toContain("s3://my-state");
  });

  test("--output writes the file and says so", async () => {
    const output = "out/.github/workflows/assistant.yml";
    expect(await pipeline("github", "--identity", "aws.json", "--output", output)).toEqual({
      code: 0,
      stdout: `pipeline written to ${output}\n`,
      stderr: "",
    });
    const { stdout, stderr } = await pipeline("github", "--identity", "aws.json");
    expect(await readFile(join(scratch, output), "utf8")).toBe(stdout);
    expect(stderr).toBe("Its place in the repository is .github/workflows/assistant.yml; --output writes it there.\n");
  });

  test("the nearest lockfile decides how packages are installed", async () => {
    const directory = await program(scratch, "workspace", "");
    const member = join(directory, "stacks", "one");
    await mkdir(member, { recursive: true });
    await mkdir(join(directory, ".git"));
    await writeFile(join(member, "Pulumi.yaml"), "name: one\nruntime: nodejs\n");
    await writeFile(join(member, "Pulumi.dev.yaml"), "config: {}\n");
    await writeFile(join(directory, "pnpm-lock.yaml"), "");
    const given = ["pipeline", "gitlab", "workspace/stacks/one", "--identity", "gcp.json"];
    const refused = await aistack(given, { cwd: scratch });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("names no version of pnpm") });
    const { stdout, stderr } = await aistack([...given, "--package-manager", "pnpm@12.20.0"], { cwd: scratch });
    expect(parse(stdout).default).toMatchObject({
      image: expect.stringMatching(/^pulumi\/pulumi-nodejs:3\.\d+\.\d+$/),
      cache: { key: { files: ["pnpm-lock.yaml"] }, paths: [".pnpm-store/"] },
      before_script: [
        'mkdir -p "$REPORT"',
        'cd "$CI_PROJECT_DIR/."',
        "npm install --global pnpm@12.20.0",
        "pnpm install --frozen-lockfile --store-dir .pnpm-store",
        'cd "$CI_PROJECT_DIR/stacks/one"',
      ],
    });
    expect(stderr).toContain("note: Pulumi.dev.yaml names no secretsprovider yet;");
    expect(stderr).toContain("note: one does not depend on aistack;");
  });

  const refused: [string, string[], RegExp][] = [
    ["no identity", [], /Who the pipeline is in the cloud is missing: pass --identity/],
    [
      "a file that is not there",
      ["--identity", "none.json"],
      /--identity none\.json: the file cannot be read \(ENOENT\)/,
    ],
    ["a file that is no JSON", ["--identity", "assistant/Pulumi.yaml"], /the file is no JSON/],
    ["an identity and options", ["--identity", "aws.json", "--role", "x"], /--identity says what --role would/],
    ["an identity for another stack alone", ["--identity", "dev=aws.json"], /No identity is given for the stack prod/],
    ["a placeholder", options("--role", "<role>"), /--role is "<role>"; it must be the ARN of a role such as/],
    [
      "a state in Pulumi Cloud",
      options("--state", "https://api.pulumi.com"),
      /--state is .*as a token of Pulumi Cloud would have to be stored/,
    ],
    [
      "Google Cloud without its provider",
      ["--cloud", "gcp", "--region", "europe-west4"],
      /--workload-identity-provider is missing/,
    ],
    [
      "a branch with a wildcard",
      ["--identity", "aws.json", "--branch", "release/*"],
      /--branch release\/\*: name one branch such as main, without a wildcard/,
    ],
    [
      "a branch that may not deploy",
      ["--identity", "aws.json", "--branch", "next"],
      /--branch next: an identity lets main deploy, and no other/,
    ],
    [
      "an unknown stack",
      ["--identity", "aws.json", "--stack", "stage"],
      /The stack stage has no Pulumi\.stage\.yaml in assistant/,
    ],
    ["a stack twice", ["--identity", "aws.json", "--stack", "dev", "--stack", "dev"], /--stack dev is given twice/],
    ["a stack for the shell", ["--identity", "aws.json", "--stack", "a;b"], /--stack a;b: a stack's name has/],
    [
      "the last stack without an approval",
      options("--stack", "prod"),
      /The stack prod would be deployed without an approval: its identity names no environment/,
    ],
  ];
  test.each(refused)("refuses %s", async (_, given, message) => {
    const { code, stdout, stderr } = await pipeline("github", ...given);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("refuses an identity of the other service, and secrets under a passphrase", async () => {
    expect((await pipeline("gitlab", "--identity", "aws.json")).stderr).toMatch(
      /provider is "github"; it must be gitlab/,
    );
    const directory = await program(scratch, "salted", "");
    await writeFile(join(directory, "package-lock.json"), "{}");
    await writeFile(join(directory, "Pulumi.dev.yaml"), "encryptionsalt: v1:abc\n");
    const { code, stderr } = await aistack(["pipeline", "github", "salted", "--identity", "aws.json"], {
      cwd: scratch,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/The stack dev encrypts its secrets with a passphrase, which would have to be stored/);
  });
});

/** A pipeline as a workflow of GitHub Actions. */
import { Document, type Node, type Scalar, visit } from "yaml";
import { type Action, actions, nodeVersion } from "./actions";
import type { Identity } from "./identity";
import {
  minutes,
  type Pipeline,
  type PipelineStack,
  planCommand,
  previewCommand,
  pulumiVariables,
  reportCommands,
  slug,
  upCommand,
} from "./pipeline";

/** What GitHub puts the value of in. */
const expression = (text: string) => `\${{ ${text} }}`;

type Step = { [key: string]: unknown };

/** The workflow's text. */
export function githubWorkflow(pipeline: Pipeline, head: string): string {
  const { project, branch, stacks } = pipeline;
  const document = new Document({
    name: project.name,
    on: { pull_request: { branches: [branch] }, push: { branches: [branch] } },
    // Each job says what it needs.
    permissions: {},
    defaults: { run: { shell: "bash", "working-directory": project.directory } },
    jobs: {
      plan: planJob(pipeline),
      ...Object.fromEntries(
        stacks.map((stack, index) => [`deploy-${slug(stack.name)}`, deployJob(pipeline, stack, stacks[index - 1])]),
      ),
    },
  });
  document.commentBefore = head;
  nameVersions(document.contents as Node);
  return document.toString({ lineWidth: 0 });
}

/** Writes the version behind the commit of each action. */
function nameVersions(contents: Node): void {
  const versions = new Map(Object.values(actions).map(({ uses, version }) => [uses, version]));
  visit(contents, {
    Scalar(_, scalar: Scalar) {
      const version = versions.get(String(scalar.value));
      if (version !== undefined) scalar.comment = ` ${version}`;
    },
  });
}

function planJob(pipeline: Pipeline): object {
  const { project, stacks } = pipeline;
  const failed = stacks.flatMap(({ name }) =>
    ["plan", "preview"].map((step) => `steps.${step}-${slug(name)}.outcome == 'failure'`),
  );
  return {
    // Pipelines of forks and of Dependabot get no token.
    if: "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository && github.actor != 'dependabot[bot]'",
    "runs-on": "ubuntu-24.04",
    "timeout-minutes": minutes.plan,
    permissions: { "id-token": "write", contents: "read", "pull-requests": "write" },
    concurrency: {
      group: `${project.name}-plan-${expression("github.event.pull_request.number")}`,
      "cancel-in-progress": true,
    },
    env: { REPORT: `${expression("github.workspace")}/.aistack` },
    steps: [
      ...preparation(pipeline),
      { name: "Prepare the report", run: 'mkdir -p "$REPORT"' },
      ...stacks.flatMap(({ name, identity }) => [
        {
          name: `Plan ${name}`,
          id: `plan-${slug(name)}`,
          "continue-on-error": true,
          run: planCommand(pipeline, name),
        },
        signIn(pipeline, identity, identity.planIdentity, `to plan ${name}`),
        {
          name: `Preview ${name}`,
          id: `preview-${slug(name)}`,
          "continue-on-error": true,
          env: pulumiVariables(identity),
          run: previewCommand(name),
        },
      ]),
      { name: "Put the report together", if: expression("!cancelled()"), run: reportCommands(pipeline) },
      {
        name: "Comment on the pull request",
        if: expression("!cancelled()"),
        uses: actions.githubScript.uses,
        with: { script: commentScript },
      },
      {
        name: "Fail where a plan or a preview failed",
        if: expression(`!cancelled() && (${failed.join(" || ")})`),
        run: 'echo "A plan or a preview failed, or a control does: see the comment." && exit 1',
      },
    ],
  };
}

/** One comment, which later runs change. */
const commentScript = `const { readFileSync } = require("node:fs");
const body = readFileSync(\`\${process.env.REPORT}/comment.md\`, "utf8").slice(0, 65000);
const [marker] = body.split("\\n");
const issue = { ...context.repo, issue_number: context.issue.number };
const comments = await github.paginate(github.rest.issues.listComments, { ...issue, per_page: 100 });
const own = comments.find(({ user, body }) => user?.login === "github-actions[bot]" && body?.startsWith(marker));
if (own) await github.rest.issues.updateComment({ ...context.repo, comment_id: own.id, body });
else await github.rest.issues.createComment({ ...issue, body });
`;

function deployJob(pipeline: Pipeline, { name, identity }: PipelineStack, before?: PipelineStack): object {
  const { project, branch } = pipeline;
  return {
    if: `github.event_name == 'push' && github.ref == 'refs/heads/${branch}'`,
    ...(before ? { needs: [`deploy-${slug(before.name)}`] } : {}),
    ...(identity.environment === undefined ? {} : { environment: identity.environment }),
    "runs-on": "ubuntu-24.04",
    "timeout-minutes": minutes.deploy,
    permissions: { "id-token": "write", contents: "read" },
    // Of two runs, the second waits.
    concurrency: { group: `${project.name}-${name}`, "cancel-in-progress": false },
    env: { REPORT: `${expression("github.workspace")}/.aistack` },
    steps: [
      ...preparation(pipeline),
      { name: `Plan ${name}`, run: `mkdir -p "$REPORT"\n${planCommand(pipeline, name)}` },
      signIn(pipeline, identity, identity.deployIdentity, `to deploy ${name}`),
      { name: `Deploy ${name}`, env: pulumiVariables(identity), run: upCommand(name) },
    ],
  };
}

/** The code, Node.js, the packages that the lockfile names, and Pulumi's CLI. */
function preparation({ project, setup }: Pipeline): Step[] {
  const { packageManager, lockDirectory, pulumiVersion } = project;
  const within = { "working-directory": lockDirectory };
  const lockfile = lockDirectory === "." ? packageManager.lockfile : `${lockDirectory}/${packageManager.lockfile}`;
  return [
    { uses: actions.checkout.uses, with: { "persist-credentials": false } },
    ...packageManager.setup.map((run) => ({ name: `Install ${packageManager.name}`, ...within, run })),
    {
      uses: actions.setupNode.uses,
      with: { "node-version": nodeVersion, cache: packageManager.name, "cache-dependency-path": lockfile },
    },
    { name: "Install packages", ...within, run: packageManager.install },
    ...(setup === undefined ? [] : [{ name: "Set up", ...within, run: setup }]),
    { uses: actions.installPulumi.uses, with: { "pulumi-version": pulumiVersion } },
  ];
}

/** Trades GitHub's token for credentials of the cloud, which end after an hour. */
function signIn({ project }: Pipeline, identity: Identity, who: string, purpose: string): Step {
  const name = `Sign in ${purpose}`;
  if (identity.platform === "gcp")
    return step(name, actions.googleAuth, {
      project_id: identity.project,
      workload_identity_provider: identity.identityProvider,
      service_account: who,
    });
  return step(name, actions.awsCredentials, {
    "aws-region": identity.region,
    "role-to-assume": who,
    "role-session-name": `${project.name.slice(0, 40)}-${expression("github.run_id")}`,
    "role-duration-seconds": 3600,
    "allowed-account-ids": who.split(":")[4],
    // Several stacks of a job may have an identity each.
    "unset-current-credentials": true,
  });
}

function step(name: string, { uses }: Action, inputs: object): Step {
  return { name, uses, with: inputs };
}

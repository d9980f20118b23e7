/** A pipeline as the configuration of GitLab CI/CD. */
import { Document } from "yaml";
import { pulumiImage } from "./actions";
import { commentCommand } from "./gitlab-comment";
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

const mergeRequest = '$CI_PIPELINE_SOURCE == "merge_request_event"';
const pushTo = (branch: string) => `$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "${branch}"`;

/** The configuration's text. */
export function gitlabPipeline(pipeline: Pipeline, head: string): string {
  const { project, branch, stacks } = pipeline;
  const { packageManager, lockDirectory } = project;
  const document = new Document({
    workflow: { name: project.name, rules: [{ if: mergeRequest }, { if: pushTo(branch) }] },
    stages: ["plan", "deploy"],
    default: {
      image: pulumiImage(project.pulumiVersion),
      cache: {
        key: { files: [within(lockDirectory, packageManager.lockfile)], prefix: project.name },
        paths: [within(lockDirectory, `${packageManager.cache.folder}/`)],
      },
      before_script: preparation(pipeline),
    },
    variables: { REPORT: "$CI_PROJECT_DIR/.aistack" },
    plan: planJob(pipeline),
    ...Object.fromEntries(
      stacks.map((stack, index) => [`deploy-${slug(stack.name)}`, deployJob(pipeline, stack, stacks[index - 1])]),
    ),
  });
  document.commentBefore = head;
  return document.toString({ lineWidth: 0 });
}

const within = (directory: string, file: string) => (directory === "." ? file : `${directory}/${file}`);

function preparation({ project, setup }: Pipeline): string[] {
  const { packageManager, lockDirectory, directory } = project;
  return [
    'mkdir -p "$REPORT"',
    `cd "$CI_PROJECT_DIR/${lockDirectory}"`,
    ...packageManager.setup,
    `${packageManager.install} ${packageManager.cache.option}`,
    ...(setup === undefined ? [] : [setup]),
    `cd "$CI_PROJECT_DIR/${directory}"`,
  ];
}

function planJob(pipeline: Pipeline): object {
  const { stacks } = pipeline;
  const commands = stacks.flatMap(({ name, identity }) => [
    `${planCommand(pipeline, name)} || failed=1`,
    ...signIn(pipeline, name, identity, identity.planIdentity),
    `${previewCommand(name)} || failed=1`,
  ]);
  const script = [
    "set -o pipefail",
    "failed=0",
    ...commands,
    reportCommands(pipeline),
    commentCommand,
    'exit "$failed"',
  ];
  return {
    stage: "plan",
    rules: [{ if: mergeRequest }],
    timeout: `${minutes.plan} minutes`,
    interruptible: true,
    id_tokens: Object.assign({}, ...stacks.map(({ name, identity }) => idToken(name, identity))),
    script: [script.join("\n")],
    artifacts: { when: "always", expose_as: "plan", paths: [".aistack/comment.md"], expire_in: "30 days" },
  };
}

function deployJob(pipeline: Pipeline, { name, identity }: PipelineStack, before?: PipelineStack): object {
  const { project, branch, approval, stacks } = pipeline;
  const waits = approval && stacks.length > 1 && stacks.at(-1)?.name === name;
  return {
    stage: "deploy",
    rules: [{ if: pushTo(branch), ...(waits ? { when: "manual" } : {}) }],
    ...(before ? { needs: [`deploy-${slug(before.name)}`] } : {}),
    timeout: `${minutes.deploy} minutes`,
    interruptible: false,
    // Of two jobs, the second waits.
    resource_group: `${project.name}-${slug(name)}`,
    environment: { name: slug(name) },
    id_tokens: idToken(name, identity),
    script: [
      planCommand(pipeline, name),
      [...signIn(pipeline, name, identity, identity.deployIdentity), upCommand(name)].join("\n"),
    ],
  };
}

const tokenName = (stack: string) => `AISTACK_TOKEN_${slug(stack).replaceAll("-", "_").toUpperCase()}`;

function idToken(stack: string, { platform, identityProvider }: Identity): { [name: string]: object } {
  const aud = platform === "aws" ? "sts.amazonaws.com" : `https://iam.googleapis.com/${identityProvider}`;
  return { [tokenName(stack)]: { aud } };
}

/** Leaves GitLab's token where the cloud's SDK looks for it, outside of the repository's folder. */
function signIn(pipeline: Pipeline, stack: string, identity: Identity, who: string): string[] {
  const token = `$CI_PROJECT_DIR.tmp/token-${slug(stack)}`;
  const variables = Object.entries({ ...pulumiVariables(identity), ...credentials(pipeline, identity, who, token) });
  return [
    'mkdir -p "$CI_PROJECT_DIR.tmp" && chmod 700 "$CI_PROJECT_DIR.tmp"',
    `printf '%s' "$${tokenName(stack)}" > "${token}"`,
    ...(identity.platform === "gcp" ? [credentialFile(identity, who, token)] : []),
    ...variables.map(([name, value]) => `export ${name}="${value}"`),
  ];
}

function credentials(
  { project }: Pipeline,
  identity: Identity,
  who: string,
  token: string,
): { [name: string]: string | undefined } {
  if (identity.platform === "gcp")
    return { GOOGLE_APPLICATION_CREDENTIALS: `${token}.json`, GOOGLE_CLOUD_PROJECT: identity.project };
  return {
    AWS_REGION: identity.region,
    AWS_ROLE_ARN: who,
    AWS_ROLE_SESSION_NAME: `${project.name.slice(0, 40)}-$CI_PIPELINE_ID`,
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
  };
}

/** https://google.aip.dev/auth/4117 */
function credentialFile({ identityProvider }: Identity, who: string, token: string): string {
  const content = {
    type: "external_account",
    audience: `//iam.googleapis.com/${identityProvider}`,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    credential_source: { file: token },
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${who}:generateAccessToken`,
  };
  return `cat > "${token}.json" <<END\n${JSON.stringify(content, null, 2)}\nEND`;
}

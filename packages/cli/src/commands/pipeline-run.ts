import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import type { ExitCode, Io } from "../io";
import { githubWorkflow } from "../pipeline/github";
import { gitlabPipeline } from "../pipeline/gitlab";
import { checkIdentity, type Identity, readIdentity } from "../pipeline/identity";
import type { Pipeline, PipelineStack } from "../pipeline/pipeline";
import { readProject, stacksOf } from "../pipeline/project";
import { UsageError } from "../usage-error";
import { writeText } from "../write";
import type { PipelineArguments } from "./pipeline";

/** Runs `aistack pipeline`. */
export async function runPipeline(args: PipelineArguments, io: Io): Promise<ExitCode> {
  const { service, output, directory: shown } = args;
  const directory = resolve(io.cwd, shown);
  if (!existsSync(directory))
    throw new UsageError(`The directory ${shown} does not exist: it is not a Pulumi program.`);
  const names = stackNames(args, directory);
  const project = readProject(directory, shown, { stacks: names, packageManager: args.packageManager });
  const stacks = await Promise.all(
    names.map(async (name): Promise<PipelineStack> => ({ name, identity: await identityOf(name, args, io) })),
  );
  const { compliance, setup, approval } = args;
  const pipeline: Pipeline = { project, stacks, branch: branchOf(args, stacks), compliance, setup, approval };
  if (service === "github") checkApproval(pipeline);

  const head = ` Written by \`aistack pipeline ${service}\`. No key is stored: tokens of the service prove who runs it.`;
  const text = service === "github" ? githubWorkflow(pipeline, head) : gitlabPipeline(pipeline, head);
  if (output === undefined) {
    io.stdout.write(text);
    const usual = service === "github" ? `.github/workflows/${project.name}.yml` : ".gitlab-ci.yml";
    io.stderr.write(`Its place in the repository is ${usual}; --output writes it there.\n`);
  } else {
    await writeText("--output", output, text, io);
    io.stdout.write(`pipeline written to ${output}\n`);
  }
  for (const note of project.notes) io.stderr.write(`note: ${note}\n`);
  return 0;
}

function stackNames({ stack, directory: shown }: PipelineArguments, directory: string): readonly string[] {
  const names = stack.length > 0 ? stack : stacksOf(shown, readdirSync(directory));
  const bad = names.find((name) => !/^[A-Za-z0-9_.-]{1,100}$/.test(name));
  if (bad !== undefined)
    throw new UsageError(`--stack ${bad}: a stack's name has letters, digits, hyphens, dots and underscores.`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`--stack ${twice} is given twice.`);
  return names;
}

/** The options that say what a file with an identity does, by the field that they stand for. */
const fields = {
  platform: "cloud",
  planIdentity: "planRole",
  deployIdentity: "role",
  region: "region",
  stateUrl: "state",
  environment: "environment",
  identityProvider: "workloadIdentityProvider",
  project: "project",
} as const;

const optionOf = (field: string) =>
  `--${(fields[field as keyof typeof fields] ?? field).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

async function identityOf(stack: string, args: PipelineArguments, io: Io): Promise<Identity> {
  const { service, identity: files } = args;
  const file = fileOf(stack, files);
  const options = Object.entries(fields).filter(([, option]) => args[option] !== undefined);
  if (file !== undefined) {
    const beside = options.filter(([field]) => field !== "stateUrl").map(([field]) => optionOf(field));
    if (beside.length > 0)
      throw new UsageError(`--identity says what ${beside.join(", ")} would; leave one of the two out.`);
    return readIdentity(file, service, io, args.state);
  }
  if (files.length > 0)
    throw new UsageError(`No identity is given for the stack ${stack}; add --identity ${stack}=<file>.`);
  if (options.length === 0)
    throw new UsageError(
      "Who the pipeline is in the cloud is missing: pass --identity with the binding of a DeploymentIdentity, " +
        "or --cloud, --plan-role, --role, --region and --state.",
    );
  const given = Object.fromEntries(options.map(([field, option]) => [field, args[option]]));
  return checkIdentity(given, service, optionOf);
}

/** The file for one stack, else the one for all. */
function fileOf(stack: string, files: readonly string[]): string | undefined {
  const own = files.map((given) => /^(?:([A-Za-z0-9_.-]+)=)?(.+)$/s.exec(given) ?? []);
  const found = own.find(([, name]) => name === stack) ?? own.find(([, name]) => name === undefined);
  return found?.[2];
}

function branchOf({ branch }: PipelineArguments, stacks: readonly PipelineStack[]): string {
  const named = stacks.flatMap(({ identity }) => (identity.branches === undefined ? [] : [identity.branches]));
  const chosen = branch ?? named[0]?.[0] ?? "main";
  if (!/^[A-Za-z0-9_][A-Za-z0-9._/@#+=-]{0,199}$/.test(chosen))
    throw new UsageError(`--branch ${chosen}: name one branch such as main, without a wildcard.`);
  const others = named.find((branches) => !branches.includes(chosen));
  if (others !== undefined)
    throw new UsageError(`--branch ${chosen}: an identity lets ${others.join(", ")} deploy, and no other branch.`);
  return chosen;
}

/** On GitHub an environment is in the token's subject, so that the cloud has to trust it: it cannot be added here. */
function checkApproval({ stacks, approval }: Pipeline): void {
  const last = stacks.at(-1);
  if (stacks.length < 2 || !approval || last?.identity.environment !== undefined) return;
  throw new UsageError(
    `The stack ${last?.name} would be deployed without an approval: its identity names no environment. ` +
      "Give DeploymentIdentity an `environment` with reviewers, or pass --no-approval.",
  );
}

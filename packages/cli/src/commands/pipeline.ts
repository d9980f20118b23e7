import type { Regulation } from "aistack-core/compliance";
import { Argument, Option } from "commander";
import type { Cloud, Service } from "../pipeline/identity";
import type { RegisterCommand } from ".";
import { addRegulations } from "./plan";

/** What `aistack pipeline` was asked for. */
export interface PipelineArguments {
  readonly service: Service;
  readonly directory: string;
  /** In the order in which they are deployed. */
  readonly stack: readonly string[];
  /** Files with identities: `file` for all stacks, `stack=file` for one. */
  readonly identity: readonly string[];
  readonly cloud?: Cloud;
  readonly planRole?: string;
  readonly role?: string;
  readonly region?: string;
  readonly state?: string;
  readonly environment?: string;
  readonly workloadIdentityProvider?: string;
  readonly project?: string;
  readonly branch?: string;
  readonly compliance: readonly Regulation[];
  readonly setup?: string;
  /** Package manager with its version, where package.json does not say. */
  readonly packageManager?: string;
  readonly approval: boolean;
  /** File to write to, in the place of standard output. */
  readonly output?: string;
}

type PipelineOptions = Omit<PipelineArguments, "service" | "directory" | "stack" | "identity" | "compliance"> &
  Partial<Pick<PipelineArguments, "stack" | "identity" | "compliance">>;

const examples = `
Examples:
  pulumi stack output identity --json > identity.json       of a DeploymentIdentity
  aistack pipeline github . --identity identity.json --output .github/workflows/assistant.yml
  aistack pipeline gitlab . --identity dev=dev.json --identity prod=prod.json --compliance soc-2
  aistack pipeline github . --stack dev --cloud aws --region eu-west-1 --state s3://my-state \\
    --plan-role arn:aws:iam::123456789012:role/plan --role arn:aws:iam::123456789012:role/deploy

Exit codes:
  0  written
  2  the command was used wrongly, or something is missing that the pipeline would need`;

/** `aistack pipeline`: declares its options; the work is in `pipeline-run.ts`, which is only loaded to run it. */
export const registerPipeline: RegisterCommand = (program, io, exit) => {
  const several = (argument: string, earlier: readonly string[] = []) => [...earlier, argument];
  program
    .command("pipeline")
    .summary("write the pipeline that plans pull requests and deploys a branch, without a stored key")
    .description(
      "Writes the pipeline of a Pulumi program for GitHub Actions or GitLab CI/CD. Pull requests are planned and previewed, " +
        "with the result as one comment; a push to the branch deploys the stacks in order. Clouds are reached by the " +
        "tokens of the service, without a stored key.",
    )
    .addArgument(new Argument("<service>", "service that runs the pipeline").choices(["github", "gitlab"]))
    .argument("[dir]", "directory of the program, the one with Pulumi.yaml", ".")
    .option("-s, --stack <name>", "stack to deploy, in this order; repeatable (default: dev, then prod)", several)
    .option(
      "--identity <[stack=]file>",
      "JSON of a DeploymentIdentity's binding, for one stack or all; repeatable",
      several,
    )
    .addOption(new Option("--cloud <cloud>", "cloud, in the place of --identity").choices(["aws", "gcp"]))
    .option("--plan-role <role>", "role that plans: an ARN, or the e-mail address of a service account")
    .option("--role <role>", "role that deploys, likewise")
    .option("--region <region>", "region of the stacks")
    .option("--state <url>", "bucket with the state, s3://... or gs://...; also beside --identity")
    .option("--environment <name>", "GitHub: environment of jobs that deploy, which the role trusts")
    .option("--workload-identity-provider <name>", "gcp: the provider that takes the tokens, projects/<number>/...")
    .option("--project <id>", "gcp: project of the stacks")
    .option("--branch <name>", "branch that is deployed (default: that of the identity, else main)")
    .option(
      "--compliance <names>",
      "judge by the controls of these regulations too, separated by commas",
      addRegulations,
    )
    .option("--setup <command>", "command after the packages are installed, such as `npm run build`")
    .option("--package-manager <name@version>", "such as pnpm@12.20.0, where package.json names no packageManager")
    .option("--no-approval", "let the last of several stacks be deployed without anybody's approval")
    .option("-o, --output <file>", "write to this file instead of standard output")
    .addHelpText("after", examples)
    .action(async (service: Service, directory: string, options: PipelineOptions) => {
      const { runPipeline }: typeof import("./pipeline-run") = require("./pipeline-run");
      const { stack = [], identity = [], compliance = [] } = options;
      exit(await runPipeline({ ...options, service, directory, stack, identity, compliance }, io));
    });
};

/** What pipelines run that is not the stack's own, pinned. Commits are those that the repositories' tags name; read 2026-11. */

/** A GitHub action by the commit of a release. */
export interface Action {
  readonly uses: string;
  readonly version: string;
}

const action = (name: string, commit: string, version: string): Action => ({ uses: `${name}@${commit}`, version });

export const actions = {
  checkout: action("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
  setupNode: action("actions/setup-node", "820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"),
  githubScript: action("actions/github-script", "ed597411d8f924073f98dfc5c65a23a2325f34cd", "v8.0.0"),
  installPulumi: action("pulumi/actions", "8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"),
  awsCredentials: action("aws-actions/configure-aws-credentials", "e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"),
  googleAuth: action("google-github-actions/auth", "7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"),
} as const;

/** Node.js that Pulumi programs run on. */
export const nodeVersion = "24";

/** Image with the Pulumi CLI and Node.js, by the version of the CLI. https://hub.docker.com/r/pulumi/pulumi-nodejs */
export const pulumiImage = (version: string): string => `pulumi/pulumi-nodejs:${version}`;

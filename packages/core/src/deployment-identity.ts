/** What DeploymentIdentity has on every platform: which pipelines of which repository may plan, and which may deploy. */
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectStoreBinding } from "./bindings";
import { type Checks, matching, oneOf, type Rule } from "./checks";
import { Regulation } from "./compliance";
import type { Platform } from "./platform";

/** Service that runs the pipelines and signs what they are. */
export enum CiProvider {
  /** GitHub Actions, of github.com or of a GitHub Enterprise Server. */
  GitHub = "github",
  /** GitLab CI/CD, of gitlab.com or self-managed. */
  GitLab = "gitlab",
}

/** Arguments of DeploymentIdentity that are the same on every platform. */
export interface CiIdentityArgs {
  /** Identities to adopt. Nothing is created then, and no argument but `compliance` may be given. */
  existing?: pulumi.Input<DeploymentIdentityBinding>;
  /** Service that runs the pipelines. Required without `existing`. */
  provider?: CiProvider;
  /** Repository, as its service writes it: `owner/name`, or with GitLab the project's path `group/project`. Required without `existing`. */
  repository?: string;
  /** Branches that may deploy, by their full names. Defaults to main. */
  branches?: string[];
  /** GitHub: environment that jobs which deploy have to be in, such as "prod". Its rules say who approves. Defaults to none. */
  environment?: string;
  /**
   * Number of the repository, which no other gets when this one is renamed or deleted: GitHub's repository id, GitLab's
   * project id. When given, tokens must carry it too.
   */
  repositoryId?: string;
  /**
   * GitHub: number of the repository's owner, for tokens whose subject holds both numbers. Those are the tokens of
   * repositories that were made, renamed or transferred since 15 July 2026 or opted in. Needs `repositoryId`.
   */
  ownerId?: string;
  /**
   * URL of the issuer of tokens, where it is a server of your own: `https://HOST/_services/token` of a GitHub Enterprise
   * Server, `https://HOST` of a GitLab. Defaults to that of github.com or gitlab.com.
   */
  issuerUrl?: string;
  /** Bucket that keeps the state of stacks. When omitted, the state is kept elsewhere and no bucket is granted. */
  state?: pulumi.Input<ObjectStoreBinding>;
  /**
   * Key that encrypts the secrets of stacks: on AWS the ARN of a KMS key, on Google Cloud the name of a key. When omitted,
   * no other key than that of `state` is granted.
   */
  secretsKey?: pulumi.Input<string>;
  /** Regulations to meet: PCI DSS and SOC 2 want changes approved, which on GitHub takes an `environment`. Defaults to none. */
  compliance?: Regulation[];
}

/** What the file of a pipeline needs to know to act in a cloud. Nothing of it is a secret. */
export interface DeploymentIdentityBinding {
  /** Cloud that trusts the pipelines. */
  platform: Platform;
  /** Service that runs the pipelines. */
  provider: CiProvider;
  /** Repository that the pipelines belong to. */
  repository: string;
  /** Branches that may deploy. */
  branches: string[];
  /** GitHub environment that jobs which deploy have to be in. */
  environment?: string;
  /** What the cloud calls the trust. AWS: ARN of the OpenID Connect provider. Google Cloud: name of the workload identity provider. */
  identityProvider: string;
  /** Who plans. AWS: ARN of a role. Google Cloud: e-mail address of a service account. */
  planIdentity: string;
  /** Who deploys, in the same terms. */
  deployIdentity: string;
  /** Region that the stacks are in. */
  region: string;
  /** Google Cloud: project that the stacks are in. */
  project?: string;
  /** URL that `pulumi login` takes for the state of the stacks. */
  stateUrl?: string;
}

/** Which tokens are trusted, in the terms of the service that signs them. */
export interface CiTrust {
  provider: CiProvider;
  repository: string;
  branches: string[];
  environment?: string;
  repositoryId?: string;
  issuerUrl: string;
  /** Subject of tokens for pull requests. GitLab's name the source branch, so that there is no one subject. */
  planSubject?: string;
  /** Subjects of tokens that may deploy. */
  deploySubjects: string[];
  /** Branches by their full names, where the subject names an environment in their place. */
  refs: string[];
}

/** Arguments that were judged, gated where they are still to come. */
export interface CiIdentityPlan {
  trust: CiTrust;
  state?: pulumi.Input<ObjectStoreBinding>;
}

/** https://docs.github.com/en/actions/reference/security/oidc and https://docs.gitlab.com/ci/secrets/id_token_authentication/ */
const issuers: Readonly<Record<CiProvider, { url: string; own: RegExp; form: string }>> = {
  [CiProvider.GitHub]: {
    url: "https://token.actions.githubusercontent.com",
    own: /^https:\/\/(token\.actions\.githubusercontent\.com(\/[A-Za-z0-9-]+)?|token\.actions\.[a-z0-9-]+\.ghe\.com(\/[A-Za-z0-9-]+)?|[a-z0-9-]+(\.[a-z0-9-]+)+\/_services\/token)$/,
    form: "https://HOST/_services/token of a GitHub Enterprise Server, without a slash at its end",
  },
  [CiProvider.GitLab]: {
    url: "https://gitlab.com",
    own: /^https:\/\/(?!token\.actions\.)[a-z0-9-]+(\.[a-z0-9-]+)+(\/[A-Za-z0-9._-]+)*$/,
    form: "the URL of a GitLab such as https://gitlab.example.com, without a port or a slash at its end",
  },
};

/** https://docs.github.com/en/repositories and https://docs.gitlab.com/user/reserved_names/ */
const repositories: Readonly<Record<CiProvider, Rule<string>>> = {
  [CiProvider.GitHub]: matching(
    /^[A-Za-z0-9](-?[A-Za-z0-9])*\/[A-Za-z0-9._-]{1,100}$/,
    'the repository as "owner/name", in the letters that GitHub shows, without a wildcard',
  ),
  [CiProvider.GitLab]: matching(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/,
    'the path of the project as "group/project", in the letters that GitLab shows, without a wildcard',
  ),
};

/** Neither IAM's wildcards and variables nor quotes of a condition can stand in what passes. */
const branch: Rule<string> = (value) => {
  if (/[*?]/.test(value)) return "must be one branch by its full name, without a wildcard; name each that may deploy";
  if (/^refs\//.test(value)) return "must be the name alone, such as main";
  const isName = /^[A-Za-z0-9_][A-Za-z0-9._/@#+=-]{0,199}$/.test(value) && !/\.\.|\/\/|\/$|\.lock$/.test(value);
  return isName ? undefined : "must be the name of a branch such as main";
};

const environmentName = matching(
  /^[A-Za-z0-9_][A-Za-z0-9._ -]{0,254}$/,
  "the name of one environment such as prod: letters, digits, spaces, hyphens, dots and underscores",
);

const number = matching(/^[1-9][0-9]{0,19}$/, "the number that the service's API shows as id, such as 456789");

/** What asks for an approval before a change, in the words of which requirement. */
const approvals: ReadonlyMap<Regulation, string> = new Map([
  [Regulation.PciDss, "PCI DSS 6.5.1"],
  [Regulation.Soc2, "SOC 2 CC8.1"],
]);

/** Judges what all platforms share. Faults are recorded; the plan is worth something once {@link Checks.done} has passed. */
export function checkCiIdentity(check: Checks, platform: Platform, args: CiIdentityArgs): CiIdentityPlan {
  check.existingAlone(args, "compliance");
  const { provider = CiProvider.GitHub, repository = "", branches = ["main"], environment } = args;
  const { repositoryId, ownerId } = args;
  const issuer = issuers[provider];
  if (args.existing === undefined) {
    if (args.provider === undefined) check.fault("provider", "is missing; name the service that runs the pipelines");
    if (args.repository === undefined) check.fault("repository", "is missing; name the repository of the pipelines");
  }
  check.value("provider", args.provider, oneOf(Object.values(CiProvider)));
  check.value("repository", args.repository, repositories[provider] ?? repositories[CiProvider.GitHub]);
  if (branches.length === 0) check.fault("branches", "is [], so that nothing could deploy; name one, or leave it out");
  branches.forEach((name, index) => {
    check.value(`branches[${index}]`, name, branch);
    if (branches.indexOf(name) !== index) check.fault(`branches[${index}]`, `is "${name}" for a second time`);
  });
  check.value("environment", environment, environmentName);
  check.value("repositoryId", repositoryId, number);
  check.value("ownerId", ownerId, number);
  if (issuer) check.value("issuerUrl", args.issuerUrl, matching(issuer.own, issuer.form));
  checkTogether(check, args, issuer?.url);
  const onPlatform: Rule<ObjectStoreBinding> = (bucket) =>
    bucket.platform === platform
      ? undefined
      : `must be a bucket on platform ${platform}; else leave it out and grant access to it there`;
  const state = check.value("state", args.state, onPlatform);

  const named = { provider, repository, branches, environment, repositoryId };
  const trust = { ...named, issuerUrl: args.issuerUrl ?? issuer?.url ?? "", ...subjectsOf({ ...named, ownerId }) };
  return { trust, state };
}

function checkTogether(check: Checks, args: CiIdentityArgs, ordinary: string | undefined): void {
  const { provider, environment, repositoryId, ownerId, issuerUrl } = args;
  if (provider === CiProvider.GitLab) {
    if (environment !== undefined)
      check.fault(
        "environment",
        "has no effect with GitLab, whose subjects name none; leave it out, and protect the environment of the job there",
      );
    if (ownerId !== undefined) check.fault("ownerId", "has no effect with GitLab; leave it out");
  }
  if (provider !== CiProvider.GitHub) return;
  if (ownerId !== undefined && repositoryId === undefined)
    check.fault("repositoryId", "is missing; the subjects that `ownerId` is for hold both numbers");
  if (ownerId !== undefined && (issuerUrl ?? ordinary)?.endsWith("/_services/token"))
    check.fault(
      "ownerId",
      "has no effect with a GitHub Enterprise Server, whose subjects hold names alone; leave it out",
    );
  const wanted = (args.compliance ?? []).flatMap((regulation) => approvals.get(regulation) ?? []);
  if (wanted.length > 0 && environment === undefined && args.existing === undefined)
    check.fault(
      "environment",
      `is missing, but ${wanted.join(" and ")} wants a change approved before it is made; name an environment whose rules ask for reviewers`,
    );
}

/** The subjects that GitHub and GitLab write into their tokens, unless somebody has customised them. */
function subjectsOf(
  named: Pick<CiTrust, "provider" | "repository" | "branches" | "environment" | "repositoryId"> & {
    ownerId?: string;
  },
): Pick<CiTrust, "planSubject" | "deploySubjects" | "refs"> {
  const { provider, repository, branches, environment, repositoryId, ownerId } = named;
  if (provider === CiProvider.GitLab)
    return {
      deploySubjects: branches.map((name) => `project_path:${repository}:ref_type:branch:ref:${name}`),
      refs: [],
    };
  const [owner, name] = repository.split("/");
  const repo = ownerId === undefined ? `repo:${repository}` : `repo:${owner}@${ownerId}/${name}@${repositoryId}`;
  const refs = branches.map((one) => `refs/heads/${one}`);
  return {
    planSubject: `${repo}:pull_request`,
    deploySubjects:
      environment === undefined ? refs.map((ref) => `${repo}:ref:${ref}`) : [`${repo}:environment:${environment}`],
    refs: environment === undefined ? [] : refs,
  };
}

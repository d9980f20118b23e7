/** What DeploymentIdentity promises on every platform and for every CI service, asserted on each by the same tests. */
import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  type CiIdentityArgs,
  CiProvider,
  type DeploymentIdentityBinding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";

interface Identity extends pulumi.ComponentResource {
  binding: pulumi.Output<DeploymentIdentityBinding>;
}

interface Cloud {
  platform: Platform;
  config: { [key: string]: string };
  create: (args: CiIdentityArgs) => Identity;
  /** Form of an identity, of what the cloud calls the trust, and an example of a key. */
  identity: RegExp;
  identityProvider: RegExp;
  secretsKey: string;
  /** Types of what would be stored in a pipeline. */
  keys: RegExp;
}

const clouds: Cloud[] = [
  {
    platform: Platform.Aws,
    config: { "aws:region": "eu-west-1" },
    create: (args) => new aws.DeploymentIdentity("ci", args),
    identity: /^arn:aws:iam::\d{12}:role\/ci-dev-(plan|deploy)$/,
    identityProvider: /^arn:aws:iam::\d{12}:oidc-provider\/.+/,
    secretsKey: "arn:aws:kms:eu-west-1:123456789012:key/1234",
    keys: /accessKey|iam\/user/i,
  },
  {
    platform: Platform.Gcp,
    config: { "gcp:project": "my-project", "gcp:region": "europe-west4" },
    create: (args) => new gcp.DeploymentIdentity("ci", args),
    identity: /^ci-dev-(plan|deploy)@my-project\.iam\.gserviceaccount\.com$/,
    identityProvider: /^projects\/\d+\/locations\/global\/workloadIdentityPools\/ci-ci-dev\/providers\/ci-ci-dev$/,
    secretsKey: "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k",
    keys: /serviceaccount\/key/i,
  },
];

interface Service {
  provider: CiProvider;
  repository: string;
  /** Subject of a token for the branch main. */
  main: string;
}

const services: Service[] = [
  {
    provider: CiProvider.GitHub,
    repository: "example-org/assistant",
    main: "repo:example-org/assistant:ref:refs/heads/main",
  },
  {
    provider: CiProvider.GitLab,
    repository: "example/ai/assistant",
    main: "project_path:example/ai/assistant:ref_type:branch:ref:main",
  },
];

const subjects = clouds.flatMap((cloud) => services.map((service) => ({ ...cloud, ...service })));
type Subject = (typeof subjects)[number];

const store = (platform: Platform): ObjectStoreBinding => ({
  kind: "object-store",
  name: "state",
  platform,
  bucket: "state",
  url: "x://state",
  access: { read: [], write: [] },
});

async function planned(
  { create, config, provider, repository }: Subject,
  args: CiIdentityArgs,
  mode: Mode = "simulate",
) {
  return plan(() => ({ binding: create({ provider, repository, ...args }).binding }), { config, mode });
}

async function refusal(subject: Subject, args: CiIdentityArgs): Promise<string> {
  const outcome = await planned(subject, args).catch((error: Error) => error);
  if (outcome instanceof Error) return outcome.message;
  throw new Error("the program was planned, not refused");
}

/** Every text in the inputs of a plan, policies and conditions among them. */
const texts = (graph: Graph) => graph.resources.map((row) => JSON.stringify(row.inputs)).join("\n");

describe.each(subjects)("$provider on $platform", (subject) => {
  test("the binding says all that a pipeline's file needs, and no secret", async () => {
    const graph = await planned(subject, { state: store(subject.platform) });
    const binding = graph.outputs.binding as unknown as DeploymentIdentityBinding;
    expect(binding).toEqual({
      platform: subject.platform,
      provider: subject.provider,
      repository: subject.repository,
      branches: ["main"],
      identityProvider: expect.stringMatching(subject.identityProvider),
      planIdentity: expect.stringMatching(subject.identity),
      deployIdentity: expect.stringMatching(subject.identity),
      region: Object.entries(subject.config).find(([key]) => key.endsWith(":region"))?.[1],
      ...(subject.platform === Platform.Gcp ? { project: "my-project" } : {}),
      stateUrl: "x://state",
    });
    expect(binding.planIdentity).not.toBe(binding.deployIdentity);
  });

  test("no key that could be stored is made", async () => {
    const graph = await planned(subject, { secretsKey: subject.secretsKey });
    expect(graph.resources.filter(({ type }) => subject.keys.test(type))).toEqual([]);
  });

  test("main alone deploys unless branches are named, each by its exact subject", async () => {
    const own = texts(await planned(subject, {}));
    expect(own).toContain(subject.main);
    const branches = texts(await planned(subject, { branches: ["release"] }));
    expect(branches).toContain(subject.main.replace(/main$/, "release"));
    expect(branches).not.toContain(subject.main);
  });

  test("a preview knows who is let in", async () => {
    const graph = await planned(subject, {}, "preview");
    expect(graph.diagnostics).toEqual([]);
    expect(texts(graph)).toContain(subject.platform === Platform.Gcp ? subject.main : "Plans pull requests");
  });

  test("adopts identities and creates nothing then", async () => {
    const existing: DeploymentIdentityBinding = {
      platform: subject.platform,
      provider: subject.provider,
      repository: subject.repository,
      branches: ["main"],
      identityProvider: "trust",
      planIdentity: "plan",
      deployIdentity: "deploy",
      region: "eu-west-1",
    };
    const graph = await plan(() => ({ binding: subject.create({ existing }).binding }), { config: subject.config });
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });

  const faults: [string, CiIdentityArgs, RegExp][] = [
    [
      "a repository without an owner",
      { repository: "assistant" },
      /repository is "assistant", but must be the (repository|path)/,
    ],
    ["a repository by its URL", { repository: "https://github.com/a/b" }, /repository is "https:\/\/github/],
    [
      "every repository of an owner",
      { repository: "example-org/*" },
      /repository is "example-org\/\*", but .*without a wildcard/,
    ],
    ["a repository that ends a quote", { repository: 'a/b" || true || "' }, /repository is .*must be/],
    ["a repository with another claim in it", { repository: "a/b:ref:refs/heads/main" }, /repository is .*must be/],
    ["no branch", { branches: [] }, /branches is \[\], so that nothing could deploy/],
    [
      "every branch",
      { branches: ["*"] },
      /branches\[0\] is "\*", but must be one branch by its full name, without a wildcard/,
    ],
    ["branches by a pattern", { branches: ["release/*"] }, /branches\[0\].*without a wildcard/],
    [
      "a branch by its reference",
      { branches: ["refs/heads/main"] },
      /branches\[0\].*must be the name alone, such as main/,
    ],
    [
      "a branch with a variable of IAM",
      { branches: [`$${"{"}aws:username}`] },
      /branches\[0\].*must be the name of a branch/,
    ],
    ["a branch with a quote", { branches: ['a"'] }, /branches\[0\].*must be the name of a branch/],
    ["a branch twice", { branches: ["main", "main"] }, /branches\[1\] is "main" for a second time/],
    ["an issuer without TLS", { issuerUrl: "http://git.example.com" }, /issuerUrl is "http:.*must be/],
    [
      "an issuer with a slash at its end",
      { issuerUrl: "https://git.example.com/" },
      /issuerUrl.*without a (port or a )?slash/,
    ],
    ["an issuer on a port", { issuerUrl: "https://git.example.com:8443" }, /issuerUrl is /],
    ["a number that is none", { repositoryId: "example-org/assistant" }, /repositoryId.*must be the number/],
    ["a key that is none", { secretsKey: "mine" }, /secretsKey is "mine"/],
    [
      "a service that is none",
      { provider: "jenkins" as CiProvider },
      /provider is "jenkins", but must be one of github, gitlab/,
    ],
    [
      "arguments beside adopted identities",
      { existing: {} as DeploymentIdentityBinding },
      /repository has no effect together with `existing`/,
    ],
  ];
  test.each(faults)("refuses %s", async (_, args, message) => {
    expect(await refusal(subject, args)).toMatch(message);
  });

  test("refuses a bucket of another platform, now and when it turns out", async () => {
    const other = store(Platform.Edge);
    for (const state of [other, pulumi.output(other)])
      expect(await refusal(subject, { state })).toMatch(/state is .*but must be a bucket on platform (aws|gcp)/);
  });

  test("says all faults at once, what is missing among them", async () => {
    const { create, config } = subject;
    const outcome = await plan(() => create({ branches: ["*"] }), { config }).catch((error: Error) => error.message);
    expect(outcome).toMatch(/provider is missing[\s\S]*repository is missing[\s\S]*branches\[0\]/);
  });
});

describe.each(subjects.filter(({ provider }) => provider === CiProvider.GitHub))("GitHub on $platform", (subject) => {
  test("jobs in an environment deploy in the place of all jobs of the branch", async () => {
    const own = texts(await planned(subject, { environment: "prod" }));
    expect(own).toContain("repo:example-org/assistant:environment:prod");
    expect(own).not.toContain(subject.main);
  });

  test("immutable subjects hold the numbers of owner and repository", async () => {
    const own = texts(await planned(subject, { repositoryId: "456789", ownerId: "123456" }));
    expect(own).toContain("repo:example-org@123456/assistant@456789:pull_request");
    expect(own).toContain("repo:example-org@123456/assistant@456789:ref:refs/heads/main");
    expect(own).not.toContain(subject.main);
  });

  test("an Enterprise Server is an issuer of its own", async () => {
    const issuerUrl = "https://git.example.com/_services/token";
    expect(texts(await planned(subject, { issuerUrl }))).toContain(issuerUrl);
  });

  const faults: [string, CiIdentityArgs, RegExp][] = [
    ["an owner's number alone", { ownerId: "1" }, /repositoryId is missing/],
    ["every environment", { environment: "*" }, /environment is "\*", but must be the name of one environment/],
    ["GitLab as the issuer", { issuerUrl: "https://gitlab.com" }, /issuerUrl is "https:\/\/gitlab.com"/],
    [
      "immutable subjects of a server that has none",
      { issuerUrl: "https://git.example.com/_services/token", repositoryId: "1", ownerId: "2" },
      /ownerId has no effect with a GitHub Enterprise Server/,
    ],
    [
      "changes that nobody approves, under PCI DSS",
      { compliance: [Regulation.PciDss] },
      /environment is missing, but PCI DSS 6.5.1/,
    ],
  ];
  test.each(faults)("refuses %s", async (_, args, message) => {
    expect(await refusal(subject, args)).toMatch(message);
  });

  test("takes regulations that ask for no approval, and those that do with an environment", async () => {
    await planned(subject, { compliance: [Regulation.Gdpr] });
    await planned(subject, { compliance: [Regulation.Soc2, Regulation.PciDss], environment: "prod" });
  });
});

describe.each(subjects.filter(({ provider }) => provider === CiProvider.GitLab))("GitLab on $platform", (subject) => {
  test("a server of one's own is an issuer of its own", async () => {
    const issuerUrl = "https://gitlab.example.com";
    expect(texts(await planned(subject, { issuerUrl }))).toContain(issuerUrl);
  });

  const faults: [string, CiIdentityArgs, RegExp][] = [
    ["an environment, which is in no subject", { environment: "prod" }, /environment has no effect with GitLab/],
    ["an owner's number", { ownerId: "1" }, /ownerId has no effect with GitLab/],
    ["GitHub as the issuer", { issuerUrl: "https://token.actions.githubusercontent.com" }, /issuerUrl is /],
  ];
  test.each(faults)("refuses %s", async (_, args, message) => {
    expect(await refusal(subject, args)).toMatch(message);
  });
});

import * as pulumi from "@pulumi/pulumi";
import { CiProvider, type DeploymentIdentityBinding, Platform, Regulation } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { GpuCluster } from "../gpu-cluster/gpu-cluster";
import { ObjectStore } from "../object-store/object-store";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { DeploymentIdentityArgs } from "./args";
import { DeploymentIdentity } from "./deployment-identity";

const given = { provider: CiProvider.GitHub, repository: "example-org/assistant" };
const key = "arn:aws:kms:eu-west-1:123456789012:key/1234";
const iam = "arn:aws:iam::123456789012";
const github = "token.actions.githubusercontent.com";

const identity = (args: Partial<DeploymentIdentityArgs> = {}, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const made = new DeploymentIdentity("ci", { ...given, ...args });
    return { binding: made.binding, boundary: made.permissionsBoundaryArn };
  }, mode);

/** What the trust policy of a role asks of a token. */
const trusts = (graph: Graph, role: "plan" | "deploy") =>
  statements(graph, `ci-${role}-role`, "assumeRolePolicy").TrustPipelines?.Condition;

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others: no user, no key, no secret", async () => {
    const graph = await identity({ secretsKey: key }, mode);
    expect(created(graph)).toEqual([
      "ci-boundary Policy",
      "ci-deploy-role Role",
      "ci-deploy-stacks RolePolicy",
      "ci-deploy-state RolePolicy",
      "ci-plan-managed-1 RolePolicyAttachment",
      "ci-plan-managed-2 RolePolicyAttachment",
      "ci-plan-role Role",
      "ci-plan-state RolePolicy",
      "ci-provider OpenIdConnectProvider",
    ]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("both roles end after an hour and carry the boundary", async () => {
    const graph = await identity({}, mode);
    for (const role of ["plan", "deploy"]) {
      expect(inputs(graph, `ci-${role}-role`)).toMatchObject({ name: `ci-dev-${role}`, maxSessionDuration: 3600 });
      expect(waitsFor(graph, `ci-${role}-role`)).toContain("ci-boundary");
    }
    expect(inputs(graph, "ci-boundary", "name")).toBe("ci-dev-boundary");
    expect(inputs(graph, "ci-provider")).toMatchObject({
      url: `https://${github}`,
      clientIdLists: ["sts.amazonaws.com"],
      tags: { "aistack:component": "DeploymentIdentity" },
    });
  });

  test("adopted identities are passed on and nothing is created", async () => {
    const existing: DeploymentIdentityBinding = {
      platform: Platform.Aws,
      ...given,
      branches: ["main"],
      identityProvider: `${iam}:oidc-provider/${github}`,
      planIdentity: `${iam}:role/plan`,
      deployIdentity: `${iam}:role/deploy`,
      region: "eu-west-1",
    };
    const graph = await planned(() => {
      const { binding } = new DeploymentIdentity("ci", { existing, compliance: [Regulation.Soc2] });
      return { binding };
    }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

describe("GitHub", () => {
  test("pull requests plan, and a push to main deploys: exact subjects, without a wildcard", async () => {
    const graph = await identity();
    expect(trusts(graph, "plan")).toEqual({
      StringEquals: {
        [`${github}:aud`]: "sts.amazonaws.com",
        [`${github}:sub`]: "repo:example-org/assistant:pull_request",
      },
    });
    expect(trusts(graph, "deploy")).toEqual({
      StringEquals: {
        [`${github}:aud`]: "sts.amazonaws.com",
        [`${github}:sub`]: "repo:example-org/assistant:ref:refs/heads/main",
      },
    });
    expect(statements(graph, "ci-deploy-role", "assumeRolePolicy").TrustPipelines).toMatchObject({
      Principal: { Federated: `${iam}:oidc-provider/${github}` },
      Action: "sts:AssumeRoleWithWebIdentity",
    });
  });

  test("several branches are as many subjects", async () => {
    const graph = await identity({ branches: ["main", "release/1.x"] });
    expect(trusts(graph, "deploy").StringEquals[`${github}:sub`]).toEqual([
      "repo:example-org/assistant:ref:refs/heads/main",
      "repo:example-org/assistant:ref:refs/heads/release/1.x",
    ]);
  });

  test("with an environment, jobs in it deploy, and from the branch alone", async () => {
    const graph = await identity({ environment: "prod" });
    expect(trusts(graph, "deploy").StringEquals).toMatchObject({
      [`${github}:sub`]: "repo:example-org/assistant:environment:prod",
      [`${github}:ref`]: "refs/heads/main",
    });
  });

  test("the numbers of repository and owner stand in the subject as GitHub writes them", async () => {
    const graph = await identity({ repositoryId: "456789", ownerId: "123456" });
    expect(trusts(graph, "plan").StringEquals).toMatchObject({
      [`${github}:sub`]: "repo:example-org@123456/assistant@456789:pull_request",
      [`${github}:repository_id`]: "456789",
    });
    expect(trusts(graph, "deploy").StringEquals).toMatchObject({
      [`${github}:sub`]: "repo:example-org@123456/assistant@456789:ref:refs/heads/main",
      [`${github}:repository_id`]: "456789",
    });
    // A repository from before July 2026 has names in its subjects, and its number beside.
    const older = await identity({ repositoryId: "456789" });
    expect(trusts(older, "deploy").StringEquals).toMatchObject({
      [`${github}:sub`]: "repo:example-org/assistant:ref:refs/heads/main",
      [`${github}:repository_id`]: "456789",
    });
  });

  test("a GitHub Enterprise Server is an issuer of its own, of whose claims AWS compares two", async () => {
    const graph = await identity({ issuerUrl: "https://git.example.com/_services/token", environment: "prod" });
    expect(inputs(graph, "ci-provider", "url")).toBe("https://git.example.com/_services/token");
    expect(trusts(graph, "deploy").StringEquals).toEqual({
      "git.example.com/_services/token:aud": "sts.amazonaws.com",
      "git.example.com/_services/token:sub": "repo:example-org/assistant:environment:prod",
    });
  });
});

describe("GitLab", () => {
  const onGitLab = { provider: CiProvider.GitLab, repository: "example/ai/assistant" };

  test("the branch deploys by its exact subject; merge requests plan from any branch of the project", async () => {
    const graph = await identity(onGitLab);
    expect(inputs(graph, "ci-provider", "url")).toBe("https://gitlab.com");
    expect(trusts(graph, "plan")).toEqual({
      StringEquals: { "gitlab.com:aud": "sts.amazonaws.com" },
      StringLike: { "gitlab.com:sub": "project_path:example/ai/assistant:ref_type:branch:ref:*" },
    });
    expect(trusts(graph, "deploy")).toEqual({
      StringEquals: {
        "gitlab.com:aud": "sts.amazonaws.com",
        "gitlab.com:sub": "project_path:example/ai/assistant:ref_type:branch:ref:main",
      },
    });
  });

  test("a GitLab of one's own is trusted under its URL", async () => {
    const graph = await identity({ ...onGitLab, issuerUrl: "https://gitlab.example.com" });
    expect(inputs(graph, "ci-provider", "url")).toBe("https://gitlab.example.com");
    expect(trusts(graph, "deploy").StringEquals).toHaveProperty(["gitlab.example.com:sub"]);
  });
});

describe("rights", () => {
  test("who plans reads how things are set up, by policies of AWS, and changes nothing", async () => {
    const graph = await identity({ secretsKey: key });
    expect(inputs(graph, "ci-plan-managed-1", "policyArn")).toBe("arn:aws:iam::aws:policy/SecurityAudit");
    expect(inputs(graph, "ci-plan-managed-2", "policyArn")).toBe("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess");
    expect(statements(graph, "ci-plan-state")).toEqual({
      UseSecretsKey: { Sid: "UseSecretsKey", Effect: "Allow", Action: "kms:Decrypt", Resource: key },
    });
    expect(statements(graph, "ci-deploy-state").UseSecretsKey).toMatchObject({
      Action: ["kms:Decrypt", "kms:Encrypt"],
      Resource: key,
    });
  });

  test("the state is read by who plans; who deploys writes it, and takes back its own locks alone", async () => {
    const graph = await planned(() => {
      const state = new ObjectStore("state").binding;
      return { binding: new DeploymentIdentity("ci", { ...given, state }).binding };
    });
    const actions = (role: string) => Object.values(statements(graph, `ci-${role}-state`)).flatMap((row) => row.Action);
    expect(actions("plan")).toEqual(["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"]);
    expect(actions("deploy")).toEqual([
      ...["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"],
      ...["s3:AbortMultipartUpload", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey", "s3:DeleteObject"],
    ]);
    const bucket = inputs(graph, "state-policy", "bucket");
    expect(statements(graph, "ci-deploy-state").UnlockState?.Resource).toBe(`arn:aws:s3:::${bucket}/.pulumi/locks/*`);
    expect(graph.outputs.binding).toMatchObject({ stateUrl: `s3://${bucket}` });
  });

  test("without state and key there is no policy for them", async () => {
    expect(created(await identity()).filter((row) => row.includes("-state"))).toEqual([]);
  });

  test("a pipeline makes roles under its path and boundary alone, and no user, key or way around", async () => {
    const graph = await identity();
    const boundary = statements(graph, "ci-boundary");
    expect(boundary.MakeBoundRoles).toMatchObject({
      Resource: [`${iam}:role/aistack/*`],
      Condition: { StringEquals: { "iam:PermissionsBoundary": `${iam}:policy/ci-dev-boundary` } },
    });
    expect(boundary.UseRoles).toMatchObject({ Resource: [`${iam}:role/aistack/*`] });
    expect(boundary.UseServices).toMatchObject({
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1"] } },
    });
    expect(boundary.DenyOwnChange).toMatchObject({
      Effect: "Deny",
      Resource: [
        `${iam}:role/ci-dev-plan`,
        `${iam}:role/ci-dev-deploy`,
        `${iam}:policy/ci-dev-boundary`,
        `${iam}:oidc-provider/${github}`,
      ],
    });
    const allowed = allStatements(graph)
      .filter(({ statement }) => statement.Effect === "Allow")
      .flatMap(({ statement }) => statement.Action);
    expect(allowed).not.toContain("*");
    const forbidden =
      /^(\*|iam:\*|iam:.*(User|Group|AccessKey|LoginProfile|SAML)|iam:DeleteRolePermissionsBoundary|sts:(?!AssumeRoleWithWebIdentity)|organizations:)/;
    expect(allowed.filter((action) => forbidden.test(action))).toEqual([]);
  });

  test("who deploys may do what the boundary allows, unless policies are named", async () => {
    const graph = await identity();
    const { DenyOwnChange: _, ...allowed } = statements(graph, "ci-boundary");
    expect(statements(graph, "ci-deploy-stacks")).toEqual(allowed);
    const policyArn = `${iam}:policy/stacks`;
    const named = await identity({ policyArns: [policyArn], planPolicyArns: [policyArn] });
    expect(created(named)).not.toContain("ci-deploy-stacks RolePolicy");
    for (const role of ["plan", "deploy"]) expect(inputs(named, `ci-${role}-managed-1`, "policyArn")).toBe(policyArn);
    expect(created(named)).not.toContain("ci-plan-managed-2 RolePolicyAttachment");
  });

  test("services, regions, path, provider and boundary can be chosen", async () => {
    const graph = await identity({
      services: ["s3", "cloudfront"],
      regions: ["eu-west-1", pulumi.output("eu-central-1")],
      rolePath: "/ci/",
      permissionsBoundaryArn: `${iam}:policy/everybody`,
      oidcProviderArn: `${iam}:oidc-provider/${github}`,
    });
    expect(created(graph)).not.toEqual(expect.arrayContaining([expect.stringMatching(/provider|boundary/)]));
    const stacks = statements(graph, "ci-deploy-stacks");
    expect(stacks.UseServices).toMatchObject({
      Action: ["s3:*"],
      Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1", "eu-central-1"] } },
    });
    expect(stacks.UseCloudFront).toMatchObject({ Resource: "arn:aws:cloudfront::123456789012:*" });
    expect(stacks.MakeBoundRoles).toMatchObject({
      Resource: [`${iam}:role/ci/*`],
      Condition: { StringEquals: { "iam:PermissionsBoundary": `${iam}:policy/everybody` } },
    });
    expect(inputs(graph, "ci-plan-role", "permissionsBoundary")).toBe(`${iam}:policy/everybody`);
  });

  test("a stack's own roles fit under path and boundary by one transform", async () => {
    const permissionsBoundary = `${iam}:policy/ci-dev-boundary`;
    const graph = await planned(() => {
      pulumi.runtime.registerResourceTransform(({ type, props, opts }) => {
        if (type === "aws:iam/role:Role") return { props: { path: "/aistack/", permissionsBoundary, ...props }, opts };
        if (type === "aws:iam/policy:Policy") return { props: { path: "/aistack/", ...props }, opts };
        return undefined;
      });
      new GpuCluster("train");
    });
    const roles = custom(graph).filter(({ type }) => type === "aws:iam/role:Role");
    expect(roles.length).toBeGreaterThan(3);
    for (const row of roles) expect(row.inputs).toMatchObject({ path: "/aistack/", permissionsBoundary });
    for (const row of custom(graph).filter(({ type }) => type === "aws:iam/policy:Policy"))
      expect(row.inputs.path).toBe("/aistack/");
  });

  test("names stay within what IAM takes", async () => {
    const graph = await planned(() => new DeploymentIdentity("c".repeat(30), given));
    for (const row of custom(graph)) if (row.inputs.name) expect(String(row.inputs.name).length).toBeLessThan(65);
  });
});

const refused: [string, Partial<DeploymentIdentityArgs>, RegExp][] = [
  [
    "a provider of another issuer",
    { oidcProviderArn: `${iam}:oidc-provider/gitlab.com` },
    /must be the ARN of the provider of https:\/\/token\.actions/,
  ],
  [
    "all policies at once",
    { policyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
    /policyArns\[0\] is .*allows nearly everything/,
  ],
  [
    "a plan that may all",
    { planPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"] },
    /planPolicyArns\[0\].*allows nearly everything/,
  ],
  [
    "more policies than a role has",
    { policyArns: Array(11).fill(`${iam}:policy/p`) },
    /policyArns has 11 items, but a role may have 10/,
  ],
  ["rights on rights", { services: ["iam"] }, /services.*item 0 \("iam"\) would let pipelines give themselves rights/],
  ["a service with a wildcard", { services: ["s3*"] }, /services.*must be the prefix/],
  ["no region", { regions: [] }, /regions is \[\], but must have 1 items or more/],
  ["a region that is none", { regions: ["everywhere"] }, /regions.*must be a region/],
  ["the path of everybody", { rolePath: "/" }, /rolePath is "\/", but must be a path of IAM/],
  [
    "a boundary that is none",
    { permissionsBoundaryArn: "mine" },
    /permissionsBoundaryArn is "mine", but must be the ARN of an IAM policy/,
  ],
  [
    "arguments that two others make void",
    { permissionsBoundaryArn: `${iam}:policy/b`, policyArns: [`${iam}:policy/p`], services: ["s3"] },
    /services has no effect where/,
  ],
  [
    "a number of a GitLab project, which AWS does not see",
    { provider: CiProvider.GitLab, repositoryId: "1" },
    /repositoryId has no effect on AWS/,
  ],
  [
    "a key that is none",
    { secretsKey: "alias/pulumi" },
    /secretsKey is "alias\/pulumi", but must be the ARN of a KMS key/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new DeploymentIdentity("ci", { ...given, ...args }))).toMatch(message);
});

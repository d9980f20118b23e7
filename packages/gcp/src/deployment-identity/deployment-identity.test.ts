import * as pulumi from "@pulumi/pulumi";
import { CiProvider, type ObjectStoreBinding, Platform } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import type { DeploymentIdentityArgs } from "./args";
import * as defaults from "./defaults";
import { DeploymentIdentity } from "./deployment-identity";

const given = { provider: CiProvider.GitHub, repository: "example-org/assistant" };
const onGitLab = { provider: CiProvider.GitLab, repository: "example/ai/assistant" };
const key = "projects/keys/locations/europe-west4/keyRings/r/cryptoKeys/k";
const pool = "projects/123456789012/locations/global/workloadIdentityPools/ci-ci-dev";
const state: ObjectStoreBinding = {
  kind: "object-store",
  name: "state",
  platform: Platform.Gcp,
  bucket: "state",
  url: "gs://state",
  access: { read: [], write: [] },
};

const identity = (args: Partial<DeploymentIdentityArgs> = {}, mode?: Mode): Promise<Graph> =>
  planned(() => ({ binding: new DeploymentIdentity("ci", { ...given, ...args }).binding }), mode);

const condition = (graph: Graph) => inputs(graph, "ci-provider", "attributeCondition");

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, and no key", async () => {
    const graph = await identity({ deployRoles: ["roles/storage.admin"], state, secretsKey: key }, mode);
    expect(created(graph)).toEqual([
      "ci-deploy-account Account",
      "ci-deploy-grants IAMMember",
      "ci-deploy-pipelines-1 IAMMember",
      "ci-deploy-secrets CryptoKeyIAMMember",
      "ci-deploy-state BucketIAMMember",
      "ci-deploy-storage.admin IAMMember",
      "ci-plan-account Account",
      "ci-plan-browser IAMMember",
      "ci-plan-iam.securityReviewer IAMMember",
      "ci-plan-pipelines-1 IAMMember",
      "ci-plan-secrets CryptoKeyIAMMember",
      "ci-plan-state BucketIAMMember",
      "ci-pool WorkloadIdentityPool",
      "ci-provider WorkloadIdentityPoolProvider",
    ]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("each account is acted as by exact subjects, once the provider is there", async () => {
    const graph = await identity({ branches: ["main", "release/1.x"] }, mode);
    const members = (role: string) =>
      custom(graph)
        .filter(({ name }) => name.startsWith(`ci-${role}-pipelines-`))
        .map((row) => row.inputs.member);
    const principal = (subject: string) => `principal://iam.googleapis.com/${pool}/subject/${subject}`;
    expect(members("plan")).toEqual([principal("repo:example-org/assistant:pull_request")]);
    expect(members("deploy")).toEqual([
      principal("repo:example-org/assistant:ref:refs/heads/main"),
      principal("repo:example-org/assistant:ref:refs/heads/release/1.x"),
    ]);
    expect(inputs(graph, "ci-plan-pipelines-1", "role")).toBe("roles/iam.workloadIdentityUser");
    expect(waitsFor(graph, "ci-plan-pipelines-1")).toEqual(expect.arrayContaining(["ci-pool", "ci-provider"]));
  });

  test("the provider takes the tokens of these pipelines, made for it alone", async () => {
    const graph = await identity({}, mode);
    expect(inputs(graph, "ci-provider")).toMatchObject({
      workloadIdentityPoolId: "ci-ci-dev",
      workloadIdentityPoolProviderId: "ci-ci-dev",
      oidc: { issuerUri: "https://token.actions.githubusercontent.com" },
      attributeMapping: { "google.subject": "assertion.sub" },
    });
    expect(inputs(graph, "ci-provider", "oidc.allowedAudiences")).toBeUndefined();
    expect(condition(graph)).toBe(
      'assertion.repository == "example-org/assistant" && (assertion.sub == "repo:example-org/assistant:pull_request" || (assertion.sub in ["repo:example-org/assistant:ref:refs/heads/main"]))',
    );
  });

  test("an adopted pool gets a provider and nothing else", async () => {
    const workloadIdentityPool = "projects/42/locations/global/workloadIdentityPools/shared";
    const graph = await identity({ workloadIdentityPool: pulumi.output(workloadIdentityPool) }, mode);
    expect(created(graph)).not.toContain("ci-pool WorkloadIdentityPool");
    expect(inputs(graph, "ci-provider")).toMatchObject({ project: "42", workloadIdentityPoolId: "shared" });
    expect(inputs(graph, "ci-deploy-pipelines-1", "member")).toMatch(/projects\/42\/.*Pools\/shared\/subject\/repo:/);
    if (mode === "simulate")
      expect(graph.outputs.binding).toMatchObject({ identityProvider: `${workloadIdentityPool}/providers/ci-ci-dev` });
  });
});

describe("claims", () => {
  test("GitHub: numbers and the environment are asked for beside the names", async () => {
    const graph = await identity({ repositoryId: "456789", ownerId: "123456", environment: "prod" });
    expect(condition(graph)).toBe(
      'assertion.repository == "example-org/assistant" && assertion.repository_id == "456789" && (assertion.sub == "repo:example-org@123456/assistant@456789:pull_request" || (assertion.sub in ["repo:example-org@123456/assistant@456789:environment:prod"] && assertion.ref in ["refs/heads/main"]))',
    );
  });

  test("GitLab: merge requests are one subject; only protected branches deploy", async () => {
    const graph = await identity({ ...onGitLab, repositoryId: "7" });
    expect(condition(graph)).toBe(
      'assertion.project_path == "example/ai/assistant" && assertion.project_id == "7" && (assertion.pipeline_source == "merge_request_event" || (assertion.sub in ["project_path:example/ai/assistant:ref_type:branch:ref:main"] && assertion.ref_protected == "true"))',
    );
    expect(inputs(graph, "ci-provider", "attributeMapping")["google.subject"]).toBe(
      'assertion.pipeline_source == "merge_request_event" ? "project_path:example/ai/assistant:pipeline_source:merge_request_event" : assertion.sub',
    );
    expect(inputs(graph, "ci-plan-pipelines-1", "member")).toMatch(
      /subject\/project_path:example\/ai\/assistant:pipeline_source:merge_request_event$/,
    );
    expect(inputs(graph, "ci-deploy-pipelines-1", "member")).toMatch(/:ref_type:branch:ref:main$/);
  });
});

describe("rights", () => {
  const rolesOf = (graph: Graph, account: string) =>
    custom(graph)
      .filter(({ name, type }) => name.startsWith(`ci-${account}-`) && type === "gcp:projects/iAMMember:IAMMember")
      .map((row) => row.inputs.role);

  test("who plans reads which things there are, state and secrets, and changes nothing", async () => {
    const graph = await identity({ state, secretsKey: key });
    expect(rolesOf(graph, "plan")).toEqual(["roles/browser", "roles/iam.securityReviewer"]);
    expect(inputs(graph, "ci-plan-state")).toMatchObject({ bucket: "state", role: "roles/storage.objectViewer" });
    expect(inputs(graph, "ci-plan-secrets", "role")).toBe("roles/cloudkms.cryptoKeyDecrypter");
    expect(inputs(graph, "ci-deploy-state", "role")).toBe("roles/storage.objectUser");
    expect(inputs(graph, "ci-deploy-secrets")).toMatchObject({
      cryptoKeyId: key,
      role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    });
  });

  test("who deploys has the roles of the components and gives roles for workloads alone", async () => {
    const graph = await identity();
    expect(rolesOf(graph, "deploy")).toEqual([...defaults.deployRoles, "roles/resourcemanager.projectIamAdmin"]);
    const listed = defaults.grantableRoles.map((role) => `"${role}"`).join(", ");
    expect(inputs(graph, "ci-deploy-grants", "condition.expression")).toBe(
      `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly([${listed}])`,
    );
    const others = custom(graph).filter(({ name, inputs }) => name !== "ci-deploy-grants" && inputs.role);
    const selfServing =
      /roles\/(owner|editor|viewer)$|projectIamAdmin|securityAdmin$|serviceAccountAdmin|KeyAdmin|TokenCreator|PoolAdmin/;
    const found = others.map(({ inputs }) => String(inputs.role)).filter((role) => selfServing.test(role));
    // Of firewalls, not of who may do what.
    expect(found.filter((role) => role !== "roles/compute.securityAdmin")).toEqual([]);
  });

  test("roles can be chosen, and giving roles forgone", async () => {
    const graph = await identity({
      deployRoles: ["roles/storage.admin", "projects/p/roles/deployer"],
      grantableRoles: [],
      planRoles: [],
    });
    expect(rolesOf(graph, "deploy")).toEqual(["roles/storage.admin", "projects/p/roles/deployer"]);
    expect(rolesOf(graph, "plan")).toEqual([]);
  });
});

test("names stay within what Google Cloud takes", async () => {
  const graph = await planned(() => new DeploymentIdentity("c".repeat(30), given));
  const ids = custom(graph).flatMap((row) => [row.inputs.accountId, row.inputs.workloadIdentityPoolId]);
  for (const id of ids) if (id) expect(String(id)).toMatch(/^[a-z][a-z0-9-]{2,30}[a-z0-9]$/);
  const accounts = custom(graph).flatMap((row) => (row.inputs.accountId ? [String(row.inputs.accountId)] : []));
  expect(accounts.map((id) => id.length <= 30)).toEqual([true, true]);
});

const refused: [string, Partial<DeploymentIdentityArgs>, RegExp][] = [
  [
    "a basic role",
    { deployRoles: ["roles/editor"] },
    /deployRoles.*item 0 \("roles\/editor"\) lets its holder give rights/,
  ],
  [
    "rights on rights",
    { deployRoles: ["roles/resourcemanager.projectIamAdmin"] },
    /lets its holder give rights to itself/,
  ],
  ["keys of accounts", { planRoles: ["roles/iam.serviceAccountKeyAdmin"] }, /planRoles.*lets its holder give rights/],
  ["a role to be given that gives roles", { grantableRoles: ["roles/owner"] }, /grantableRoles.*lets its holder/],
  [
    "more roles than a condition takes",
    { grantableRoles: Array.from({ length: 11 }, (_, i) => `roles/a.b${i}`) },
    /grantableRoles .*has 11 items, but one condition may have 10/,
  ],
  ["what is no role", { deployRoles: ["storage.admin"] }, /must be a role such as roles\/storage.admin/],
  ["a role twice", { deployRoles: ["roles/a.b", "roles/a.b"] }, /must hold "roles\/a.b" once/],
  [
    "a pool by the id of its project",
    { workloadIdentityPool: "projects/p/locations/global/workloadIdentityPools/ci" },
    /must be the name of a pool.*number of its project/,
  ],
  ["a key that is none", { secretsKey: "k" }, /secretsKey is "k", but must be the name of a key/],
  [
    "a subject that is too long",
    { branches: ["b".repeat(100)] },
    /branches make the subject .*of which Google Cloud takes 127 characters/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new DeploymentIdentity("ci", { ...given, ...args }))).toMatch(message);
});

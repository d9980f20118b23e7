import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, type ClusterBinding, Platform } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { GpuCluster } from "../gpu-cluster/gpu-cluster";
import { created, custom, inputs, modes, planned, refusal } from "../testing";
import { AccessGrant, type AccessGrantArgs } from "./access-grant";

const cluster: ClusterBinding = { name: "shared", platform: Platform.Gcp, region: "europe-west4" };
const identity = { namespace: "assistant", serviceAccount: "assistant" };
const read: AccessRule = {
  platform: Platform.Gcp,
  actions: ["roles/storage.objectViewer"],
  resources: ["//storage.googleapis.com/projects/_/buckets/lake"],
};
const decrypt: AccessRule = {
  platform: Platform.Gcp,
  actions: ["roles/cloudkms.cryptoKeyDecrypter"],
  resources: ["//cloudkms.googleapis.com/projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k"],
};

const grant = (args: Partial<AccessGrantArgs> = {}, mode?: Mode): Promise<Graph> =>
  planned(() => new AccessGrant("reader", { cluster, identity, access: [read], ...args }), mode);

test.each(modes)("lets one service account of the cluster in, on the thing alone, in %s", async (mode) => {
  const graph = await grant({}, mode);
  expect(created(graph)).toEqual(["reader-1 IAMMember"]);
  expect(inputs(graph, "reader-1")).toMatchObject({
    project: "my-project",
    role: "roles/storage.objectViewer",
    member:
      "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-project.svc.id.goog/subject/ns/assistant/sa/assistant",
    condition: {
      expression: 'resource.name == "projects/_/buckets/lake" || resource.name.startsWith("projects/_/buckets/lake/")',
    },
  });
});

test("its binding is the way to the credentials, and nothing else", async () => {
  const graph = await planned(() => ({
    binding: new AccessGrant("reader", { cluster, identity, access: [read] }).binding,
  }));
  expect(graph.outputs.binding).toEqual({
    kind: "identity",
    name: "reader",
    egress: [
      { port: 80, cidr: "169.254.169.254/32" },
      { port: 988, cidr: "169.254.169.252/32" },
    ],
  });
});

test("each role of each rule is a binding of its own", async () => {
  const twice = { ...read, actions: ["roles/storage.objectViewer", "roles/storage.objectCreator"] };
  const graph = await grant({ access: [twice, decrypt] });
  expect(custom(graph).map((row) => [row.name, row.inputs.role])).toEqual([
    ["reader-1", "roles/storage.objectViewer"],
    ["reader-2", "roles/storage.objectCreator"],
    ["reader-3", "roles/cloudkms.cryptoKeyDecrypter"],
  ]);
});

test.each(modes)("rules that are still to come are one binding, in %s", async (mode) => {
  const other = { ...read, resources: ["//storage.googleapis.com/projects/_/buckets/other/objects/public"] };
  const program = () => {
    const { binding } = new GpuCluster("train");
    new AccessGrant("reader", { cluster: binding, identity, access: pulumi.output([read, other]) });
    new AccessGrant("other", { cluster: binding, identity, access: [pulumi.output(decrypt)], project: "keys" });
  };
  const graph = await planned(program, mode);
  expect(custom(graph).filter((row) => /^(reader|other)-/.test(row.name))).toHaveLength(2);
  expect(inputs(graph, "reader-1", "condition.expression")).toContain("buckets/other/objects/public");
  expect(inputs(graph, "other-1")).toMatchObject({ project: "keys", role: "roles/cloudkms.cryptoKeyDecrypter" });
});

test("no service account, no key and no role of the project at large is made", async () => {
  const graph = await grant({ access: [read, decrypt] });
  expect(new Set(custom(graph).map((row) => row.type))).toEqual(new Set(["gcp:projects/iAMMember:IAMMember"]));
  for (const row of custom(graph)) expect(row.inputs.condition).toBeDefined();
});

const rule = (own: Partial<AccessRule>) => ({ access: [{ ...read, ...own }] });
const refused: [string, Partial<AccessGrantArgs>, RegExp][] = [
  [
    "a cluster elsewhere",
    { cluster: { ...cluster, platform: Platform.Aws } },
    /cluster.platform is "aws", but must be one of gcp/,
  ],
  ["a rule of another platform", rule({ platform: Platform.Aws }), /platform "aws", which Google Cloud cannot enforce/],
  [
    "a basic role",
    rule({ actions: ["roles/editor"] }),
    /action "roles\/editor", which is no role for the use of a bucket/,
  ],
  [
    "a service's administration",
    rule({ actions: ["roles/storage.admin"] }),
    /"roles\/storage.admin", which is no role/,
  ],
  [
    "a role of another service",
    rule({ actions: ["roles/cloudkms.cryptoKeyDecrypter"] }),
    /which is no role for the use of a bucket; name one such as roles\/storage.objectViewer/,
  ],
  ["every bucket", rule({ resources: ["//storage.googleapis.com/projects/_/buckets/*"] }), /name a bucket such as/],
  ["everything", rule({ resources: ["*"] }), /resource "\*"; name a bucket such as .*a secret such as/],
  [
    "a kind that conditions cannot name",
    rule({ resources: ["//pubsub.googleapis.com/projects/p/topics/t"] }),
    /pubsub.*; name a bucket such as/,
  ],
  ["no rule", { access: [] }, /access is \[\], but must have 1 rule or more/],
  ["a rule for nothing", rule({ actions: [] }), /without actions or resources/],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  const given = { cluster, identity, access: [read], ...args };
  expect(await refusal(() => new AccessGrant("reader", given))).toMatch(message);
  // As outputs they are judged when they resolve, with the same words.
  const later = { ...given, cluster: pulumi.output(given.cluster), access: pulumi.output(given.access) };
  expect(await refusal(() => new AccessGrant("reader", later))).toMatch(message);
});

test("refuses several roles where a preview could not count them", async () => {
  const access = pulumi.output([read, decrypt]);
  expect(await refusal(() => new AccessGrant("reader", { cluster, identity, access }))).toMatch(
    /has the roles roles\/storage.objectViewer and roles\/cloudkms.cryptoKeyDecrypter.*make one AccessGrant for each/,
  );
});

import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type Binding,
  bindingField,
  type ClusterBinding,
  Platform,
  type WorkloadIssuerBinding,
} from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { AuditLogBucket } from "../audit-log-bucket/audit-log-bucket";
import { GpuCluster } from "../gpu-cluster/gpu-cluster";
import { created, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import { AccessGrant } from "./access-grant";
import type { AccessGrantArgs } from "./args";

const cluster: ClusterBinding = { name: "shared", platform: Platform.Aws, region: "us-east-2" };
const identity = { namespace: "assistant", serviceAccount: "assistant" };
const read: AccessRule = { platform: Platform.Aws, actions: ["s3:GetObject"], resources: ["arn:aws:s3:::lake/*"] };

const issuer: WorkloadIssuerBinding = {
  platform: Platform.Aws,
  url: "https://d111111abcdef8.cloudfront.net",
  provider: "arn:aws:iam::123456789012:oidc-provider/d111111abcdef8.cloudfront.net",
  audience: "sts.amazonaws.com",
};
const edge: ClusterBinding = { name: "plant", platform: Platform.Edge };

const grant = (args: Partial<AccessGrantArgs> = {}, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const { binding } = new AccessGrant("reader", { cluster, identity, access: [read], ...args });
    return { binding, tokens: bindingField(binding, "tokens") };
  }, mode);

test.each(modes)("creates a role, its policy and the association, in %s", async (mode) => {
  const graph = await grant({}, mode);
  expect(created(graph)).toEqual([
    "reader-identity PodIdentityAssociation",
    "reader-policy RolePolicy",
    "reader-role Role",
  ]);
  expect(statements(graph, "reader-policy")).toEqual({
    Access1: { Sid: "Access1", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::lake/*"] },
  });
  expect(statements(graph, "reader-role", "assumeRolePolicy").TrustServiceAccount).toMatchObject({
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: {
        "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:us-east-2:123456789012:cluster/shared",
        "aws:RequestTag/kubernetes-namespace": "assistant",
        "aws:RequestTag/kubernetes-service-account": "assistant",
      },
    },
  });
  expect(inputs(graph, "reader-identity")).toMatchObject({ clusterName: "shared", ...identity });
  expect(waitsFor(graph, "reader-identity")).toContain("reader-policy");
});

test.each(modes)("on EKS the workload needs nothing but the way to its agent, in %s", async (mode) => {
  expect((await grant({}, mode)).outputs.binding).toEqual({
    kind: "identity",
    name: "reader",
    environment: { AWS_REGION: "us-east-2" },
    egress: [{ port: 80, cidr: "169.254.170.23/32" }],
  });
});

test.each(modes)("elsewhere the role trusts what the issuer says of one service account, in %s", async (mode) => {
  const graph = await grant({ cluster: edge, issuer }, mode);
  expect(created(graph)).toEqual(["reader-policy RolePolicy", "reader-role Role"]);
  expect(statements(graph, "reader-role", "assumeRolePolicy")).toEqual({
    TrustServiceAccount: {
      Sid: "TrustServiceAccount",
      Effect: "Allow",
      Principal: { Federated: issuer.provider },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "d111111abcdef8.cloudfront.net:sub": "system:serviceaccount:assistant:assistant",
          "d111111abcdef8.cloudfront.net:aud": "sts.amazonaws.com",
        },
      },
    },
  });
  const tokens = [{ audience: "sts.amazonaws.com", path: "reader/token", expirationSeconds: 3600 }];
  expect(graph.outputs.tokens).toEqual(tokens);
  if (mode === "preview") return;
  const binding = graph.outputs.binding as unknown as Binding;
  expect(binding).toMatchObject({
    kind: "identity",
    name: "reader",
    environment: {
      AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/aistack.dev/reader/token",
      AWS_REGION: "eu-west-1",
    },
    tokens,
    egress: [{ port: 443 }],
  });
  expect(binding).not.toHaveProperty("credentials");
  expect(binding.environment?.AWS_ROLE_ARN).toMatch(/^arn:aws:iam::123456789012:role\/reader-role-/);
});

test("takes what a bucket's binding offers and what a cluster's binding says", async () => {
  const graph = await planned(() => {
    const records = new AuditLogBucket("audit");
    const { binding } = new GpuCluster("train");
    new AccessGrant("writer", { cluster: binding, identity, access: records.binding.access.write });
  });
  expect(Object.values(statements(graph, "writer-policy")).flatMap((own) => own.Action)).toEqual([
    "s3:AbortMultipartUpload",
    "s3:PutObject",
    "kms:Decrypt",
    "kms:GenerateDataKey",
  ]);
  expect(inputs(graph, "writer-identity", "clusterName")).toBe("train-dev");
});

const rule = (own: Partial<AccessRule>) => ({ access: [read, { ...read, ...own }] });
const refused: [string, Partial<AccessGrantArgs>, RegExp][] = [
  [
    "a cluster elsewhere",
    { cluster: { ...cluster, platform: Platform.Gcp } },
    /cluster.platform is "gcp", but must be one of aws; for a cluster elsewhere give `issuer`/,
  ],
  [
    "an issuer that another cloud trusts",
    { cluster: edge, issuer: { ...issuer, platform: Platform.Gcp } },
    /issuer is .*trusted by platform "gcp", not by AWS/,
  ],
  ["an issuer without TLS", { issuer: { ...issuer, url: "http://x.example" } }, /a url that does not start with https/],
  ["an issuer without a provider", { issuer: { ...issuer, provider: "mine" } }, /not the ARN of an OpenID Connect/],
  ["a namespace for all", { identity: { ...identity, namespace: "*" } }, /identity.*has a namespace that must be/],
  ["an account for all", { identity: { ...identity, serviceAccount: "a*" } }, /identity.*has a service account that/],
  ["a rule of another platform", rule({ platform: Platform.Gcp }), /access.*platform "gcp", which AWS cannot enforce/],
  ["all actions of a service", rule({ actions: ["s3:*"] }), /action "s3:\*"; name each action in full/],
  ["all actions", rule({ actions: ["*"] }), /action "\*"/],
  ["every resource", rule({ resources: ["*"] }), /resource "\*"; name an ARN/],
  ["every bucket", rule({ resources: ["arn:aws:s3:::*"] }), /resource "arn:aws:s3:::\*"/],
  ["a wildcard inside", rule({ resources: ["arn:aws:s3:::*/x"] }), /with \* at its end only/],
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

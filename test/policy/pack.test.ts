/** The policy pack on the plan of every stack and example, by the functions that a pack's server answers with. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import { controls } from "aistack-core";
import { type Graph, type Mode, plan, planDirectory, resource, toDocument } from "aistack-engine";
import { assess, explainedWildcards, policies, rules, viewOfPlan } from "aistack-policy";
import { programs, root } from "../programs";
import { remediated, type Violation, violationsOf } from "./server";

const modes: Mode[] = ["simulate", "preview"];
/** Values that are not known yet are read alike in each configuration, so that one in preview tells. */
const cases = programs().flatMap((program) =>
  modes.filter((mode) => mode === "simulate" || program.stack === "dev").map((mode) => ({ ...program, mode })),
);

/** Only the violations of general rules: which controls hold is the stack's matter, and shown beside. */
const general = new Set(rules.map(({ name }) => name));

test.each(cases)(
  "$path, stack $stack, $mode: no general rule fails, and the pack says of the controls what the plan says",
  async ({ path, stack, mode }) => {
    const graph = await planDirectory(join(root, path), { stack, mode });
    const violations = await violationsOf(graph, policies);
    expect(violations.filter(({ policy }) => general.has(policy))).toEqual([]);
    const { controls: judged, rules: judgedRules } = assess(viewOfPlan(toDocument(graph)));
    expect(judgedRules.filter(({ status }) => status === "fails")).toEqual([]);
    const failing = judged.filter(({ status }) => status === "fails").map(({ control }) => control.id);
    const violated = new Set(violations.map(({ policy }) => policy));
    expect(controls.map(({ id }) => id).filter((id) => violated.has(id))).toEqual(failing);
  },
  60_000,
);

describe("a program that breaks the rules", () => {
  let graph: Graph;
  let violations: Violation[];
  beforeAll(async () => {
    graph = await plan(
      () => {
        const bucket = new aws.s3.Bucket("open");
        new aws.s3.BucketPublicAccessBlock("block", { bucket: bucket.bucket, blockPublicAcls: true });
        new aws.kms.Key("still", { description: "never rotated" });
        new aws.ec2.SecurityGroup("door", {
          ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }],
        });
        new aws.iam.RolePolicy("all", {
          role: "role",
          policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }],
          }),
        });
      },
      { mode: "simulate", config: { "aws:region": "us-east-1" } },
    );
    violations = await violationsOf(graph, policies);
  });

  test("is told each fault, with its resource", () => {
    const told = violations.map(({ policy, urn, isMandatory }) => `${policy} ${urn.split("::").at(-1)} ${isMandatory}`);
    expect([...new Set(told)].sort()).toEqual([
      "encryption-at-rest open true",
      "encryption-in-transit open true",
      "key-rotation still true",
      "least-privilege all true",
      "no-public-access block true",
      "no-public-endpoint door true",
      "recoverable open true",
      "tagged open false",
      "tagged still false",
    ]);
    expect(violations.find(({ policy }) => policy === "least-privilege")?.message).toMatch(/allows \* on everything/);
  });

  test("remedies close and rotate, and touch nothing else", async () => {
    const remedy = policies.map((policy) =>
      policy.name.endsWith("-remedy") ? { ...policy, enforcementLevel: "remediate" as const } : policy,
    );
    expect(await remediated(resource(graph, "block"), remedy)).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(await remediated(resource(graph, "still"), remedy)).toEqual({
      description: "never rotated",
      enableKeyRotation: true,
    });
    expect(await remediated(resource(graph, "door"), remedy)).toBeUndefined();
    // Unless asked for, nothing is put right.
    expect(await remediated(resource(graph, "block"), policies)).toBeUndefined();
  });
});

test("every wildcard that is let through is explained", () => {
  expect(explainedWildcards.length).toBeGreaterThan(0);
  for (const { why } of explainedWildcards) expect(why.length).toBeGreaterThan(20);
});

test("every rule and control is a policy, each once", () => {
  const names = policies.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining([...rules.map(({ name }) => name), ...controls.map(({ id }) => id)]));
});

test("the pack has the version of its package", () => {
  const version = (path: string) => require(join(root, "packages/policy", path)).version;
  expect(version("pack/package.json")).toBe(version("package.json"));
});

test("the pack starts as the Pulumi CLI starts it, and answers with its policies", async () => {
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const folder = join(root, "packages", "policy", "pack");
  const child = spawn(process.execPath, [runner, "127.0.0.1:1", folder], { cwd: folder });
  let output = "";
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.on("data", (text) => {
        output += text;
        if (/^\d+\n/.test(output)) resolve(Number.parseInt(output, 10));
      });
      child.once("close", () => reject(new Error(`the pack ended: ${output}${errors}`)));
    });
    const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");
    const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
    const { credentials } = require("@grpc/grpc-js");
    const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
    // biome-ignore lint/suspicious/noExplicitAny: a message of Pulumi's protocol, whose class has no types here
    const info: any = await new Promise((resolve, reject) => {
      client.getAnalyzerInfo(new Empty(), (error: unknown, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      );
    });
    client.close();
    expect(info.getName()).toBe("aistack");
    expect(info.getPoliciesList().length).toBe(policies.length);
  } finally {
    child.kill();
  }
}, 30_000);

/** Every input that a planned resource hands to a cloud, against what the cloud publishes of its calls. */
import { join } from "node:path";
import { machines, Platform } from "aistack-core";
import { type Graph, plan, planDirectory } from "aistack-engine";
import { programs, root } from "../programs";
import { answers } from "./answers";
import { awsModels, CloudValues } from "./check";
import { onAws, onGoogleCloud } from "./components";
import { unreadablePatterns, wrong } from "./validate";

const values = new CloudValues();

function refused(graph: Graph): string[] {
  const faults = graph.resources.filter((row) => row.custom && !row.read).flatMap((row) => values.check(row));
  return [...new Set(faults)];
}

test.each(programs())(
  "$path, stack $stack: the clouds would take every input",
  async ({ path, stack }) => {
    expect(refused(await planDirectory(join(root, path), { stack, mode: "simulate", answers }))).toEqual([]);
  },
  180_000,
);

test.each([
  ["AWS", onAws, { "aws:region": "us-east-1" }],
  ["Google Cloud", onGoogleCloud, { "gcp:project": "my-project", "gcp:region": "europe-west4" }],
])(
  "what no stack or example has: %s would take every input",
  async (_, program, config) => {
    expect(refused(await plan(program, { mode: "simulate", config, answers }))).toEqual([]);
  },
  180_000,
);

test("AWS has every machine of the catalogue", () => {
  const types = machines.filter(({ cloud }) => cloud === Platform.Aws).map(({ type }) => type);
  expect(types.length).toBeGreaterThan(10);
  expect(types.flatMap((type) => wrong(awsModels().shape("ec2.InstanceType"), type) ?? [])).toEqual([]);
});

test("every entry of the tables is of use, and every pattern can be read", () => {
  console.log(`inputs judged by the model of a call, by type:\n${values.report()}`);
  expect(values.shares.size).toBeGreaterThan(20);
  expect(values.unused()).toEqual([]);
  expect([...unreadablePatterns]).toEqual([]);
});

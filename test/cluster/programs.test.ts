/** Every stack and example, rolled out on a real control plane with simulated nodes. */
import { changedByApplyingAgain, isWorkload, describe as nameOf, problemsOf } from "aistack-cluster";
import { programs } from "../programs";
import { accepted, unaccepted } from "./accepted";
import * as checks from "./checks";
import { type ProgramRollout, type Rollout, rollOutProgram } from "./harness";

/** All that the checks found, so that an acceptance which no longer applies shows. */
const findings: string[] = [];

describe.each(programs())("$path, stack $stack", (program) => {
  let rollout: ProgramRollout;
  let failed = false;

  /** Runs a check on every cluster of the program. */
  const all = async (check: (rollout: Rollout) => Promise<string[]> | string[]): Promise<string[]> => {
    const found = (await Promise.all(rollout.clusters.map(check))).flat();
    findings.push(...found);
    const open = unaccepted(found);
    failed ||= open.length > 0;
    return open;
  };

  beforeAll(async () => {
    rollout = await rollOutProgram(program);
  });

  afterAll(async () => {
    if (rollout === undefined) return;
    process.stderr.write(summary(program.path, program.stack, rollout));
    await rollout.stop(failed);
  });

  test("every object is accepted, strictly and in dependency order, and every workload becomes ready", async () => {
    expect(rollout.incomplete).toEqual([]);
    expect(await all(({ items }) => problemsOf(items))).toEqual([]);
  });

  test("workloads run on nodes of the right kind, and only what asked for an accelerator has one", async () => {
    expect(await all(({ simulated, objects }) => checks.placement(simulated.client, objects))).toEqual([]);
  });

  test("every namespace denies traffic by default", async () => {
    expect(await all(({ simulated, objects }) => checks.defaultDeny(simulated.client, objects))).toEqual([]);
  });

  test("every namespace enforces the Pod Security Standard restricted", async () => {
    expect(await all(({ simulated, objects }) => checks.restricted(simulated.client, objects))).toEqual([]);
  });

  test("all that pods refer to is there", async () => {
    expect(await all(({ simulated, objects }) => checks.references(simulated.client, objects))).toEqual([]);
  });

  test("no secret stands in plain text", async () => {
    expect(await all(({ objects }) => checks.secretsInPlainText(rollout.graph, objects))).toEqual([]);
  });

  test("every service reaches a pod", async () => {
    expect(await all(({ simulated, objects }) => checks.endpoints(simulated.client, objects))).toEqual([]);
  });

  test("quotas are in force, and refuse what asks for more", async () => {
    expect(await all(({ simulated, objects }) => checks.quotas(simulated.client, objects))).toEqual([]);
  });

  test("autoscalers have something to scale", async () => {
    expect(await all(({ simulated, objects }) => checks.autoscalers(simulated.client, objects))).toEqual([]);
  });

  test("cron jobs complete", async () => {
    expect(await all(({ simulated, objects }) => checks.cronJobs(simulated.client, objects))).toEqual([]);
  });

  test("disruption budgets allow a drain", async () => {
    expect(await all(({ simulated, objects }) => checks.drain(simulated.client, objects))).toEqual([]);
  });

  test("applying again changes nothing", async () => {
    const changed = await all(async ({ simulated, objects }) =>
      (await changedByApplyingAgain(simulated.client, objects)).map((object) => `${nameOf(object)} changed`),
    );
    expect(changed).toEqual([]);
  });
});

test("every accepted finding still applies to a program", () => {
  const unused = accepted.filter((entry) => !findings.some((finding) => finding.startsWith(entry.finding)));
  expect(unused).toEqual([]);
});

/** How much the run has proved, and what it has not. */
function summary(path: string, stack: string, { clusters, notCovered, incomplete }: ProgramRollout): string {
  const items = clusters.flatMap((cluster) => cluster.items);
  const workloads = items.filter(({ object }) => isWorkload(object));
  const ready = workloads.filter(({ state }) => state === "ready");
  const applied = items.filter(({ state }) => state === "ready" || state === "not-ready");
  const undefinedKinds = clusters.flatMap((cluster) => cluster.undefinedKinds);
  const not = [
    ...notCovered.map(({ urn, reason }) => `  not covered: ${urn.split("::").at(-1)}, ${reason}\n`),
    ...incomplete.map((urn) => `  not complete: ${urn}\n`),
    ...undefinedKinds.map((kind) => `  not covered: objects of ${kind}, of which there is no definition\n`),
  ];
  const start = clusters.map(({ simulated }) => `${(simulated.startedIn / 1000).toFixed(1)} s`).join(", ");
  const counts = `${applied.length} objects applied, ${ready.length} of ${workloads.length} workloads ready`;
  return `${path} ${stack}: ${counts}${start === "" ? "" : `; control plane up in ${start}`}\n${not.join("")}`;
}

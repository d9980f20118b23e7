/** What MlopsPipeline promises on every platform, asserted on each by the same tests. */
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  type AuditEventsBinding,
  type PipelineApprovalArgs,
  type PipelineBinding,
  type PipelineStageArgs,
  type PipelineTriggersArgs,
  Platform,
  Regulation,
  StageKind,
} from "aistack-core";
import { type Graph, type Mode, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";

/** The arguments that all platforms share. */
interface Shared {
  model?: string;
  experiment?: string;
  stages?: PipelineStageArgs[];
  triggers?: PipelineTriggersArgs;
  approval?: PipelineApprovalArgs;
  compliance?: Regulation[];
  existing?: pulumi.Input<PipelineBinding>;
}

interface MlopsPipeline extends pulumi.ComponentResource {
  binding: pulumi.Output<PipelineBinding>;
}

const cluster = { name: "any", platform: Platform.Kubernetes, kubeconfig: "{}" };
const tracking = { kind: "tracking", name: "runs", platform: Platform.Kubernetes, uri: "https://runs.runs.svc:5000" };

/** Each with what its platform asks for besides; a pipeline that exists stands alone. */
const subjects: [string, Platform, (name: string, args: Shared) => MlopsPipeline][] = [
  ["AWS", Platform.Aws, (name, args) => new aws.MlopsPipeline(name, args)],
  ["Google Cloud", Platform.Gcp, (name, args) => new gcp.MlopsPipeline(name, args)],
  [
    "Kubernetes",
    Platform.Kubernetes,
    (name, args) => new kubernetes.MlopsPipeline(name, args.existing ? args : { cluster, tracking, ...args }),
  ],
];
const modes: Mode[] = ["preview", "simulate"];
const config = { "aws:region": "eu-west-1", "gcp:project": "my-project", "gcp:region": "europe-west4" };

const auditEvents: AuditEventsBinding = {
  kind: "audit-events",
  name: "events",
  endpoint: "https://events.example.com",
  grpcEndpoint: "https://events.example.com",
  classes: [],
};
const own = (name: string, more: Partial<PipelineStageArgs> = {}): PipelineStageArgs => ({
  name,
  kind: StageKind.Task,
  source: "import pipeline_run",
  ...more,
});

describe.each(subjects)("MlopsPipeline on %s", (_, platform, create) => {
  const planned = (args: Shared = {}, mode: Mode = "simulate", name = "churn"): Promise<Graph> =>
    plan(() => ({ binding: create(name, args).binding }), { mode, config });

  test("its binding says where it runs, what it makes and where its runs are recorded", async () => {
    const { binding } = (await planned()).outputs as unknown as { binding: PipelineBinding };
    expect(binding).toMatchObject({
      kind: "mlops-pipeline",
      name: "churn",
      platform,
      model: "churn",
      experiment: "churn",
    });
    expect(binding.credentials).toBeUndefined();
    const named = (await planned({ model: "Churn-2", experiment: "all churn" })).outputs.binding;
    expect(named).toMatchObject({ model: "Churn-2", experiment: "all churn" });
  });

  test.each(modes)("in %s, what one puts out another adopts, which creates nothing", async (mode) => {
    const { binding } = (await planned()).outputs as unknown as { binding: PipelineBinding };
    const graph = await planned({ existing: binding, compliance: [Regulation.EuAiAct] }, mode);
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(graph.outputs.binding).toEqual(binding);
  });

  test.each(modes)("in %s, takes stages of one's own, thresholds, a person, a schedule and a record", async (mode) => {
    const graph = await planned(
      {
        stages: [own("load"), own("train", { metrics: ["loss"] }), { name: "approve" }, { name: "register" }],
        approval: { thresholds: [{ metric: "loss", maximum: 0.5 }], person: true, auditEvents },
        triggers: { schedule: "0 3 * * 1" },
        compliance: [Regulation.EuAiAct, Regulation.Hipaa],
      },
      mode,
    );
    expect(graph.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const component = graph.resources.find((row) => row.type.endsWith(":index:MlopsPipeline"));
    expect(component?.inputs).toMatchObject({ compliance: [Regulation.EuAiAct, Regulation.Hipaa] });
  });

  test("refuses stages of one name, cycles, metrics that nobody logs, no cron and unknown regulations, all at once", async () => {
    const refused = planned({
      model: "a model",
      stages: [own("load", { after: ["train"] }), own("train"), { name: "approve" }, { name: "register" }],
      approval: { thresholds: [{ metric: "speed", minimum: 1 }] },
      triggers: { schedule: "nightly" },
      compliance: ["sox" as Regulation],
    });
    const error: Error = await refused.then(
      () => new Error("it was planned"),
      (thrown) => thrown,
    );
    for (const part of [
      /compliance\[0\] is "sox"/,
      /stages wait for one another: load after train after load/,
      /triggers\.schedule is "nightly", but must be a cron schedule/,
      /approval\.thresholds\[0\]\.metric is "speed", which no stage before the approval logs/,
      /model is "a model", but must be 1 to 63 letters/,
    ])
      expect(error.message).toMatch(part);
    await expect(planned({ stages: [own("load"), own("load")] })).rejects.toThrow(
      /stages\[1\]\.name is "load", as is stages\[0\]\.name; give each stage a name of its own/,
    );
  });

  test("the law's record of approvals cannot be left out", async () => {
    await expect(planned({ compliance: [Regulation.EuAiAct] })).rejects.toThrow(/approval\.auditEvents is missing/);
  });
});

import * as pulumi from "@pulumi/pulumi";
import { Checks } from "../checks";
import { Regulation } from "../compliance/regulation";
import { Framework } from "../frameworks";
import { Accelerator } from "../machines/accelerator";
import { Platform } from "../platform";
import {
  checkedApproval,
  checkedStages,
  checkedTriggers,
  GitProvider,
  type MetricThresholdArgs,
  PipelineProgram,
  type PipelineSettings,
  type PipelineStageArgs,
  type PipelineTriggersArgs,
  programFiles,
  StageKind,
  type StagePlan,
  stageCommand,
  stageEnvironment,
  stageFiles,
  stagesBefore,
  TrainingEngine,
} from ".";

function checks<T>(judge: (check: Checks) => T): T {
  const check = new Checks("aistack-core:index:Pipeline", "models");
  const result = judge(check);
  check.done();
  return result;
}

const stages = (given?: PipelineStageArgs[], isDelivered = false) =>
  checks((check) => checkedStages(check, given, isDelivered));

function refusal(judge: () => unknown): string[] {
  try {
    judge();
  } catch (error) {
    return (error as Error).message.split("\n  ").slice(1);
  }
  return [];
}

const own = { image: "registry.example/train:1", command: ["train"] };
const byName = (plans: StagePlan[], name: string) => plans.find((stage) => stage.name === name) as StagePlan;

test("a pipeline that names no stages has the usual ones, and deploys where there is a service", () => {
  const usual = ["ingest", "validate", "train", "evaluate", "approve", "register"];
  expect(stages().map(({ name }) => name)).toEqual(usual);
  expect(stages(undefined, true).map(({ name }) => name)).toEqual([...usual, "deploy"]);
  expect(stages().map(({ after }) => after)).toEqual([[], ...usual.slice(0, -1).map((name) => [name])]);
  expect(stages().every(({ isBuiltIn }) => isBuiltIn)).toBe(true);
});

test("stages come after those that they wait for, with the defaults of their kind", () => {
  const plans = stages([
    { name: "both", after: ["left", "right"], ...own },
    { name: "left", after: [], ...own },
    { name: "right", after: ["left"], kind: StageKind.Train, nodes: 4, accelerator: Accelerator.NvidiaH100, ...own },
  ]);
  expect(plans.map(({ name }) => name)).toEqual(["left", "right", "both"]);
  expect(byName(plans, "left")).toMatchObject({
    kind: StageKind.Task,
    engine: TrainingEngine.Job,
    nodes: 1,
    cpu: "1",
    memory: "4Gi",
    retries: 2,
    timeoutMinutes: 60,
    metrics: [],
    isBuiltIn: false,
  });
  expect(byName(plans, "right")).toMatchObject({
    engine: TrainingEngine.Trainer,
    timeoutMinutes: 1440,
    acceleratorsPerNode: 1,
  });
  expect(stagesBefore(plans, "both").map(({ name }) => name)).toEqual(["left", "right"]);
});

const badStages: [string, PipelineStageArgs[], string[]][] = [
  ["no stage", [], ["stages names no stage; name one, or leave it out for the usual ones"]],
  [
    "names that clash",
    [
      { name: "train", ...own },
      { name: "train", ...own },
    ],
    ['stages[1].name is "train", as is stages[0].name; give each stage a name of its own'],
  ],
  [
    "a cycle",
    [
      { name: "a", after: ["c"], ...own },
      { name: "b", after: ["a"], ...own },
      { name: "c", after: ["b"], ...own },
      { name: "d", after: ["c"], ...own },
    ],
    ["stages wait for one another: a after c after b after a; take one of these out of an `after`"],
  ],
  [
    "a stage that waits for itself",
    [{ name: "a", after: ["a"], ...own }],
    ["stages wait for one another: a after a; take one of these out of an `after`"],
  ],
  [
    "an unknown predecessor",
    [{ name: "train", after: ["load"], ...own }],
    ['stages[0].after[0] is "load", which is no stage; name one of train'],
  ],
  [
    "a task without a program",
    [{ name: "clean" }],
    ["stages[0] does nothing; give a `command` with an `image`, or a Python `source`"],
  ],
  [
    "a command without an image",
    [{ name: "train", command: ["train"] }],
    ["stages[0].image is missing; name the image that `command` runs in, or a `framework`"],
  ],
  [
    "a framework that does not run on the accelerator",
    [{ name: "train", command: ["train"], framework: Framework.TensorFlow, accelerator: Accelerator.NvidiaB300 }],
    [
      "stages[0].framework is tensorflow, but tensorflow does not run on nvidia-b300 (compute capability 10.3); pytorch 2.14.0 and jax 0.10.0 do",
    ],
  ],
  [
    "a framework beside an image, and a version of none",
    [
      { name: "train", ...own, framework: Framework.PyTorch },
      { name: "other", ...own, frameworkVersion: "2" },
    ],
    [
      "stages[0].framework is given together with `image`; leave one of the two out",
      "stages[1].frameworkVersion is of no use without `framework`; name it or leave this out",
    ],
  ],
  [
    "scikit-learn on GPUs",
    [{ name: "train", accelerator: Accelerator.NvidiaL4, nodes: 2 }],
    [
      "stages[0].accelerator is of no use to scikit-learn, which the stage runs without a program of its own; give one",
      "stages[0].nodes is of no use to scikit-learn, which the stage runs without a program of its own; give one",
    ],
  ],
  [
    "a job on many nodes",
    [{ name: "train", nodes: 2, engine: TrainingEngine.Job, ...own }],
    ["stages[0].engine is job, which runs on one node, but `nodes` is 2; choose trainer or ray"],
  ],
  [
    "an approval that runs something",
    [{ name: "approve", ...own }],
    [
      "stages[0].image has no effect on a stage that is there to approve; leave it out, or give another `kind`",
      "stages[0].command has no effect on a stage that is there to approve; leave it out, or give another `kind`",
    ],
  ],
  [
    "a deployment to nowhere",
    [{ name: "deploy" }],
    ["stages[0] brings a model into production, but nothing says where; name a service in `delivery`"],
  ],
  [
    "a search for the best of nothing",
    [
      {
        name: "train",
        ...own,
        metrics: ["loss"],
        search: {
          metric: "accuracy",
          trials: 2,
          parallel: 3,
          parameters: [
            { name: "rate", minimum: 0, maximum: 1, logarithmic: true },
            { name: "depth", minimum: 3, maximum: 1 },
            { name: "rate", values: [] },
          ],
        },
      },
    ],
    [
      "stages[0].search.parameters[0].minimum is 0, but must be above 0 where `logarithmic` is set",
      "stages[0].search.parameters[1] goes from 3 to 1; give a `minimum` below a `maximum`, or `values`",
      "stages[0].search.parameters[2].values is empty; name two or more",
      'stages[0].search.parameters[2].name is "rate" for a second time',
      'stages[0].search.metric is "accuracy", which the stage does not log; choose one of loss, or name it in `metrics` of the stage that logs it',
      "stages[0].search.parallel is 3, but there are 2 trials; lower it",
    ],
  ],
  [
    "numbers out of bounds and a name that is none",
    [{ name: "Train", retries: -1, timeoutMinutes: 0, cpu: "one", ...own }],
    [
      'stages[0].name is "Train", but must be 1 to 40 lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit',
      'stages[0].cpu is "one", but must be a Kubernetes quantity such as 16Gi or 500m',
      "stages[0].retries is -1, but must be a whole number from 0 to 100",
      "stages[0].timeoutMinutes is 0, but must be a whole number from 1 to 43200",
    ],
  ],
];

test.each(badStages)("refuses %s", (_, given, faults) => {
  expect(refusal(() => stages(given))).toEqual(faults);
});

const approval = (thresholds: MetricThresholdArgs[], compliance: Regulation[] = []) =>
  checks((check) => checkedApproval(check, stages(), { thresholds }, compliance));

test("a person decides where no threshold does", () => {
  expect(checks((check) => checkedApproval(check, stages(), undefined, []))).toMatchObject({
    thresholds: [],
    person: true,
    timeoutHours: 72,
  });
  expect(approval([{ metric: "accuracy", minimum: 0.9 }])).toMatchObject({
    thresholds: [{ metric: "accuracy", minimum: 0.9, minimize: false }],
    person: false,
  });
});

const badThresholds: [string, MetricThresholdArgs, string][] = [
  [
    "a threshold on a metric that no stage logs",
    { metric: "auc", minimum: 0.9 },
    'approval.thresholds[0].metric is "auc", which no stage before the approval logs; choose one of rows, missing_fraction, validation_accuracy, validation_f1, validation_log_loss, validation_r2, validation_rmse, accuracy, f1, log_loss, r2, rmse, or name it in `metrics` of the stage that logs it',
  ],
  [
    "a threshold on nothing",
    { metric: "accuracy" },
    "approval.thresholds[0] asks for nothing; give `minimum`, `maximum` or `mayRegressBy`",
  ],
  [
    "bounds that nothing is between",
    { metric: "accuracy", minimum: 1, maximum: 0 },
    "approval.thresholds[0] asks for 1 or more and 0 or less, which nothing is",
  ],
  [
    "a gain for a loss",
    { metric: "accuracy", mayRegressBy: -1 },
    "approval.thresholds[0].mayRegressBy is -1, but must be a number of 0 or more",
  ],
];

test.each(badThresholds)("refuses %s", (_, threshold, fault) => {
  expect(refusal(() => approval([threshold]))).toEqual([fault]);
});

test("refuses an approval that nobody waits for, and one without a record where a regulation wants one", () => {
  const withoutGate = stages([{ name: "train" }]);
  expect(refusal(() => checks((check) => checkedApproval(check, withoutGate, { person: true }, [])))).toEqual([
    "approval has no effect, as no stage approves; add a stage of the kind approve",
  ]);
  expect(refusal(() => approval([], [Regulation.EuAiAct, Regulation.Hipaa, Regulation.Gdpr]))).toEqual([
    "approval.auditEvents is missing, but eu-ai-act (Art. 12 and 14) and hipaa (45 CFR 164.312(b)) ask for a record of who or what let a model through; give the binding of an AuditEventCollector",
  ]);
});

const triggers = (args: PipelineTriggersArgs) => checks((check) => checkedTriggers(check, args));

test("triggers have defaults, and a pipeline may have none", () => {
  const store = pulumi.output({}) as never;
  expect(triggers({})).toEqual({ schedule: undefined, push: undefined, data: undefined, drift: undefined });
  const found = triggers({ data: { store }, push: { provider: GitProvider.GitHub, repository: "vision/models" } });
  expect(found.data?.everyMinutes).toBe(15);
  expect(found.push?.branch).toBe("main");
});

const badTriggers: [string, PipelineTriggersArgs, RegExp][] = [
  ["a schedule that is none", { schedule: "every night" }, /^triggers\.schedule is "every night", but must be a cron/],
  [
    "a secret that can be guessed",
    { push: { provider: GitProvider.GitHub, repository: "a/b", secret: "short" } },
    /^triggers\.push\.secret is too easy to guess; give 32 characters or more, or leave it out to have one made$/,
  ],
  [
    "a branch with a wildcard",
    { push: { provider: GitProvider.GitLab, repository: "a/b", branch: "*" } },
    /^triggers\.push\.branch is "\*", but must be the name of a branch, without wildcards$/,
  ],
  [
    "a repository that is none",
    { push: { provider: GitProvider.GitHub, repository: "models" } },
    /^triggers\.push\.repository is "models", but must be the path of a repository such as "owner\/name"$/,
  ],
  ["no alert", { drift: { alerts: [] } }, /^triggers\.drift\.alerts names no alert; name one, or leave `drift` out$/],
];

test.each(badTriggers)("refuses %s", (_, args, fault) => {
  const found = refusal(() => triggers(args));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(fault);
});

describe("programs", () => {
  const settings: PipelineSettings = {
    name: "models",
    model: "scores",
    experiment: "models",
    approval: checks((check) => checkedApproval(check, stages(), { thresholds: [{ metric: "f1", minimum: 0.9 }] }, [])),
    isDelivered: false,
  };

  test("a stage without a program of its own runs that of its kind, with the library", () => {
    const [ingest] = stages() as [StagePlan];
    expect(Object.keys(stageFiles(ingest))).toEqual(["pipeline_run.py", "tabular.py", "ingest.py"]);
    expect(stageCommand(ingest, "/opt/pipeline")).toEqual(["python", "-u", "/opt/pipeline/ingest.py"]);
    const approve = byName(stages(), "approve");
    expect(Object.keys(stageFiles(approve))).toEqual(["pipeline_run.py", "approve.py"]);
  });

  test("a source of one's own is put into a file that hides no module of Python", () => {
    const [json] = stages([{ name: "json", source: "import pipeline_run" }]) as [StagePlan];
    expect(stageFiles(json)).toEqual({
      "pipeline_run.py": programFiles(PipelineProgram.Draw)["pipeline_run.py"],
      "stage.py": "import pipeline_run",
    });
    expect(stageCommand(json, "/opt/pipeline")).toEqual(["python", "-u", "/opt/pipeline/stage.py"]);
  });

  test("a command of one's own runs as it is, and a delivery runs nothing", () => {
    const [train, deploy] = stages([{ name: "train", ...own }, { name: "deploy" }], true) as [StagePlan, StagePlan];
    expect([stageFiles(train), stageCommand(train, "/opt/pipeline")]).toEqual([{}, own.command]);
    expect([stageFiles(deploy), stageCommand(deploy, "/opt/pipeline")]).toEqual([{}, undefined]);
  });

  test("every program imports only what stands beside it", () => {
    for (const program of Object.values(PipelineProgram)) {
      const files = programFiles(program);
      for (const name of ["pipeline_run", "tabular"])
        if (new RegExp(`^(from|import) ${name}\\b`, "m").test(files[`${program}.py`] as string))
          expect([program, Object.keys(files)]).toEqual([program, expect.arrayContaining([`${name}.py`])]);
    }
  });

  test("a stage is told what it has to know, and no other's thresholds or alias", async () => {
    const variables = (stage: string, more: Partial<PipelineSettings> = {}) =>
      new Promise((resolve) =>
        pulumi.output(stageEnvironment({ ...settings, ...more }, byName(stages(), stage))).apply(resolve),
      );
    const common = { PIPELINE_NAME: "models", PIPELINE_MODEL: "scores", PIPELINE_EXPERIMENT: "models" };
    expect(await variables("train")).toEqual({ ...common, PIPELINE_STAGE: "train" });
    expect(await variables("approve")).toEqual({
      ...common,
      PIPELINE_STAGE: "approve",
      PIPELINE_THRESHOLDS: '[{"metric":"f1","minimum":0.9,"minimize":false}]',
    });
    expect(await variables("register")).toMatchObject({ PIPELINE_ALIAS: "production" });
    expect(await variables("register", { isDelivered: true })).toMatchObject({ PIPELINE_ALIAS: "candidate" });
    const tracking = {
      kind: "tracking",
      name: "runs",
      platform: Platform.Kubernetes,
      uri: "https://runs.runs.svc:5000",
    };
    const dataset = { url: "s3://lake/table.parquet", target: "risk" };
    expect(await variables("ingest", { tracking, dataset })).toMatchObject({
      PIPELINE_CA_VARIABLE: "RUNS_CA_CERTIFICATE",
      DATASET_URL: "s3://lake/table.parquet",
      DATASET_TARGET: "risk",
    });
  });

  test("a search is told what to draw and what decides", () => {
    const search = { parameters: [{ name: "max_iter", values: ["50", "100"] }], metric: "validation_f1" };
    const [train] = stages([{ name: "train", search }]) as [StagePlan];
    expect(JSON.parse(stageEnvironment(settings, train).PIPELINE_SEARCH as string)).toEqual({
      ...search,
      minimize: false,
      trials: 10,
      parallel: 2,
    });
  });
});

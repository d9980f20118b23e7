import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  type AuditEventsBinding,
  Framework,
  GitProvider,
  type InferenceBinding,
  type NetworkBinding,
  type ObjectStoreBinding,
  type PipelineBinding,
  Platform,
  Regulation,
  StageKind,
  type TrackingBinding,
  TrainingEngine,
} from "aistack-core";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { MlopsPipelineArgs } from "./args";
import { MlopsPipeline } from "./mlops-pipeline";
import { distributed, image, pipeline, searching, settings, task } from "./mlops-pipeline.test.fixture";
import { scheduleExpression } from "./schedule";

const network: NetworkBinding = {
  networkId: "vpc-0123456789abcdef0",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
};
const tracking: TrackingBinding = {
  kind: "tracking",
  name: "runs",
  platform: Platform.Kubernetes,
  uri: "https://mlflow.example.com",
  environment: { MLFLOW_TRACKING_URI: "https://mlflow.example.com", RUNS_CA_CERTIFICATE: "-----BEGIN" },
  credentials: { MLFLOW_TRACKING_PASSWORD: "do-not-show-this" },
};
const events = { kind: "audit-events", name: "events", endpoint: "https://events.example.com" } as AuditEventsBinding;
const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234";
const bucket: ObjectStoreBinding = {
  kind: "object-store",
  name: "models",
  platform: Platform.Aws,
  bucket: "my-models",
  url: "s3://my-models",
  access: { read: [], write: [] },
};
const thresholds = [{ metric: "accuracy", minimum: 0.9 }];

const store = ["encryption", "lifecycle", "objects", "owner", "policy", "private", "versions"].map(
  (suffix, index) =>
    `churn-store-${suffix} ${
      [
        "BucketServerSideEncryptionConfiguration",
        "BucketLifecycleConfiguration",
        "Bucket",
        "BucketOwnershipControls",
        "BucketPolicy",
        "BucketPublicAccessBlock",
        "BucketVersioning",
      ][index]
    }`,
);
const always = [
  "churn-failed MetricAlarm",
  "churn-key Key",
  "churn-pipeline Pipeline",
  "churn-programs-settings BucketObjectv2",
  "churn-programs-starter BucketObjectv2",
  "churn-runner Role",
  "churn-runner-policy RolePolicy",
  "churn-stages Role",
  "churn-stages-policy RolePolicy",
  "churn-tracking-app MlflowApp",
  "churn-tracking-role Role",
  "churn-tracking-role-policy RolePolicy",
  "churn-versions ModelPackageGroup",
];
const forPerson = [
  "churn-decision Pipeline",
  "churn-decision-failed MetricAlarm",
  "churn-on-decided EventRule",
  "churn-on-decided-target EventTarget",
  "churn-on-events Role",
  "churn-on-events-policy RolePolicy",
];

describe.each(modes)("in %s", (mode) => {
  test("without arguments: these children and no others; what holds data outlives the stack", async () => {
    const graph = await pipeline(undefined, mode);
    expect(created(graph)).toEqual([...always, ...forPerson, ...store].sort());
    const goes = custom(graph).filter((row) => row.options.retainOnDelete !== true);
    expect(goes.map((row) => row.name).sort()).toEqual(
      [
        "churn-decision",
        "churn-decision-failed",
        "churn-failed",
        "churn-on-decided",
        "churn-on-decided-target",
        "churn-on-events",
        "churn-on-events-policy",
        "churn-pipeline",
        "churn-runner",
        "churn-runner-policy",
        "churn-stages",
        "churn-stages-policy",
      ].sort(),
    );
    expect(graph.diagnostics).toEqual([]);
  });

  test("with thresholds alone, nothing waits for a person", async () => {
    const graph = await pipeline({ approval: { thresholds } }, mode);
    expect(created(graph)).toEqual([...always, ...store].sort());
  });

  test("what exists is used: bucket, key and MLflow; credentials go into a secret", async () => {
    const graph = await pipeline({ approval: { thresholds }, artifacts: bucket, kmsKeyArn: keyArn, tracking }, mode);
    expect(created(graph)).toEqual(
      [
        ...always.filter((row) => !/-key |-tracking-/.test(row)),
        "churn-credentials Secret",
        "churn-credentials-value SecretVersion",
      ].sort(),
    );
    expect(inputs(graph, "churn-credentials")).toMatchObject({ kmsKeyId: keyArn });
    expect(JSON.stringify(custom(graph))).not.toContain("do-not-show-this");
  });

  test("in a network: a group that lets nobody in, and out to HTTPS and the network", async () => {
    const graph = await pipeline({ network }, mode);
    const own = created(graph).filter((row) => row.startsWith("churn-jobs"));
    expect(own).toEqual([
      "churn-jobs-group SecurityGroup",
      "churn-jobs-https SecurityGroupEgressRule",
      "churn-jobs-network SecurityGroupEgressRule",
    ]);
    expect(inputs(graph, "churn-jobs-group")).toMatchObject({ vpcId: network.networkId });
    expect(inputs(graph, "churn-jobs-group").ingress).toBeUndefined();
    expect(inputs(graph, "churn-jobs-https")).toMatchObject({ cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 });
    expect(inputs(graph, "churn-jobs-network")).toMatchObject({ cidrIpv4: "10.0.0.0/16", ipProtocol: "tcp" });
  });

  test("machines of one job reach one another, and nobody else does", async () => {
    const graph = await pipeline({ network, stages: distributed }, mode);
    const ingress = custom(graph).filter((row) => row.type.endsWith(":SecurityGroupIngressRule"));
    expect(ingress.map((row) => row.name)).toEqual(["churn-jobs-peers-in"]);
    expect(inputs(graph, "churn-jobs-peers-in").cidrIpv4).toBeUndefined();
  });

  test("starts on a schedule, on new objects and on alarms", async () => {
    const graph = await pipeline(
      {
        approval: { thresholds },
        triggers: {
          schedule: "30 3 * * 1-5",
          data: { store: bucket, prefix: "features/" },
          drift: { alerts: ["DriftHigh"] },
        },
      },
      mode,
    );
    expect(created(graph).filter((row) => row.startsWith("churn-on-"))).toEqual([
      "churn-on-clock Role",
      "churn-on-clock-policy RolePolicy",
      "churn-on-data EventRule",
      "churn-on-data-target EventTarget",
      "churn-on-drift EventRule",
      "churn-on-drift-target EventTarget",
      "churn-on-events Role",
      "churn-on-events-policy RolePolicy",
      "churn-on-schedule Schedule",
    ]);
    expect(inputs(graph, "churn-on-schedule")).toMatchObject({
      scheduleExpression: "cron(30 3 ? * MON,TUE,WED,THU,FRI *)",
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
    });
    const pattern = (name: string) => JSON.parse(inputs(graph, name, "eventPattern"));
    expect(pattern("churn-on-data")).toEqual({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { bucket: { name: ["my-models"] }, object: { key: [{ prefix: "features/" }] } },
    });
    expect(pattern("churn-on-drift")).toMatchObject({
      "detail-type": ["CloudWatch Alarm State Change"],
      detail: { alarmName: ["DriftHigh"], state: { value: ["ALARM"] } },
    });
  });

  test("tells topics of runs that failed", async () => {
    const topic = "arn:aws:sns:eu-west-1:123456789012:alerts";
    const graph = await pipeline({ alerts: [topic] }, mode);
    for (const name of ["churn-failed", "churn-decision-failed"])
      expect(inputs(graph, name)).toMatchObject({
        namespace: "AWS/Sagemaker/ModelBuildingPipeline",
        metricName: "ExecutionFailed",
        dimensions: { PipelineName: expect.anything() },
        threshold: 1,
        treatMissingData: "notBreaching",
        alarmActions: [topic],
      });
  });

  test("an adopted pipeline is passed on and nothing is created", async () => {
    const existing: PipelineBinding = {
      kind: "mlops-pipeline",
      name: "shared",
      platform: Platform.Aws,
      model: "shared",
      experiment: "shared",
    };
    const graph = await pipeline({ existing, compliance: [Regulation.EuAiAct] }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs).toMatchObject({ binding: existing, access: [] });
  });
});

test("puts out what it makes, and what starts it", async () => {
  const graph = await pipeline({ model: "Churn-Model", experiment: "all churn" });
  expect(graph.outputs.binding).toEqual({
    kind: "mlops-pipeline",
    name: "churn",
    platform: Platform.Aws,
    model: "Churn-Model",
    experiment: "all churn",
    trackingUri: expect.stringMatching(/^arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app\/app-/),
  });
  expect(graph.outputs.access).toEqual([
    {
      platform: Platform.Aws,
      actions: ["sagemaker:StartPipelineExecution"],
      resources: ["arn:aws:sagemaker:eu-west-1:123456789012:pipeline/churn"],
    },
  ]);
  expect(inputs(graph, "churn-versions", "modelPackageGroupName")).toBe("Churn-Model");
  expect(inputs(graph, "churn-tracking-app")).toMatchObject({
    name: "churn-tracking",
    artifactStoreUri: expect.stringMatching(/^s3:\/\/churn-store-objects-[0-9a-f]+\/mlflow$/),
    modelRegistrationMode: "AutoModelRegistrationDisabled",
  });
});

test("SageMaker gets the pipeline when its role has its policy and the programs are there", async () => {
  const graph = await pipeline({});
  expect(waitsFor(graph, "churn-pipeline")).toEqual(
    expect.arrayContaining(["churn-runner-policy", "churn-stages-policy", "churn-programs-settings"]),
  );
});

test("roles may what they must: jobs by name, one key, one bucket, one MLflow; no action is open", async () => {
  const graph = await pipeline({ network, stages: distributed, tracking, uses: [events] });
  const open = allStatements(graph).filter(
    ({ statement }) => statement.Effect === "Allow" && statement.Resource === "*",
  );
  expect(open.map(({ owner, statement }) => `${owner} ${statement.Sid}`).sort()).toEqual(
    [
      "churn-key AccountAdministersKey",
      "churn-stages-policy SeeNetwork",
      "churn-stages-policy SignInToRegistry",
      "churn-stages-policy WriteMetrics",
    ].sort(),
  );
  const runner = statements(graph, "churn-runner-policy");
  expect(runner.RunJobs?.Resource).toEqual([
    "arn:aws:sagemaker:eu-west-1:123456789012:processing-job/pipelines-*",
    "arn:aws:sagemaker:eu-west-1:123456789012:training-job/pipelines-*",
  ]);
  expect(runner.HandRoleToJobs?.Condition).toEqual({
    StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
  });
  const stages = statements(graph, "churn-stages-policy");
  expect(stages.PullImages?.Resource).toEqual([
    "arn:aws:ecr:eu-west-1:819792524951:repository/sagemaker-distribution-prod",
    "arn:aws:ecr:eu-west-1:111122223333:repository/train",
  ]);
  expect(stages.ConnectToNetwork?.Resource).toEqual([
    "arn:aws:ec2:eu-west-1:123456789012:network-interface/*",
    expect.stringMatching(/^arn:aws:ec2:eu-west-1:123456789012:security-group\/sg-/),
    "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0123456789abcdef0",
    "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0123456789abcdef1",
  ]);
  expect(stages.ReadCredentials?.Resource).toMatch(/^arn:aws:secretsmanager:.+:secret:churn-credentials-/);
  // An MLflow of one's own asks for no right of AWS.
  expect(stages.RecordRuns).toBeUndefined();
  const rights = allStatements(graph).filter(
    ({ owner, statement }) => owner !== "churn-key" && statement.Effect === "Allow",
  );
  for (const { statement } of rights) expect([statement.Action].flat().join()).not.toMatch(/\*/);
});

test("stages may use the MLflow app, and what else is granted", async () => {
  const rule = { platform: Platform.Aws, actions: ["s3:GetObject"], resources: ["arn:aws:s3:::lake/*"] };
  const graph = await pipeline({ access: [rule], approval: { thresholds } });
  const stages = statements(graph, "churn-stages-policy");
  expect(stages.RecordRuns).toMatchObject({
    Action: ["sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp"],
    Resource: expect.stringMatching(/:mlflow-app\/app-/),
  });
  expect(Object.values(stages).at(-1)).toMatchObject({ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::lake/*"] });
  expect(stages.ReadDecisions).toBeUndefined();
});

test("who starts pipelines does so on behalf of this account's rules and schedules", async () => {
  const graph = await pipeline({ triggers: { schedule: "@daily" } });
  expect(statements(graph, "churn-on-events", "assumeRolePolicy").TrustService).toMatchObject({
    Principal: { Service: "events.amazonaws.com" },
    Condition: {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnLike: { "aws:SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/churn-on-*" },
    },
  });
  expect(statements(graph, "churn-on-events-policy").StartPipeline?.Resource).toEqual([
    "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/churn-decision",
  ]);
  expect(statements(graph, "churn-on-clock-policy").StartPipeline?.Resource).toEqual([
    "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/churn",
  ]);
});

test("secrets are for the jobs that use them, in a secret and nowhere else", async () => {
  const db = { kind: "vector-store", name: "db", credentials: { DB_PASSWORD: "do-not-show-this" } };
  const graph = await pipeline({ stages: [task("load", { uses: [db] }), task("look")] });
  expect(JSON.stringify(settings(graph))).not.toContain("do-not-show-this");
  const secret = inputs(graph, "churn-credentials-value", "secretString");
  expect(JSON.parse(secret.reveal())).toMatchObject({
    environment: {},
    stages: { load: { DB_PASSWORD: "do-not-show-this" } },
  });
});

test.each([
  ["0 3 * * *", "cron(0 3 * * ? *)"],
  ["*/15 * * * *", "cron(0,15,30,45 * * * ? *)"],
  ["0 0-12/6 1,15 JAN-MAR *", "cron(0 0,6,12 1,15 JAN,FEB,MAR ? *)"],
  ["0 0 * * 0", "cron(0 0 ? * SUN *)"],
  ["0 0 ? * sun,6", "cron(0 0 ? * SUN,SAT *)"],
  ["@weekly", "cron(0 0 ? * SUN *)"],
  ["@yearly", "cron(0 0 1 JAN ? *)"],
  ["0 0 1 * 1", undefined],
])("the schedule %s becomes %s", (cron, expression) => {
  expect(scheduleExpression(cron)).toBe(expression);
});

test("a region without AWS's image asks for one", async () => {
  const made = planned(() => new MlopsPipeline("churn", {}), "simulate", "ca-west-1");
  await expect(made).rejects.toThrow(/image is missing, but AWS has no SageMaker Distribution in ca-west-1/);
  const own = await planned(
    () => ({ binding: new MlopsPipeline("churn", { image }).binding }),
    "simulate",
    "ca-west-1",
  );
  expect(own.diagnostics).toEqual([]);
});

const refused: [string, MlopsPipelineArgs, RegExp][] = [
  [
    "a service to deliver to",
    { delivery: { service: {} as InferenceBinding } },
    /delivery is something that pipelines of SageMaker cannot do; leave it out/,
  ],
  [
    "a push",
    { triggers: { push: { provider: GitProvider.GitHub, repository: "acme/churn" } } },
    /triggers\.push is something that SageMaker cannot take; leave it out/,
  ],
  [
    "how often to look",
    { triggers: { data: { store: bucket, everyMinutes: 5 } } },
    /triggers\.data\.everyMinutes has no effect, as S3 tells of new objects at once/,
  ],
  [
    "no schedule",
    { triggers: { schedule: "at night" } },
    /triggers\.schedule is "at night", but must be a cron schedule/,
  ],
  [
    "days of two kinds",
    { triggers: { schedule: "0 0 1 * 1" } },
    /triggers\.schedule is "0 0 1 \* 1", but must not name both days of the month and days of the week/,
  ],
  [
    "a time to decide in",
    { approval: { timeoutHours: 2 } },
    /approval\.timeoutHours is something that SageMaker's registry cannot do/,
  ],
  [
    "a threshold on a metric that nobody logs",
    { approval: { thresholds: [{ metric: "speed", minimum: 1 }] } },
    /approval\.thresholds\[0\]\.metric is "speed", which no stage before the approval logs/,
  ],
  [
    "a person without a registry",
    { stages: [{ name: "train" }, { name: "approve" }] },
    /approval\.person is asked for, but people decide about versions in the registry; add a stage of the kind register/,
  ],
  [
    "an accelerator of another cloud",
    { stages: [task("train", { accelerator: Accelerator.GoogleTpuV6e })] },
    /stages\[0\]\.accelerator is google-tpu-v6e, which SageMaker does not train on/,
  ],
  [
    "one that SageMaker only serves with",
    { stages: [task("train", { accelerator: Accelerator.AwsInferentia2 })] },
    /stages\[0\]\.accelerator is aws-inferentia2, which SageMaker does not train on/,
  ],
  [
    "a number of them that no machine has",
    { stages: [task("train", { accelerator: Accelerator.NvidiaA100, acceleratorsPerNode: 4 })] },
    /stages\[0\]\.acceleratorsPerNode is 4, but SageMaker has machines with 8 of nvidia-a100-40gb/,
  ],
  [
    "more memory than a machine has",
    { stages: [task("train", { memory: "4Ti" })] },
    /stages\[0\]\.memory is "4Ti", but SageMaker has no machine with 4Ti and 1 CPUs for this stage; ask for less/,
  ],
  [
    "a framework, whose images are elsewhere",
    { stages: [task("train", { framework: Framework.PyTorch })] },
    /stages\[0\]\.framework is pytorch, whose images are not in Amazon ECR, .* give an `image` there/,
  ],
  [
    "Ray",
    { stages: [task("ingest"), task("train", { engine: TrainingEngine.Ray })] },
    /stages\[1\]\.engine is ray, which SageMaker does not start; choose trainer/,
  ],
  ["many retries", { stages: [task("train", { retries: 50 })] }, /stages\[0\]\.retries is 50, but SageMaker tries 20/],
  [
    "a stage without end",
    { stages: [task("ingest", { timeoutMinutes: 40_000 })] },
    /stages\[0\]\.timeoutMinutes is 40000, but this job of SageMaker ends after 12960; lower it/,
  ],
  [
    "an image from elsewhere",
    { image: "docker.io/library/python:3.12" },
    /image is "docker\.io\/library\/python:3\.12", but must be an image in Amazon ECR with tag or digest/,
  ],
  ["one without a version", { image: image.replace(":1.0", "") }, /image is .* but must be an image in Amazon ECR/],
  [
    "a search without the image that starts it",
    { stages: [{ ...searching[1], name: "train", image: undefined }] },
    /stages\[0\]\.image is missing; a search needs one with SageMaker's training toolkit/,
  ],
  [
    "a search of a command",
    { stages: [{ ...searching[1], name: "train", source: undefined, command: ["train"] }] },
    /stages\[0\]\.command is given together with `search`/,
  ],
  [
    "a stage with the name of a step",
    { stages: [{ name: "register" }, task("register-version")] },
    /stages has a stage "register-version", the name of a step that "register" makes/,
  ],
  [
    "two stages of one name",
    { stages: [task("load"), task("load")] },
    /stages\[1\]\.name is "load", as is stages\[0\]\.name/,
  ],
  [
    "stages that wait for one another",
    { stages: [task("load", { after: ["clean"] }), task("clean", { after: ["load"] })] },
    /stages wait for one another: load after clean after load/,
  ],
  [
    "more steps than a pipeline has",
    {
      approval: { thresholds: [{ metric: "loss", maximum: 1 }] },
      stages: [
        ...Array.from({ length: 46 }, (_, index) => task(`load-${index + 1}`, { metrics: ["loss"] })),
        { name: "approve" },
        { name: "register" },
      ],
    },
    /stages makes 51 steps, but may make 50/,
  ],
  [
    "an MLflow inside a cluster",
    { tracking: { ...tracking, uri: "http://mlflow.mlflow.svc:5000" } },
    /tracking\.uri is "http:\/\/mlflow\.mlflow\.svc:5000", but must be an HTTPS URL that can be reached from outside a cluster/,
  ],
  [
    "a collector inside a cluster",
    { approval: { thresholds, auditEvents: { ...events, endpoint: "https://events.events.svc:4318" } } },
    /approval\.auditEvents\.endpoint is .* but must be an HTTPS URL that can be reached from outside a cluster/,
  ],
  [
    "no record where the law wants one",
    { compliance: [Regulation.EuAiAct] },
    /approval\.auditEvents is missing, but eu-ai-act \(Art\. 12 and 14\) ask for a record/,
  ],
  ["a bucket without its key", { artifacts: bucket }, /kmsKeyArn is missing; give the key that the bucket/],
  ["a key that is none", { kmsKeyArn: "mine" }, /kmsKeyArn is "mine", but must be the ARN of a KMS key/],
  ["a topic that is none", { alerts: ["mine"] }, /alerts\[0\] is "mine", but must be the ARN of an SNS topic/],
  [
    "a right on everything",
    { access: [{ platform: Platform.Aws, actions: ["s3:*"], resources: ["arn:aws:s3:::lake/*"] }] },
    /access is .* but has a rule for action "s3:\*"; name each action in full/,
  ],
  [
    "arguments beside an adopted pipeline",
    { existing: pulumi.output({} as PipelineBinding), spot: true },
    /spot has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new MlopsPipeline("churn", args))).toMatch(message);
});

test("refuses a name that is too long, and several faults at once", async () => {
  const args = { stages: [{ name: "Train", kind: StageKind.Train }], image: "python" };
  const message = await refusal(() => new MlopsPipeline("a-name-of-more-than-24-letters", args));
  expect(message).toMatch(/name is "a-name-of-more-than-24-letters", but must be 1 to 24 letters/);
  expect(message).toMatch(/stages\[0\]\.name is "Train"/);
  expect(message).toMatch(/image is "python"/);
});

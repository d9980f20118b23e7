import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type Graph, type PlanOptions, type PropertyMap, plan, resource, type Secret, unknown } from "./index";

const REGION = { "aws:region": "eu-central-1" };

function simulate(program: () => unknown, options: PlanOptions = {}): Promise<Graph> {
  return plan(program, { mode: "simulate", config: REGION, ...options });
}

describe("AWS", () => {
  test("resources have the ids and ARNs of their region, partition and account", async () => {
    const graph = await simulate(() => {
      const role = new aws.iam.Role("role", { assumeRolePolicy: "{}", path: "/team/" });
      const key = new aws.kms.Key("key");
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
      const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, availabilityZone: "eu-central-1b" });
      const template = new aws.ec2.LaunchTemplate("template");
      new aws.eks.PodIdentityAssociation("pods", {
        clusterName: "train",
        namespace: "default",
        roleArn: role.arn,
        serviceAccount: "trainer",
      });
      return {
        role: role.arn,
        roleName: role.name,
        policy: new aws.iam.Policy("policy", { name: "read", policy: "{}" }).arn,
        issuer: new aws.iam.OpenIdConnectProvider("oidc", { url: "https://id.example/x", clientIdLists: [] }).arn,
        key: key.arn,
        keyId: key.keyId,
        alias: new aws.kms.Alias("alias", { name: "alias/main", targetKeyId: key.keyId }).targetKeyArn,
        queue: new aws.sqs.Queue("queue", { name: "jobs" }).url,
        topic: new aws.sns.Topic("topic", { name: "news" }).arn,
        logs: new aws.cloudwatch.LogGroup("logs", { name: "/app" }).arn,
        table: new aws.dynamodb.Table("table", { name: "items", attributes: [] }).arn,
        repository: new aws.ecr.Repository("images", { name: "app" }).repositoryUrl,
        function: new aws.lambda.Function("run", { name: "run", role: role.arn }).invokeArn,
        secret: new aws.secretsmanager.Secret("secret", { name: "db" }).arn,
        vpc: vpc.arn,
        vpcId: vpc.id,
        subnetZone: subnet.availabilityZoneId,
        template: template.latestVersion,
        address: new aws.ec2.Eip("ip").publicIp,
      };
    });
    const account = "123456789012";
    const { outputs } = graph;
    expect(outputs).toMatchObject({
      role: `arn:aws:iam::${account}:role/team/${outputs.roleName}`,
      policy: `arn:aws:iam::${account}:policy/read`,
      issuer: `arn:aws:iam::${account}:oidc-provider/id.example/x`,
      key: `arn:aws:kms:eu-central-1:${account}:key/${outputs.keyId}`,
      alias: outputs.key,
      queue: `https://sqs.eu-central-1.amazonaws.com/${account}/jobs`,
      topic: `arn:aws:sns:eu-central-1:${account}:news`,
      logs: `arn:aws:logs:eu-central-1:${account}:log-group:/app`,
      table: `arn:aws:dynamodb:eu-central-1:${account}:table/items`,
      repository: `${account}.dkr.ecr.eu-central-1.amazonaws.com/app`,
      vpc: `arn:aws:ec2:eu-central-1:${account}:vpc/${outputs.vpcId}`,
      subnetZone: "euc1-az2",
      template: 1,
      // Nothing but EC2 can say which address it will be.
      address: unknown,
    });
    expect(outputs.roleName).toMatch(/^role-[0-9a-f]{7}$/);
    expect(outputs.vpcId).toMatch(/^vpc-0[0-9a-f]{16}$/);
    expect(outputs.secret).toMatch(/^arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-[0-9a-f]{6}$/);
    expect(outputs.function).toContain(`functions/arn:aws:lambda:eu-central-1:${account}:function:run/invocations`);
    expect(resource(graph, "pods").outputs.associationArn).toMatch(
      /^arn:aws:eks:eu-central-1:123456789012:podidentityassociation\/train\/a-[0-9a-f]{17}$/,
    );
  });

  test("what records and searches activity has the ARNs that policies name", async () => {
    const { outputs } = await simulate(() => {
      const bus = { eventBusName: "orders", eventPattern: "{}" };
      const topic = new aws.sns.Topic("alerts", { name: "alerts" });
      const database = new aws.glue.CatalogDatabase("logs", { name: "logs" });
      const trail = new aws.cloudtrail.Trail("trail", { name: "all", s3BucketName: "records" });
      return {
        trail: trail.arn,
        home: trail.homeRegion,
        rule: new aws.cloudwatch.EventRule("deleted", { name: "deleted", eventPattern: "{}" }).arn,
        busRule: new aws.cloudwatch.EventRule("ordered", { name: "ordered", ...bus }).arn,
        elsewhere: new aws.cloudwatch.EventRule("far", { name: "far", eventPattern: "{}", region: "us-gov-west-1" })
          .arn,
        stream: new aws.kinesis.FirehoseDeliveryStream("to-s3", { name: "to-s3", destination: "extended_s3" }).arn,
        workgroup: new aws.athena.Workgroup("audit", { name: "audit" }).arn,
        query: new aws.athena.NamedQuery("who", { name: "who", database: "logs", query: "SELECT 1" }).id,
        database: database.arn,
        databaseId: database.id,
        table: new aws.glue.CatalogTable("calls", { name: "calls", databaseName: database.name }).arn,
        subscription: new aws.sns.TopicSubscription("mail", {
          topic: topic.arn,
          protocol: "email",
          endpoint: "a@example.com",
        }).arn,
      };
    });
    const arn = (service: string, path: string) => `arn:aws:${service}:eu-central-1:123456789012:${path}`;
    expect(outputs).toEqual({
      trail: arn("cloudtrail", "trail/all"),
      home: "eu-central-1",
      rule: arn("events", "rule/deleted"),
      busRule: arn("events", "rule/orders/ordered"),
      elsewhere: "arn:aws-us-gov:events:us-gov-west-1:123456789012:rule/far",
      stream: arn("firehose", "deliverystream/to-s3"),
      workgroup: arn("athena", "workgroup/audit"),
      query: expect.stringMatching(/^[0-9a-f-]{36}$/),
      database: arn("glue", "database/logs"),
      databaseId: "123456789012:logs",
      table: arn("glue", "table/logs/calls"),
      subscription: expect.stringMatching(/^arn:aws:sns:eu-central-1:123456789012:alerts:[0-9a-f-]{36}$/),
    });
  });

  test("buckets are named after the resource, or as asked", async () => {
    const { outputs } = await simulate(() => {
      const own = new aws.s3.Bucket("lake");
      const given = new aws.s3.Bucket("given", { bucket: "my-lake" });
      return { id: own.id, bucket: own.bucket, arn: own.arn, domain: given.bucketRegionalDomainName };
    });
    expect(outputs.bucket).toMatch(/^lake-[0-9a-f]{7}$/);
    expect(outputs).toMatchObject({
      id: outputs.bucket,
      arn: `arn:aws:s3:::${outputs.bucket}`,
      domain: "my-lake.s3.eu-central-1.amazonaws.com",
    });
  });

  test("an EKS cluster has an endpoint, an issuer, and a certificate that says what it is", async () => {
    const program = () => {
      const subnetIds = ["subnet-1", "subnet-2"];
      const cluster = new aws.eks.Cluster("train", { name: "train", roleArn: "arn:role", vpcConfig: { subnetIds } });
      return {
        id: cluster.id,
        endpoint: cluster.endpoint,
        issuer: cluster.identities[0]?.oidcs[0]?.issuer,
        certificate: cluster.certificateAuthority.data,
        group: cluster.vpcConfig.clusterSecurityGroupId,
        subnets: cluster.vpcConfig.subnetIds,
        vpc: cluster.vpcConfig.vpcId,
        status: cluster.status,
        platform: cluster.platformVersion,
      };
    };
    const { outputs } = await simulate(program);
    expect(outputs).toMatchObject({ id: "train", status: "ACTIVE", vpc: unknown, platform: unknown });
    expect(outputs.endpoint).toMatch(/^https:\/\/[0-9A-F]{32}\.gr7\.eu-central-1\.eks\.amazonaws\.com$/);
    expect(outputs.issuer).toMatch(/^https:\/\/oidc\.eks\.eu-central-1\.amazonaws\.com\/id\/[0-9A-F]{32}$/);
    expect(Buffer.from(String(outputs.certificate), "base64").toString()).toContain("simulated");
    expect(outputs.group).toMatch(/^sg-0[0-9a-f]{16}$/);
    expect(outputs.subnets).toEqual(["subnet-1", "subnet-2"]);

    const previewed = await plan(program, { config: REGION });
    expect(previewed.outputs).toMatchObject({ id: unknown, endpoint: unknown, group: unknown, vpc: unknown });
    expect(previewed.outputs.subnets).toEqual(["subnet-1", "subnet-2"]);
  });

  test("a Lustre file system has a name and a mount, and its link to a bucket an id of its own", async () => {
    const program = () => {
      const files = new aws.fsx.LustreFileSystem("files", { subnetIds: "subnet-1" });
      const fileSystemId = files.id;
      const link = { fileSystemId, fileSystemPath: "/lake", dataRepositoryPath: "s3://lake/" };
      const { id: linked } = new aws.fsx.DataRepositoryAssociation("link", link);
      return { id: files.id, arn: files.arn, server: files.dnsName, mount: files.mountName, linked };
    };
    const { id, arn, server, mount, linked } = (await simulate(program)).outputs;
    expect(id).toMatch(/^fs-0[0-9a-f]{16}$/);
    expect(arn).toBe(`arn:aws:fsx:eu-central-1:123456789012:file-system/${id}`);
    expect([server, mount]).toEqual([`${id}.fsx.eu-central-1.amazonaws.com`, expect.stringMatching(/^[0-9a-f]{8}$/)]);
    expect(linked).toMatch(/^dra-0[0-9a-f]{16}$/);
  });

  test.each([
    ["the configuration", { "aws:region": "cn-north-1" }, {}, "arn:aws-cn:sqs:cn-north-1"],
    ["its own region", REGION, { region: "us-gov-west-1" }, "arn:aws-us-gov:sqs:us-gov-west-1"],
  ])("the region and partition come from %s", async (_, config, args, start) => {
    const program = () => ({ arn: new aws.sqs.Queue("queue", { name: "jobs", ...args }).arn });
    const { outputs } = await simulate(program, { config });
    expect(outputs.arn).toBe(`${start}:123456789012:jobs`);
  });

  test("the region comes from an explicit provider, and the account from the answers", async () => {
    const answers = {
      invokes: { "aws:index/getCallerIdentity:getCallerIdentity": [{ return: { accountId: "111122223333" } }] },
      resources: { "aws:eks/cluster:Cluster": { platformVersion: "eks.9" } },
    };
    const { outputs } = await simulate(
      () => {
        const provider = new aws.Provider("west", { region: "us-west-2" });
        const cluster = new aws.eks.Cluster("c", { roleArn: "arn:r", vpcConfig: { subnetIds: [] } }, { provider });
        return { arn: new aws.sns.Topic("topic", { name: "t" }, { provider }).arn, platform: cluster.platformVersion };
      },
      { answers },
    );
    expect(outputs).toEqual({ arn: "arn:aws:sns:us-west-2:111122223333:t", platform: "eks.9" });
  });

  test("what derives from an unknown is unknown, and from a secret is secret", async () => {
    const { outputs } = await simulate(
      () => ({
        // Without a region there is no ARN, and without a rule there is nothing.
        queue: new aws.sqs.Queue("queue", { name: "q" }).arn,
        other: new aws.rds.Cluster("other", { engine: "aurora" }).endpoint,
        hidden: new aws.s3.Bucket("hidden", { bucket: pulumi.secret("hush-lake") }).arn,
      }),
      { config: {} },
    );
    expect(outputs.queue).toBe(unknown);
    expect(outputs.other).toBe(unknown);
    expect((outputs.hidden as Secret).reveal()).toBe("arn:aws:s3:::hush-lake");
  });

  test("lookups that follow from region and arguments are answered", async () => {
    const statement = {
      sid: "Read",
      actions: ["s3:GetObject", "s3:ListBucket"],
      resources: ["*"],
      principals: [{ type: "Service", identifiers: ["eks.amazonaws.com"] }],
      conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: ["1"] }],
    };
    const { outputs } = await plan(
      () => ({
        region: aws.getRegionOutput().region,
        partition: aws.getPartitionOutput().partition,
        account: aws.getCallerIdentityOutput().accountId,
        zones: aws.getAvailabilityZonesOutput({ state: "available" }).names,
        policy: aws.iam.getPolicyDocumentOutput({ statements: [statement] }).json,
      }),
      { config: REGION },
    );
    expect(outputs).toMatchObject({
      region: "eu-central-1",
      partition: "aws",
      account: "123456789012",
      zones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
    });
    expect(JSON.parse(String(outputs.policy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:GetObject"],
          Resource: "*",
          Principal: { Service: "eks.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": "1" } },
        },
      ],
    });
    await expect(plan(() => aws.getRegion(), { config: {} })).rejects.toMatchObject({ kind: "unanswered" });
  });
});

describe("Kubernetes", () => {
  const program = () => {
    const config = new kubernetes.core.v1.ConfigMap("settings", { data: { a: "1" } });
    const named = new kubernetes.core.v1.Namespace("team", { metadata: { name: "ml" } });
    const custom = new kubernetes.apiextensions.CustomResource("thing", {
      apiVersion: "acme.dev/v1",
      kind: "Thing",
      metadata: { name: "t" },
    });
    const service = new kubernetes.core.v1.Service("web", {
      metadata: { name: "web", namespace: "ml" },
      spec: { ports: [{ port: 80 }] },
    });
    return {
      name: config.metadata.name,
      namespace: config.metadata.namespace,
      team: named.id,
      custom: custom.id,
      web: service.id,
      address: service.spec.clusterIP,
      status: service.status,
    };
  };

  test("objects mirror their inputs, with the name and namespace that the provider fills in", async () => {
    const graph = await simulate(program);
    expect(graph.outputs).toMatchObject({
      namespace: "default",
      team: "ml",
      custom: "t",
      web: "ml/web",
      address: unknown,
      status: unknown,
    });
    expect(graph.outputs.name).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(resource(graph, "settings")).toMatchObject({
      id: `default/${graph.outputs.name}`,
      outputs: { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } },
    });
    expect((resource(graph, "team").outputs.metadata as PropertyMap).namespace).toBeUndefined();
  });

  test("a preview leaves names to come, and what the API server chooses, unknown", async () => {
    const { outputs } = await plan(program);
    expect(outputs).toMatchObject({
      name: unknown,
      namespace: "default",
      team: unknown,
      web: unknown,
      address: unknown,
    });
  });

  test("a Helm release is deployed, and only it knows its resources", async () => {
    const { outputs } = await simulate(() => {
      const release = new kubernetes.helm.v3.Release("operator", {
        chart: "operator",
        name: "op",
        namespace: "system",
      });
      return { id: release.id, status: release.status.status, resources: release.resourceNames };
    });
    expect(outputs).toEqual({ id: "system/op", status: "deployed", resources: unknown });
  });

  test("what the provider would expand on the client is refused with the reason", async () => {
    const program = () => new kubernetes.yaml.ConfigGroup("group", { yaml: ["kind: ConfigMap"] });
    await expect(plan(program)).rejects.toMatchObject({
      kind: "unanswered",
      message: expect.stringContaining(
        "needs the Kubernetes provider: kubernetes:yaml:decode cannot be planned offline",
      ),
    });
  });
});

test("random values have the asked shape, are the same in every plan, and secret where the provider says so", async () => {
  const program = () => ({
    password: new random.RandomPassword("password", { length: 20, special: false, minNumeric: 3 }).result,
    text: new random.RandomString("text", { length: 8, upper: false, numeric: false, special: false }).result,
    hex: new random.RandomId("id", { byteLength: 4, prefix: "p-" }).hex,
    pet: new random.RandomPet("pet", { prefix: "my" }).id,
    uuid: new random.RandomUuid("uuid").result,
    port: new random.RandomInteger("port", { min: 1000, max: 1009 }).result,
    bytes: new random.RandomBytes("bytes", { length: 3 }).hex,
  });
  const [first, second] = await Promise.all([simulate(program), simulate(program)]);
  const { outputs } = first;
  const password = (outputs.password as Secret).reveal() as string;
  expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
  expect(password.replace(/\D/g, "").length).toBeGreaterThanOrEqual(3);
  expect(outputs.text).toMatch(/^[a-z]{8}$/);
  expect(outputs.hex).toMatch(/^p-[0-9a-f]{8}$/);
  expect(outputs.pet).toMatch(/^my-[a-z]+-[a-z]+$/);
  expect(outputs.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(outputs.port).toBeGreaterThanOrEqual(1000);
  expect(outputs.port).toBeLessThanOrEqual(1009);
  expect((outputs.bytes as Secret).reveal()).toMatch(/^[0-9a-f]{6}$/);
  expect((second.outputs.password as Secret).reveal()).toBe(password);
  expect({ ...second.outputs, password: 0, bytes: 0 }).toEqual({ ...outputs, password: 0, bytes: 0 });
  expect((await plan(program)).outputs).toMatchObject({ text: unknown, pet: unknown });
});

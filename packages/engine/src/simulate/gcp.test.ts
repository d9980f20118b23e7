import * as pulumi from "@pulumi/pulumi";
import { type Graph, type PlanOptions, plan, resource, unknown } from "../index";

const CONFIG = { "gcp:project": "my-project", "gcp:region": "europe-west4" };

/** A resource as the provider's package makes it, with the outputs named that a test reads. */
class Thing extends pulumi.CustomResource {
  readonly out: { [name: string]: pulumi.Output<unknown> };
  constructor(type: string, name: string, inputs: object, outputs: string[] = []) {
    const computed = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super(type, name, { ...computed, ...inputs });
    this.out = this as unknown as { [name: string]: pulumi.Output<unknown> };
  }
}

const simulate = (program: () => unknown, options: PlanOptions = {}): Promise<Graph> =>
  plan(program, { mode: "simulate", config: CONFIG, ...options });

test("a cluster has an address, a certificate and the id that the provider gives", async () => {
  const { outputs } = await simulate(() => {
    const cluster = new Thing("gcp:container/cluster:Cluster", "train", { name: "train", location: "europe-west4" }, [
      "endpoint",
      "masterAuth",
      "selfLink",
    ]);
    const pool = new Thing("gcp:container/nodePool:NodePool", "nodes", {
      name: "gpu",
      cluster: cluster.out.name,
      location: "europe-west4",
    });
    return { id: cluster.id, ...cluster.out, pool: pool.id };
  });
  expect(outputs).toMatchObject({
    id: "projects/my-project/locations/europe-west4/clusters/train",
    selfLink: "https://container.googleapis.com/v1/projects/my-project/locations/europe-west4/clusters/train",
    endpoint: expect.stringMatching(/^192\.0\.2\.\d{1,3}$/),
    masterAuth: { clusterCaCertificate: expect.any(String) },
    pool: "projects/my-project/locations/europe-west4/clusters/train/nodePools/gpu",
  });
});

test("keys are known by their path, and members of a role by thing, role, member and condition", async () => {
  const graph = await simulate(() => {
    const ring = new Thing("gcp:kms/keyRing:KeyRing", "ring", { name: "ring", location: "eu" });
    const key = new Thing("gcp:kms/cryptoKey:CryptoKey", "key", { name: "key", keyRing: ring.id });
    const grant = { role: "roles/viewer", member: "user:a@example.org" };
    new Thing("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "on-key", { cryptoKeyId: key.id, ...grant });
    new Thing("gcp:storage/bucketIAMMember:BucketIAMMember", "on-bucket", { bucket: "b", ...grant });
    const condition = { title: "office", expression: "true" };
    new Thing("gcp:projects/iAMMember:IAMMember", "on-project", { project: "my-project", ...grant, condition });
  });
  const id = (name: string) => resource(graph, name).id;
  const path = "projects/my-project/locations/eu/keyRings/ring/cryptoKeys/key";
  expect(id("key")).toBe(path);
  expect(id("on-key")).toBe(`${path}/roles/viewer/user:a@example.org`);
  expect(id("on-bucket")).toBe("b/b/roles/viewer/user:a@example.org");
  expect(id("on-project")).toBe("my-project/roles/viewer/user:a@example.org/office");
});

test("agents of Google's services have the project's number; an agent that is not known stays unknown", async () => {
  const program = () => {
    const agent = (name: string, service: string) =>
      new Thing("gcp:projects/serviceIdentity:ServiceIdentity", name, { service }, ["email", "member"]);
    const sink = new Thing("gcp:logging/projectSink:ProjectSink", "sink", { uniqueWriterIdentity: true }, [
      "writerIdentity",
    ]);
    const other = agent("other", "example.googleapis.com");
    return {
      gke: agent("gke", "container.googleapis.com").out.member,
      sink: sink.out.writerIdentity,
      other: other.out.email,
    };
  };
  expect((await simulate(program)).outputs).toMatchObject({
    gke: "serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com",
    sink: "serviceAccount:service-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
    other: expect.not.stringContaining("@"),
  });
  const answers = { invokes: { "gcp:organizations/getProject:getProject": [{ return: { number: "42" } }] } };
  expect((await simulate(program, { answers })).outputs.gke).toContain("service-42@");
});

test("accounts of Google's services are asked for by a lookup, and a sink of an organisation writes as that one's", async () => {
  const program = async () => ({
    storage: await pulumi.runtime.invoke("gcp:storage/getProjectServiceAccount:getProjectServiceAccount", {}),
    transfer: await pulumi.runtime.invoke(
      "gcp:storage/getTransferProjectServiceAccount:getTransferProjectServiceAccount",
      {},
    ),
    bigQuery: await pulumi.runtime.invoke("gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount", {}),
    sink: new Thing("gcp:logging/organizationSink:OrganizationSink", "all", { orgId: "42" }, ["writerIdentity"]).out
      .writerIdentity,
  });
  expect((await simulate(program)).outputs).toMatchObject({
    storage: { member: "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" },
    transfer: { email: "project-123456789012@storage-transfer-service.iam.gserviceaccount.com" },
    bigQuery: { email: "bq-123456789012@bigquery-encryption.iam.gserviceaccount.com" },
    sink: "serviceAccount:service-org-42@gcp-sa-logging.iam.gserviceaccount.com",
  });
});

test("what records are made of has the ids that the provider gives", async () => {
  const graph = await simulate(() => {
    new Thing("gcp:projects/iAMAuditConfig:IAMAuditConfig", "config", {
      project: "my-project",
      service: "storage.googleapis.com",
    });
    new Thing("gcp:organizations/iamAuditConfig:IamAuditConfig", "wide", { orgId: "42", service: "s" });
    new Thing("gcp:projects/iAMCustomRole:IAMCustomRole", "role", { roleId: "copies" });
    new Thing("gcp:orgpolicy/policy:Policy", "policy", { parent: "projects/p", name: "projects/p/policies/c" });
    new Thing("gcp:monitoring/alertPolicy:AlertPolicy", "alert", {});
    new Thing("gcp:monitoring/notificationChannel:NotificationChannel", "channel", {});
    new Thing("gcp:bigquery/dataset:Dataset", "dataset", { datasetId: "d" });
    new Thing("gcp:bigquery/table:Table", "table", { datasetId: "d", tableId: "t" });
    new Thing("gcp:bigquery/routine:Routine", "routine", { datasetId: "d", routineId: "r" });
    new Thing("gcp:storage/bucketObject:BucketObject", "object", { bucket: "b", name: "o" });
    new Thing("gcp:storage/insightsReportConfig:InsightsReportConfig", "report", { location: "europe-west4" });
    new Thing("gcp:storage/transferJob:TransferJob", "job", {});
    new Thing("gcp:logging/organizationSink:OrganizationSink", "sink", { orgId: "42", name: "s" });
  });
  expect(Object.fromEntries(graph.resources.filter((row) => row.custom).map((row) => [row.name, row.id]))).toEqual({
    config: "my-project/audit_config/storage.googleapis.com",
    wide: "42/audit_config/s",
    role: "projects/my-project/roles/copies",
    policy: "projects/p/policies/c",
    alert: expect.stringMatching(/^projects\/my-project\/alertPolicies\/\d+$/),
    channel: expect.stringMatching(/^projects\/my-project\/notificationChannels\/\d+$/),
    dataset: "projects/my-project/datasets/d",
    table: "projects/my-project/datasets/d/tables/t",
    routine: "projects/my-project/datasets/d/routines/r",
    object: "b-o",
    report: expect.stringMatching(/^projects\/my-project\/locations\/europe-west4\/reportConfigs\/[0-9a-f-]{36}$/),
    job: expect.stringMatching(/^my-project\/\d+$/),
    sink: "organizations/42/sinks/s",
  });
});

test("the networks of Compute Engine are known by their paths", async () => {
  const graph = await simulate(() => {
    const types = ["firewall:Firewall", "router:Router", "resourcePolicy:ResourcePolicy"];
    for (const type of types) new Thing(`gcp:compute/${type}`, type, { name: "x" });
    new Thing("gcp:compute/routerNat:RouterNat", "nat", { name: "nat", router: "x" });
  });
  expect(
    graph.resources
      .filter((row) => row.custom)
      .map((row) => row.id)
      .sort(),
  ).toEqual([
    "my-project/europe-west4/x/nat",
    "projects/my-project/global/firewalls/x",
    "projects/my-project/regions/europe-west4/resourcePolicies/x",
    "projects/my-project/regions/europe-west4/routers/x",
  ]);
});

test("file systems have an address to mount from, which a preview does not know", async () => {
  const program = () => {
    const networks = [{ network: "n", modes: ["MODE_IPV4"] }];
    const location = "europe-west4-a";
    const nfs = new Thing("gcp:filestore/instance:Instance", "nfs", { name: "nfs", location, networks });
    const args = { instanceId: "fast", filesystem: "fast", location };
    const fast = new Thing("gcp:lustre/instance:Instance", "fast", args, ["mountPoint"]);
    const connected = nfs.out.networks as pulumi.Output<{ ipAddresses: string[] }[]>;
    return { nfs: nfs.id, address: connected.apply(([own]) => own?.ipAddresses[0]), fast: fast.id, ...fast.out };
  };
  expect((await simulate(program)).outputs).toMatchObject({
    nfs: "projects/my-project/locations/europe-west4-a/instances/nfs",
    address: expect.stringMatching(/^198\.51\.100\.\d{1,3}$/),
    fast: "projects/my-project/locations/europe-west4-a/instances/fast",
    mountPoint: expect.stringMatching(/^198\.51\.100\.\d{1,3}@tcp:\/fast$/),
  });
  const { outputs } = await simulate(program, { mode: "preview" });
  expect([outputs.address, outputs.mountPoint]).toEqual([unknown, unknown]);
});

test("project and region of a lookup come from the configuration", async () => {
  const { outputs } = await simulate(async () => ({
    project: await pulumi.runtime.invoke("gcp:organizations/getProject:getProject", {}),
    other: await pulumi.runtime.invoke("gcp:organizations/getProject:getProject", { projectId: "other" }),
    client: await pulumi.runtime.invoke("gcp:organizations/getClientConfig:getClientConfig", {}),
  }));
  expect(outputs).toMatchObject({
    project: { id: "projects/my-project", projectId: "my-project", number: "123456789012" },
    other: { projectId: "other" },
    client: { project: "my-project", region: "europe-west4" },
  });
});

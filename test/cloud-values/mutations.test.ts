/** A test of the test: what a cloud would refuse is found where it is, and said clearly. */
import { type Graph, plan, type Value } from "aistack-engine";
import { answers } from "./answers";
import { type Checkable, CloudValues } from "./check";
import { onAws } from "./components";

let graph: Graph;
beforeAll(async () => {
  graph = await plan(onAws, { mode: "simulate", config: { "aws:region": "us-east-1" }, answers });
}, 60_000);

/** The sentences about a planned resource, one of whose inputs was changed. */
function about(name: string, change: (inputs: Record<string, Value>) => void): string[] {
  const row = graph.resources.find((found) => found.name === name);
  if (!row) throw new Error(`no resource ${name} in the plan`);
  const inputs = structuredClone(row.inputs) as Record<string, Value>;
  change(inputs);
  return new CloudValues().check({ ...row, inputs });
}

function merge(input: string, values: Record<string, Value>) {
  return (inputs: Record<string, Value>) => {
    inputs[input] = { ...(inputs[input] as object), ...values };
  };
}

test("an enumeration value that is misspelt", () => {
  expect(about("other-system-nodes", (inputs) => void Object.assign(inputs, { capacityType: "ON_DEMND" }))).toEqual([
    'other-system-nodes (aws:eks/nodeGroup:NodeGroup): capacityType is "ON_DEMND", but must be one of ON_DEMAND, SPOT, ' +
      "CAPACITY_BLOCK (eks.CreateNodegroup, capacityType)",
  ]);
});

test("an enumeration value in a list, behind a rename", () => {
  const [found, ...more] = about(
    "other-cluster",
    (inputs) => void Object.assign(inputs, { enabledClusterLogTypes: ["api", "adit"] }),
  );
  expect(found).toBe(
    'other-cluster (aws:eks/cluster:Cluster): enabledClusterLogTypes[1] is "adit", but must be one of api, audit, ' +
      "authenticator, controllerManager, scheduler (eks.CreateCluster, logging.clusterLogging[0].types[1])",
  );
  expect(more).toEqual([]);
});

test("a number out of range, in a nested structure", () => {
  expect(about("other-system-nodes", merge("scalingConfig", { maxSize: 0 }))).toEqual([
    "other-system-nodes (aws:eks/nodeGroup:NodeGroup): scalingConfig.maxSize is 0, but must be at least 1 " +
      "(eks.CreateNodegroup, scalingConfig.maxSize)",
  ]);
});

test("a number that only the documentation limits, in a further call", () => {
  const [found] = about("other-logs", (inputs) => void Object.assign(inputs, { retentionInDays: 100 }));
  expect(found).toMatch(/^other-logs .*: retentionInDays is 100, but must be one of 1, 3, .*, says PutRetentionPolicy/);
});

test("a member of a list in a further call", () => {
  const [found, ...more] = about(`${"n".repeat(23)}guarded-trail`, (inputs) => {
    const [selector] = structuredClone(inputs.advancedEventSelectors) as { fieldSelectors: { field: string }[] }[];
    Object.assign(selector?.fieldSelectors[0] ?? {}, { field: "eventCategories" });
    inputs.advancedEventSelectors = [selector as unknown as Value];
  });
  expect(found).toMatch(/field is "eventCategories", but must be one of eventCategory, eventName, .*, says Advanced/);
  expect(more).toEqual([]);
});

test("a required member that is missing, at the top and inside", () => {
  expect(
    about("other-cluster", (inputs) => {
      delete inputs.roleArn;
    }),
  ).toEqual([
    "other-cluster (aws:eks/cluster:Cluster): the resource roleArn is missing, which the call requires (eks.CreateCluster, roleArn)",
  ]);
  const audit = `${"n".repeat(25)}audit-lifecycle`;
  const [found] = about(audit, (inputs) => {
    const rules = inputs.rules as Record<string, Value>[];
    delete rules[1]?.status;
  });
  expect(found).toContain(
    ": rules[1] Status is missing, which the call requires (s3.PutBucketLifecycleConfiguration, ",
  );
});

test("a name that is too long, and one with a character that it may not have", () => {
  const [long] = about("other-cluster", (inputs) => void Object.assign(inputs, { name: "n".repeat(101) }));
  expect(long).toContain('nnn"..., which has 101 characters, but must have 1 to 100 (eks.CreateCluster, name)');
  const [odd] = about("other-cluster", (inputs) => void Object.assign(inputs, { name: "a cluster" }));
  expect(odd).toContain('name is "a cluster", but must match ^[0-9A-Za-z]');
});

test("an input that no call has, and a type that no table has", () => {
  const [input] = about("other-cluster", merge("vpcConfig", { subnets: ["subnet-1"] }));
  expect(input).toBe(
    "other-cluster (aws:eks/cluster:Cluster): vpcConfig.subnets is no member of eks.CreateCluster, nor renamed or ignored in the table",
  );
  const unknown: Checkable = { type: "aws:acme/thing:Thing", name: "thing", inputs: {}, outputs: {} };
  expect(new CloudValues().check(unknown)).toEqual([expect.stringContaining("aws:acme/thing:Thing is in no table")]);
});

describe("policy documents", () => {
  const key = "other-key";
  /** The sentences about the key's policy, one of whose statements was changed. */
  function policy(change: Record<string, unknown>): string[] {
    return about(key, (inputs) => {
      const document = JSON.parse(inputs.policy as string);
      Object.assign(document.Statement[1], change);
      inputs.policy = JSON.stringify(document);
    });
  }
  const at = "other-key (aws:kms/key:Key): policy CloudWatchEncryptsControlPlaneLogs";

  test.each<[string, Record<string, unknown>, string]>([
    ["an action that does not exist", { Action: "kms:Decypt" }, `${at} Action kms:Decypt is no action of kms`],
    [
      "an action in the wrong case",
      { Action: ["kms:describeKey"] },
      `${at} Action kms:describeKey is no action of kms, but kms:DescribeKey is`,
    ],
    [
      "a service that does not exist",
      { Action: "kmz:Decrypt" },
      `${at} Action kmz:Decrypt is of a service that no model has: kmz`,
    ],
    [
      "a wildcard without a reason",
      { Action: "kms:Get*" },
      `${at} allows Action kms:Get*, which tables/policies.ts has no reason for`,
    ],
    ["a principal left out", { Principal: undefined }, `${at} must have a Principal`],
    ["an element that does not exist", { Conditions: {} }, `${at} Conditions is no element of a statement`],
    [
      "a condition operator that does not exist",
      { Condition: { StringEqual: { "aws:SourceAccount": "1" } } },
      `${at} Condition StringEqual is no condition operator`,
    ],
    [
      "a condition key that does not exist",
      { Condition: { StringEquals: { "aws:SourceAcount": "1" } } },
      `${at} Condition aws:SourceAcount is no condition key`,
    ],
    [
      "a claim of an issuer that is not trusted",
      { Condition: { StringEquals: { "issuer.example.com:sub": "me" } } },
      `${at} Condition issuer.example.com:sub is no condition key`,
    ],
    ["a resource that is no ARN", { Resource: "key/1234" }, `${at} Resource "key/1234" is no ARN`],
  ])("%s", (_, change, sentence) => expect(policy(change)).toEqual([sentence]));
});

describe("Google Cloud", () => {
  const cluster: Checkable = {
    type: "gcp:container/cluster:Cluster",
    name: "train",
    inputs: {
      name: "train",
      location: "europe-west4",
      deletionProtection: true,
      network: "projects/p/global/networks/train",
      releaseChannel: { channel: "REGULAR" },
      privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "172.16.0.0/28" },
      masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "203.0.113.0/24", displayName: "office" }] },
      datapathProvider: "ADVANCED_DATAPATH",
      databaseEncryption: { state: "ENCRYPTED", keyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" },
      enableShieldedNodes: true,
      loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "WORKLOADS"] },
      workloadIdentityConfig: { workloadPool: "p.svc.id.goog" },
    },
    outputs: {},
  };
  const pool: Checkable = {
    type: "gcp:container/nodePool:NodePool",
    name: "train-l4",
    inputs: {
      name: "train-l4",
      cluster: "train",
      location: "europe-west4",
      autoscaling: { minNodeCount: 0, maxNodeCount: 4 },
      nodeConfig: {
        machineType: "g2-standard-8",
        guestAccelerators: [
          { type: "nvidia-l4", count: 1, gpuDriverInstallationConfig: { gpuDriverVersion: "LATEST" } },
        ],
        shieldedInstanceConfig: { enableSecureBoot: true },
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
      },
    },
    outputs: {},
  };
  const others: Checkable[] = [
    {
      type: "gcp:compute/network:Network",
      name: "net",
      inputs: { autoCreateSubnetworks: false, routingMode: "REGIONAL", mtu: 8896 },
      outputs: { name: "net-0123456" },
    },
    {
      type: "gcp:compute/subnetwork:Subnetwork",
      name: "sub",
      inputs: {
        ipCidrRange: "10.0.0.0/20",
        privateIpGoogleAccess: true,
        network: "net",
        region: "europe-west4",
        secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.4.0.0/14" }],
      },
      outputs: { name: "sub-0123456" },
    },
    {
      type: "gcp:kms/cryptoKey:CryptoKey",
      name: "key",
      inputs: { keyRing: "ring", purpose: "ENCRYPT_DECRYPT", rotationPeriod: "7776000s" },
      outputs: { name: "key-0123456" },
    },
  ];

  test("what it takes is taken", () => {
    expect([cluster, pool, ...others].flatMap((row) => new CloudValues().check(row))).toEqual([]);
  });

  test.each<[string, Checkable, Checkable["inputs"], string]>([
    [
      "an enumeration value that is misspelt, behind a rename",
      cluster,
      { datapathProvider: "ADVANCED" },
      'datapathProvider is "ADVANCED", but must be one of DATAPATH_PROVIDER_UNSPECIFIED, LEGACY_DATAPATH, ADVANCED_DATAPATH',
    ],
    [
      "an enumeration value in a list of a nested structure",
      pool,
      { nodeConfig: { taints: [{ key: "gpu", value: "1", effect: "NoSchedule" }] } },
      'nodeConfig.taints[0].effect is "NoSchedule", but must be one of EFFECT_UNSPECIFIED, NO_SCHEDULE',
    ],
    [
      "a number that is none",
      pool,
      { autoscaling: { maxNodeCount: "four" } },
      'autoscaling.maxNodeCount is "four", but must be a number',
    ],
    [
      "a driver version that does not exist",
      pool,
      { nodeConfig: { guestAccelerators: [{ gpuDriverInstallationConfig: { gpuDriverVersion: "NEWEST" } }] } },
      'nodeConfig.guestAccelerators[0].gpuDriverInstallationConfig.gpuDriverVersion is "NEWEST", but must be one of ',
    ],
  ])("%s", (_, row, inputs, sentence) => {
    const found = new CloudValues().check({ ...row, inputs: { ...row.inputs, ...inputs } });
    expect(found).toEqual([expect.stringContaining(`${row.name} (${row.type}): ${sentence}`)]);
  });

  test("a name that Compute Engine's pattern does not allow", () => {
    const [network] = others as [Checkable];
    const found = new CloudValues().check({ ...network, outputs: { name: "Net" } });
    expect(found).toEqual([expect.stringContaining('is "Net", but must match ')]);
  });
});

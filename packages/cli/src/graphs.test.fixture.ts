import { type Graph, type PlannedResource, type PropertyMap, Secret, unknown } from "aistack-engine";

/** What a test says of a resource; the rest is as the engine would fill it in. */
type Partially = Partial<PlannedResource> & Pick<PlannedResource, "type" | "name">;

/** A URN as Pulumi builds it, without the parents' types: enough to tell resources apart. */
export function urnOf(type: string, name: string): string {
  return `urn:pulumi:dev::assistant::${type}::${name}`;
}

const stackUrn = urnOf("pulumi:pulumi:Stack", "assistant-dev");

export function resource(given: Partially): PlannedResource {
  return {
    urn: urnOf(given.type, given.name),
    parent: stackUrn,
    custom: true,
    read: false,
    remote: false,
    inputs: {},
    outputs: {},
    dependencies: [],
    propertyDependencies: {},
    options: {},
    ...given,
  };
}

/** A Kubernetes object as its SDK registers it. */
export function object(apiVersion: string, kind: string, name: string, inputs: PropertyMap = {}): PlannedResource {
  const group = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
  return resource({
    type: `kubernetes:${group}:${kind}`,
    name,
    inputs: { apiVersion, kind, metadata: { name }, ...inputs },
  });
}

export function graph(resources: readonly PlannedResource[], rest: Partial<Graph> = {}): Graph {
  const stack = {
    ...resource({ type: "pulumi:pulumi:Stack", name: "assistant-dev", custom: false }),
    parent: undefined,
  };
  return {
    project: "assistant",
    stack: "dev",
    organization: "organization",
    mode: "simulate",
    resources: [stack, ...resources],
    outputs: {},
    diagnostics: [],
    timings: {},
    ...rest,
  };
}

/** An environment with components, nesting, groups, marks, outputs and warnings. */
export function assistant(): Graph {
  const cluster = urnOf("aistack-aws:index:GpuCluster", "train");
  const pool = urnOf("aistack-aws:index:AcceleratorPool", "train-h100");
  const bucket = urnOf("aws:s3/bucket:Bucket", "audit-records");
  const log = urnOf("aistack-aws:index:AuditLogBucket", "audit");
  const vectors = urnOf("aistack-kubernetes:index:VectorStore", "vectors");
  const kept = { protect: true, retainOnDelete: true };
  const inCluster = (type: string, name: string) => resource({ type, name, parent: cluster });
  const inVectors = (type: string, name: string) => resource({ type, name, parent: vectors });
  return graph(
    [
      resource({ type: "aistack-aws:index:GpuCluster", name: "train", custom: false }),
      inCluster("aws:ec2/vpc:Vpc", "train-vpc"),
      ...["a", "b", "c"].map((zone) => inCluster("aws:ec2/subnet:Subnet", `train-private-${zone}`)),
      ...["cluster", "nodes", "storage", "autoscaler", "system"].map((of) =>
        inCluster("aws:iam/role:Role", `train-${of}`),
      ),
      ...["cluster-policy", "worker-policy", "network-policy", "registry-policy", "storage-driver"].map((of) =>
        inCluster("aws:iam/rolePolicyAttachment:RolePolicyAttachment", `train-${of}`),
      ),
      { ...inCluster("aws:eks/cluster:Cluster", "train-cluster"), options: { protect: true } },
      { ...inCluster("aistack-aws:index:AcceleratorPool", "train-h100"), custom: false },
      resource({ type: "aws:ec2/launchTemplate:LaunchTemplate", name: "train-h100-template", parent: pool }),
      resource({ type: "aws:eks/nodeGroup:NodeGroup", name: "train-h100-nodes", parent: pool }),
      { ...inCluster("aws:ec2/getVpc:Shared", "shared-vpc"), read: true },
      resource({ type: "aistack-aws:index:AuditLogBucket", name: "audit", custom: false }),
      { ...resource({ type: "aws:s3/bucket:Bucket", name: "audit-records", parent: log }), options: kept },
      resource({ type: "aws:s3/bucketPolicy:BucketPolicy", name: "audit-tls", parent: bucket }),
      resource({ type: "pulumi:providers:kubernetes", name: "train" }),
      resource({ type: "aistack-kubernetes:index:VectorStore", name: "vectors", custom: false }),
      inVectors("random:index/randomPassword:RandomPassword", "vectors-api-key"),
      inVectors("kubernetes:core/v1:Secret", "vectors-api-key"),
      inVectors("kubernetes:apps/v1:StatefulSet", "vectors"),
      inVectors("kubernetes:helm.sh/v3:Release", "vectors-operator"),
      inVectors("kubernetes:monitoring.coreos.com/v1:ServiceMonitor", "vectors"),
      resource({ type: "acme:Opaque", name: "elsewhere", custom: false, remote: true }),
    ],
    {
      outputs: {
        endpoint: "https://vectors.assistant.svc:6333",
        apiKey: new Secret("hunter2"),
        address: unknown,
        replicas: 3,
        empty: {},
        cluster: {
          name: "train",
          region: "eu-central-1",
          token: new Secret({ key: "hunter2" }),
          zones: ["eu-central-1a", "eu-central-1b"],
          certificate: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        },
      },
      diagnostics: [
        { severity: "info", message: "Using the shared network.\n" },
        { severity: "warning", message: "one replica: an update interrupts it\nset replicas to 3", urn: vectors },
        { severity: "debug", message: "resolved 3 zones" },
      ],
    },
  );
}

/** What the stacks and examples leave out: every accelerator, each way of a network, adopting, granting, longest names. */
import { AccessGrant, AuditLogBucket, GpuCluster, NatGateways, Network, SupportType, VectorStore } from "aistack-aws";
import { Accelerator, Capacity, Distance, Lock, machines, Platform, Regulation, VectorEngine } from "aistack-core";
import * as gcp from "aistack-gcp";

/** A name of the length that is the longest for this component, ending in its kind. */
function longest(length: number, end: string): string {
  return `${"n".repeat(length - end.length)}${end}`;
}

export function onAws(): void {
  const known = machines.filter(
    ({ cloud, resourceName }) => cloud === Platform.Aws && resourceName === "nvidia.com/gpu",
  );
  const audit = new AuditLogBucket(longest(30, "audit"), {
    compliance: Object.values(Regulation),
    lock: Lock.Compliance,
    archiveAfterDays: 1,
  });
  const cluster = new GpuCluster(longest(30, "cluster"), {
    pools: known.map(({ type, accelerator }) => ({
      name: type.replace(".", "-"),
      accelerator,
      machineType: type,
      minNodes: 0,
    })),
    mirror: {
      images: "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror",
      charts: "oci://charts.example.com/mirror",
    },
    natGateways: NatGateways.None,
    flowLogs: audit.binding,
    logRetentionDays: 3653,
    tags: { "cost-centre": "42" },
  });
  new GpuCluster("other", {
    pools: [{ accelerator: Accelerator.NvidiaL4, labels: { purpose: "tests" } }],
    natGateways: NatGateways.PerZone,
    zoneCount: 2,
    apiAccessCidrs: ["203.0.113.0/24"],
    administrators: ["arn:aws:iam::123456789012:role/admin"],
    support: SupportType.Extended,
  });
  new AccessGrant(longest(30, "grant"), {
    cluster: cluster.binding,
    identity: { namespace: "assistant", serviceAccount: "assistant" },
    access: audit.binding.apply(({ access }) => [access.read, access.write].flatMap((rule) => rule ?? [])),
  });
  vectorStoresOnAws();
}

export function onGoogleCloud(): void {
  new gcp.GpuCluster(longest(30, "cluster"), {
    pools: [
      {
        name: longest(30, "spot"),
        accelerator: Accelerator.NvidiaL4,
        minNodes: 0,
        maxNodes: 2,
        capacity: Capacity.Spot,
      },
    ],
    natGateways: gcp.NatGateways.One,
    apiAccessCidrs: ["203.0.113.0/24"],
  });
  new gcp.AccessGrant(longest(30, "grant"), {
    cluster: { name: "shared", platform: Platform.Gcp, region: "europe-west4" },
    identity: { namespace: "assistant", serviceAccount: "assistant" },
    access: [
      {
        platform: Platform.Gcp,
        actions: ["roles/storage.objectViewer"],
        resources: ["//storage.googleapis.com/projects/_/buckets/lake"],
      },
    ],
  });
  vectorStoresOnGoogleCloud();
}

/** Vector stores with the longest names, every distance, and the ends of what sizes them. */
function vectorStoresOnAws(): void {
  const { binding } = new Network(longest(30, "net"));
  const dimensions = 4096;
  for (const distance of [Distance.Cosine, Distance.Euclidean])
    new VectorStore(longest(30, `-${distance.slice(0, 3)}`), { dimensions, distance, collection: "c".repeat(63) });
  new VectorStore(longest(30, "search"), {
    engine: VectorEngine.OpenSearchServerless,
    network: binding,
    dimensions: 16000,
    replicas: 1,
  });
  new VectorStore(longest(30, "aurora"), {
    engine: VectorEngine.Pgvector,
    network: binding,
    dimensions: 768,
    capacity: 100_000_000,
    replicas: 16,
    backup: { retentionDays: 1 },
  });
}

function vectorStoresOnGoogleCloud(): void {
  const { binding } = new gcp.Network("vectors-net");
  for (const distance of Object.values(Distance))
    new gcp.VectorStore(longest(30, `-${distance}`), {
      network: binding,
      dimensions: 8192,
      distance,
      capacity: 1_000_000_000,
    });
  new gcp.VectorStore(longest(30, "alloydb"), {
    engine: VectorEngine.Pgvector,
    network: binding,
    dimensions: 1024,
    capacity: 80_000_000,
    replicas: 21,
    backup: { retentionDays: 1 },
  });
}

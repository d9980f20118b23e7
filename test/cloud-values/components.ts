/** What the stacks and examples leave out: every accelerator, each way of a network, adopting, granting, longest names. */
import {
  AccessGrant,
  AuditLogBucket,
  DataLake,
  DeploymentIdentity,
  GpuCluster,
  LustreStorage,
  MlopsPipeline,
  NatGateways,
  Network,
  ObjectStore,
  SharedFileSystem,
  SupportType,
  VectorStore,
} from "aistack-aws";
import {
  Accelerator,
  Capacity,
  CiProvider,
  Contradiction,
  DataZone,
  Distance,
  FeatureStoreEngine,
  FeatureType,
  Lock,
  machines,
  Platform,
  Regulation,
  StageKind,
  VectorEngine,
} from "aistack-core";
import * as gcp from "aistack-gcp";

/** A name of the length that is the longest for this component, ending in its kind. */
function longest(length: number, end: string): string {
  return `${"n".repeat(length - end.length)}${end}`;
}

export function onAws(): void {
  filesOnAws();
  const known = machines.filter(
    ({ cloud, resourceName }) => cloud === Platform.Aws && resourceName === "nvidia.com/gpu",
  );
  const audit = new AuditLogBucket(longest(30, "audit"), {
    compliance: Object.values(Regulation),
    resolutions: Object.fromEntries(
      Object.values(Contradiction).map((id) => [id, "Decided by the data protection officer: see record 12."]),
    ),
    lock: Lock.Compliance,
    archiveAfterDays: 1,
  });
  guardedAudit();
  fullLake();
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
  pipelinesOnAws();
  deploymentsOnAws();
}

/** Every accelerator that SageMaker trains on, machines of the longest names, and what exists instead of what is made. */
function pipelinesOnAws(): void {
  const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1.0";
  const source = "import pipeline_run";
  const counts = new Map(
    machines
      .filter(
        ({ cloud, family, type }) => cloud === Platform.Aws && !["inf2", "gr6"].includes(family) && !/metal/.test(type),
      )
      .map(({ accelerator, count }) => [`${accelerator} ${count}`, { accelerator, acceleratorsPerNode: count }]),
  );
  new MlopsPipeline(longest(24, "accelerated"), {
    stages: [...counts.values()].map((machine, index) => ({
      name: longest(40, `${index}`),
      image,
      source,
      ...machine,
    })),
    spot: true,
  });
  new MlopsPipeline("sizes", {
    model: longest(63, "model"),
    stages: [
      ...["1", "3", "6", "12", "24", "60"].flatMap((cpu) =>
        ["4Gi", "600Gi"].map((memory) => ({ name: `cpu-${cpu}-${memory.toLowerCase()}`, source, cpu, memory })),
      ),
      { name: "approve" },
      { name: "register" },
    ],
  });
  new MlopsPipeline("existing", {
    approval: { thresholds: [{ metric: "accuracy", minimum: 0.9 }] },
    artifacts: new ObjectStore("artifacts").binding,
    kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    tracking: { kind: "tracking", name: "mlflow", platform: Platform.Kubernetes, uri: "https://mlflow.example.com" },
    image,
  });
}

/** Every kind of token, with the longest names and all that there is to choose. */
function deploymentsOnAws(): void {
  new DeploymentIdentity(longest(30, "gitlab"), {
    provider: CiProvider.GitLab,
    repository: "example/ai/assistant",
    issuerUrl: "https://gitlab.example.com",
    branches: ["main", "release/1.x"],
    regions: ["us-east-1", "eu-central-1"],
    state: new ObjectStore("pipelines-state").binding,
    secretsKey: "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  });
}

/** Everything that fills, copies, guards and searches the records. */
function guardedAudit(): void {
  const lake = new ObjectStore("lake");
  new AuditLogBucket(longest(30, "guarded"), {
    legalHold: true,
    replica: { region: "eu-central-1" },
    trail: { organization: true },
    alerts: {
      emails: ["security@example.com"],
      targets: ["arn:aws:sns:us-east-1:123456789012:security"],
    },
    // The longest number of a cluster, in the longest of names.
    clusters: Array.from({ length: 10 }, (_, index) => ({
      name: longest(100, `-${index}`),
      platform: Platform.Aws,
    })),
    networks: [{ networkId: "vpc-0123456789abcdef0", cidr: "10.0.0.0/16", privateSubnetIds: [] }],
    buckets: [lake.binding],
    loadBalancers: true,
  });
}

/** Every zone with a lifecycle, the longest names, and a team that may everything. */
function fullLake(): void {
  const all = Object.values(DataZone);
  new DataLake(longest(20, "lake"), {
    allowedRegions: ["us-east-1", "eu-central-1"],
    zones: all.map((zone) => ({ zone, archiveAfterDays: 1, expireAfterDays: 36500 })),
    teams: [
      {
        name: longest(30, "team"),
        read: all,
        write: all,
        cluster: { name: "train", platform: Platform.Aws, region: "eu-west-1" },
        identities: [{ namespace: "vision", serviceAccount: "training" }],
        principals: [longest(64, "role")],
      },
    ],
  });
}

/** File systems of every kind, whose examples show one each. */
function filesOnAws(): void {
  const cluster = { name: "shared", platform: Platform.Aws, region: "us-east-1" };
  const network = {
    networkId: "vpc-0123456789abcdef0",
    cidr: "10.0.0.0/16",
    privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  };
  new SharedFileSystem(longest(30, "files"), {
    cluster,
    network,
    capacityGiB: 38_400,
    throughputMiBps: 9_600,
    metadataIops: 192_000,
    efaClientGroupIds: ["sg-0123456789abcdef0"],
    backup: { retentionDays: 90, hourUtc: 23 },
    rootSquash: true,
  });
  new SharedFileSystem("restored", { cluster, network, restoreFrom: "backup-0123456789abcdef0" });
  new SharedFileSystem("tiered", { cluster, network, storage: LustreStorage.IntelligentTiering });
  new SharedFileSystem("linked", {
    cluster,
    network,
    lake: { store: new ObjectStore("datasets").binding, prefix: "datasets/images", exportChanges: true },
  });
}

export function onGoogleCloud(): void {
  const network = new gcp.Network("audited");
  const audit = new gcp.AuditLogBucket(longest(30, "audit"), {
    compliance: Object.values(Regulation),
    lock: Lock.Compliance,
    retentionDays: 36500,
    archiveAfterDays: 1,
    legalHold: true,
    replica: { region: "europe-west3" },
    alerts: { emails: ["security@example.org"], targets: ["projects/my-project/notificationChannels/123"] },
    trail: { organization: true },
    organizationId: "123456789012",
    networks: [network.binding],
    loadBalancers: true,
    tlsOnly: true,
    tags: { "cost-centre": "42" },
  });
  const key = (region: string) => `projects/keys/locations/${region}/keyRings/r/cryptoKeys/k`;
  new gcp.AuditLogBucket("sources", {
    retentionDays: 120,
    clusters: [{ name: "shared", platform: Platform.Gcp, region: "europe-west4" }],
    buckets: [audit.binding],
    replica: { region: "europe-west3", kmsKey: key("europe-west3") },
    kmsKey: key("europe-west4"),
    query: false,
  });
  new gcp.AuditLogBucket("short", { retentionDays: 1 });
  new gcp.Network("copied", { flowLogs: audit.binding });
  filesOnGoogleCloud();
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
  fullGoogleLake();
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
  featuresOnGoogleCloud();
  pipelinesOnGoogleCloud();
  new gcp.DeploymentIdentity(longest(30, "github"), {
    provider: CiProvider.GitHub,
    repository: "example-org/assistant",
    environment: "prod",
    repositoryId: "456789",
    ownerId: "123456",
  });
}

/** A feature store with the longest names, every type, and the most nodes. */
function featuresOnGoogleCloud(): void {
  const id = (length: number, end: string) => longest(length, end).replaceAll("-", "_");
  const store = new gcp.FeatureStore(longest(20, "features"), {
    engine: FeatureStoreEngine.Vertex,
    groups: [
      {
        name: id(60, "group"),
        recordIdentifier: "id",
        eventTime: "feature_timestamp",
        features: [
          { name: "id", type: FeatureType.Integral },
          { name: "feature_timestamp", type: FeatureType.Fractional },
          ...Object.values(FeatureType).map((type) => ({ name: id(64, type.toLowerCase()), type })),
        ],
      },
    ],
    materialisation: { schedule: "*/5 0-6 1,15 * 1-5" },
    maxNodes: 30,
    zone: "europe-west4-c",
  });
  new gcp.FeatureReader(longest(30, "reader"), {
    cluster: { name: "shared", platform: Platform.Gcp, region: "europe-west4" },
    identity: { namespace: "assistant", serviceAccount: "assistant" },
    store: store.binding,
  });
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

/** Pipelines with the longest name, every trigger, secrets, and stages on every accelerator that is offered. */
function pipelinesOnGoogleCloud(): void {
  const network = {
    networkId: "projects/my-project/global/networks/shared",
    cidr: "10.0.0.0/16",
    privateSubnetIds: ["projects/my-project/regions/europe-west4/subnetworks/shared"],
  };
  const store = new gcp.AuditLogBucket("arrivals", { retentionDays: 1 }).binding;
  const own = { image: "europe-west4-docker.pkg.dev/my-project/train/train:1", command: ["train"] };
  const offered: [Accelerator, number, number][] = [
    [Accelerator.NvidiaL4, 4, 1],
    [Accelerator.NvidiaA100, 16, 2],
    [Accelerator.NvidiaA100With80GiB, 8, 2],
    [Accelerator.NvidiaH100, 8, 16],
    [Accelerator.NvidiaH200, 8, 2],
    [Accelerator.NvidiaB200, 8, 2],
    [Accelerator.NvidiaGb200, 4, 2],
    [Accelerator.GoogleTpuV5e, 8, 1],
  ];
  new gcp.MlopsPipeline(longest(20, "pipeline"), {
    stages: [
      ...offered.map(([accelerator, acceleratorsPerNode, nodes], index) => ({
        name: longest(40, `${index}`),
        kind: StageKind.Train,
        accelerator,
        acceleratorsPerNode,
        nodes,
        ...own,
      })),
      { name: "approve" },
      { name: "register" },
    ],
    approval: { timeoutHours: 8736 },
    triggers: {
      schedule: "*/5 0-6 * JAN-JUN MON,TUE",
      data: { store, prefix: "incoming/", everyMinutes: 1440 },
      drift: { alerts: ["PredictionDrift"] },
    },
    uses: [{ kind: "database", name: "labels", credentials: { LABELS_PASSWORD: "secret" } }],
    access: store.access.read,
    artifacts: store,
    network,
    alerts: { emails: ["ml@example.org"] },
    tags: { "cost-centre": "42" },
  });
}

function fullGoogleLake(): void {
  const all = Object.values(DataZone);
  new gcp.DataLake(longest(20, "lake"), {
    compliance: [Regulation.Gdpr],
    zones: all.map((zone) => ({ zone, archiveAfterDays: 1, expireAfterDays: 36500 })),
    teams: [
      {
        name: longest(30, "team"),
        read: all,
        write: all,
        cluster: { name: "train", platform: Platform.Gcp, region: "europe-west4" },
        identities: [{ namespace: "vision", serviceAccount: "training" }],
        principals: ["group:vision@example.com"],
      },
    ],
  });
}

function filesOnGoogleCloud(): void {
  const cluster = { name: "shared", platform: Platform.Gcp, region: "europe-west4" };
  const network = {
    networkId: "projects/my-project/global/networks/shared",
    cidr: "10.0.0.0/16",
    privateSubnetIds: ["projects/my-project/regions/europe-west4/subnetworks/shared"],
  };
  new gcp.SharedFileSystem(longest(24, "files"), {
    cluster,
    network,
    tier: gcp.FilestoreTier.Regional,
    capacityGiB: 102_400,
    restoreFrom: "projects/my-project/locations/europe-west4/backupVaults/v/dataSources/s/backups/b",
    rootSquash: true,
    backup: { retentionDays: 90, hourUtc: 18 },
  });
  new gcp.SharedFileSystem(longest(24, "lustre"), {
    cluster,
    network,
    service: gcp.FileService.ManagedLustre,
    zone: "europe-west4-a",
    backup: {
      store: {
        kind: "object-store",
        name: "copies",
        platform: Platform.Gcp,
        bucket: "copies",
        url: "gs://copies",
        access: { read: [], write: [] },
      },
    },
  });
}

/** What SharedFileSystem promises on every platform, asserted on each by the same tests. */
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  bindingField,
  type ClusterBinding,
  type FileBackupArgs,
  type NetworkBinding,
  Platform,
  Regulation,
  type SharedFileSystemBinding,
} from "aistack-core";
import { type Graph, type Mode, plan, resource } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";

/** The arguments that all platforms share. */
interface Shared {
  existing?: pulumi.Input<SharedFileSystemBinding>;
  namespace?: pulumi.Input<string>;
  mountPath?: string;
  capacityGiB?: number;
  throughputMiBps?: number;
  backup?: FileBackupArgs;
  compliance?: Regulation[];
}

interface SharedFileSystem extends pulumi.ComponentResource {
  binding: pulumi.Output<SharedFileSystemBinding>;
  namespace?: pulumi.Output<string>;
}

interface Subject {
  variant: string;
  platform: Platform;
  config: { [key: string]: string };
  create: (args: Shared) => SharedFileSystem;
  adopt: (existing: pulumi.Input<SharedFileSystemBinding>) => SharedFileSystem;
  /** Type and name of what holds the files, and whether it is encrypted with a key of the customer or of the disks. */
  holder: string;
  encrypted: (inputs: Inputs) => boolean;
  /** What copies the files every day. */
  copies: (graph: Graph) => boolean;
  /** A capacity that is no capacity here, and the nearest ones that are. */
  capacity?: [number, RegExp];
  /** A throughput that the smallest file system does not give, and what is told. */
  throughput: [number, RegExp];
  /** Configuration with a region that personal data may not lie in. */
  abroad?: { [key: string]: string };
  /** Whether a claim in one more namespace shows the same files. */
  shares: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape each platform states
type Inputs = any;

const cluster = (platform: Platform): ClusterBinding => ({ name: "any", platform, kubeconfig: "{}" });
const network: NetworkBinding = {
  networkId: "network",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-1", "subnet-2"],
};
const store = (platform: Platform) => ({
  kind: "object-store",
  name: "copies",
  platform,
  bucket: "copies",
  url: "s3://copies",
  access: { read: [], write: [] },
});

const onAws = (
  variant: string,
  more: aws.SharedFileSystemArgs,
  rest: Pick<Subject, "capacity" | "throughput">,
): Subject => ({
  variant,
  platform: Platform.Aws,
  config: { "aws:region": "eu-central-1" },
  create: (args) => new aws.SharedFileSystem("files", { cluster: cluster(Platform.Aws), network, ...more, ...args }),
  adopt: (existing) => new aws.SharedFileSystem("files", { existing }),
  holder: "aws:fsx/lustreFileSystem:LustreFileSystem",
  encrypted: (inputs) => inputs.kmsKeyId !== undefined,
  copies: (graph) =>
    inputsOf(graph, "aws:fsx/lustreFileSystem:LustreFileSystem")[0].automaticBackupRetentionDays === 30,
  abroad: { "aws:region": "us-east-1" },
  shares: true,
  ...rest,
});

const onGcp = (
  variant: string,
  more: gcp.SharedFileSystemArgs,
  rest: Pick<Subject, "holder" | "encrypted" | "copies" | "capacity" | "throughput">,
): Subject => ({
  variant,
  platform: Platform.Gcp,
  config: { "gcp:project": "my-project", "gcp:region": "europe-west4" },
  create: (args) =>
    new gcp.SharedFileSystem("files", {
      cluster: cluster(Platform.Gcp),
      network,
      zone: "europe-west4-a",
      ...more,
      ...args,
    }),
  adopt: (existing) => new gcp.SharedFileSystem("files", { existing }),
  abroad: { "gcp:project": "my-project", "gcp:region": "us-central1" },
  shares: true,
  ...rest,
});

const subjects: Subject[] = [
  onAws(
    "FSx for Lustre on SSDs",
    {},
    {
      capacity: [1300, /the nearest are 1200 and 2400/],
      throughput: [200, /throughputMiBps is 200.*the nearest are 150 and 300/],
    },
  ),
  onAws(
    "FSx for Lustre with tiering",
    { storage: aws.LustreStorage.IntelligentTiering },
    {
      throughput: [5000, /throughputMiBps is 5000.*the nearest are 4000 and 8000/],
    },
  ),
  onGcp(
    "Filestore",
    {},
    {
      holder: "gcp:filestore/instance:Instance",
      encrypted: (inputs) => inputs.kmsKeyName !== undefined,
      copies: (graph) =>
        inputsOf(graph, "gcp:backupdisasterrecovery/backupPlan:BackupPlan")[0].backupRules[0].backupRetentionDays ===
        30,
      capacity: [1300, /the nearest are 1280 and 1536/],
      throughput: [300, /throughputMiBps is 300.*1280 GiB give that/],
    },
  ),
  onGcp(
    "Managed Lustre",
    { service: gcp.FileService.ManagedLustre, backup: { store: store(Platform.Gcp) } },
    {
      holder: "gcp:lustre/instance:Instance",
      encrypted: (inputs) => inputs.kmsKey !== undefined,
      copies: (graph) => inputsOf(graph, "gcp:cloudscheduler/job:Job")[0].schedule === "0 3 * * *",
      capacity: [10_000, /the nearest are 9000 and 18000/],
      throughput: [5000, /throughputMiBps is 5000.*the nearest are 8789/],
    },
  ),
  ...[Platform.Kubernetes, Platform.Edge].map(
    (platform): Subject => ({
      variant: `Ceph, ${platform}`,
      platform,
      config: {},
      create: (args) =>
        new kubernetes.SharedFileSystem("files", {
          cluster: cluster(platform),
          disks: "^sdb$",
          backup: { store: store(Platform.Aws) },
          ...args,
        }),
      adopt: (existing) => new kubernetes.SharedFileSystem("files", { existing }),
      holder: "kubernetes:helm.sh/v3:Release",
      encrypted: (inputs) =>
        inputs.chart.endsWith("/rook-ceph") || inputs.values.cephClusterSpec.storage.config.encryptedDevice === "true",
      copies: (graph) =>
        inputsOf(graph, "kubernetes:batch/v1:CronJob").some(
          ({ spec }) => spec.schedule === "0 3 * * *" && !spec.suspend,
        ),
      capacity: [0, /capacityGiB is 0/],
      throughput: [100, /throughputMiBps cannot be promised/],
      shares: false,
    }),
  ),
];

const modes: Mode[] = ["preview", "simulate"];

function inputsOf(graph: Graph, type: string): Inputs[] {
  return graph.resources.filter((row) => row.type === type).map((row) => JSON.parse(JSON.stringify(row.inputs)));
}

const planned = (subject: Subject, args: Shared = {}, mode?: Mode, config = subject.config) =>
  plan(() => ({ binding: subject.create(args).binding }), { mode, config });

const refusal = async (graph: Promise<Graph>): Promise<string> => {
  const outcome = await graph.catch((error: Error) => error);
  if (outcome instanceof Error) return outcome.message;
  throw new Error("the program was planned, not refused");
};

describe.each(subjects)("$variant", (subject) => {
  test.each(modes)("a workload that uses it mounts its claim and is told where, in %s", async (mode) => {
    const graph = await plan(
      () => {
        const files = subject.create({ mountPath: "/data" });
        new kubernetes.InferenceService("model", {
          cluster: cluster(subject.platform),
          image: "registry.example/model:1",
          namespace: files.namespace,
          uses: [files.binding],
        });
      },
      { mode, config: subject.config },
    );
    const pod = (resource(graph, "model-replicas").inputs.spec as Inputs).template.spec;
    expect(pod.volumes).toContainEqual({ name: "files-1", persistentVolumeClaim: { claimName: "files" } });
    expect(pod.containers[0].volumeMounts).toContainEqual({ name: "files-1", mountPath: "/data" });
    expect(pod.containers[0].env).toContainEqual({ name: "FILES_PATH", value: "/data" });
    const [claim] = inputsOf(graph, "kubernetes:core/v1:PersistentVolumeClaim");
    expect(claim).toMatchObject({
      metadata: { name: "files", namespace: "files" },
      spec: { accessModes: ["ReadWriteMany"], storageClassName: "files" },
    });
  });

  test.each(modes)("the binding is the same on every platform, in %s", async (mode) => {
    const { outputs } = await plan(
      () => {
        const { binding } = subject.create({ namespace: "data" });
        // What is computed is unknown in a preview, and what is not stays known.
        const field = <K extends keyof SharedFileSystemBinding>(key: K) => bindingField(binding, key);
        const [kind, name, platform, storageClass] = [
          field("kind"),
          field("name"),
          field("platform"),
          field("storageClass"),
        ];
        return { kind, name, platform, storageClass, environment: field("environment"), volumes: field("volumes") };
      },
      { mode, config: subject.config },
    );
    expect(outputs).toEqual({
      kind: "shared-file-system",
      name: "files",
      platform: subject.platform,
      storageClass: "files",
      environment: { FILES_PATH: "/mnt/files" },
      volumes: [{ claim: "files", namespace: "data", mountPath: "/mnt/files" }],
    });
  });

  test.each(modes)("files are encrypted, copied every day, and outlive the stack, in %s", async (mode) => {
    const graph = await planned(subject, {}, mode);
    const holders = graph.resources.filter((row) => row.type === subject.holder);
    expect(holders.length).toBeGreaterThan(0);
    for (const row of holders) {
      expect(row.options.retainOnDelete).toBe(true);
      expect(subject.encrypted(JSON.parse(JSON.stringify(row.inputs)))).toBe(true);
    }
    expect(subject.copies(graph)).toBe(true);
  });

  test("a namespace that is made for it is closed", async () => {
    const graph = await planned(subject);
    const own = inputsOf(graph, "kubernetes:core/v1:Namespace").find((row) => row.metadata.name === "files");
    expect(own.metadata.labels["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    const denied = inputsOf(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy").map((row) => row.metadata);
    expect(denied).toContainEqual(expect.objectContaining({ name: "default-deny", namespace: "files" }));
  });

  test("what it says of regulations is put out beside the binding", async () => {
    const compliance = [Regulation.Gdpr, Regulation.Soc2];
    const graph = await planned(subject, { compliance });
    const component = graph.resources.find((row) => row.type.endsWith(":index:SharedFileSystem"));
    expect(component?.outputs.compliance).toEqual(compliance);
    expect(component?.outputs.binding).toBeDefined();
  });

  test("everything has a chain of parents up to the component", async () => {
    const graph = await planned(subject);
    const byUrn = new Map(graph.resources.map((row) => [row.urn, row]));
    const [top, component] = graph.resources;
    for (const row of graph.resources.slice(1)) {
      let ancestor = row;
      while (ancestor.parent !== top?.urn) ancestor = byUrn.get(ancestor.parent as string) as typeof row;
      expect([row.urn, ancestor.urn]).toEqual([row.urn, component?.urn]);
    }
  });

  test("adopts a file system that exists and creates nothing", async () => {
    const existing: SharedFileSystemBinding = {
      kind: "shared-file-system",
      name: "theirs",
      platform: subject.platform,
      storageClass: "theirs",
      volumes: [{ claim: "theirs", namespace: "data", mountPath: "/mnt/theirs" }],
    };
    const graph = await plan(() => ({ binding: subject.adopt(existing).binding }), { config: subject.config });
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });

  test("a claim in one more namespace shows the same files, where it can", async () => {
    const claimed = plan(
      () => {
        const fileSystem = subject.create({}).binding;
        const args = { cluster: cluster(subject.platform), fileSystem, namespace: "team" };
        return { binding: new kubernetes.FileSystemClaim("team-files", args).binding };
      },
      { mode: "simulate", config: subject.config },
    );
    if (!subject.shares) {
      expect(await refusal(claimed)).toContain("must say how nodes mount it");
      return;
    }
    const graph = await claimed;
    const [own, further] = inputsOf(graph, "kubernetes:core/v1:PersistentVolume").map((row) => row.spec);
    expect(further.csi).toEqual(own.csi);
    expect(further.claimRef).toMatchObject({ namespace: "team", name: "team-files" });
  });

  test("a throughput that it does not give is refused, and a capacity that is none", async () => {
    const [throughputMiBps, reason] = subject.throughput;
    expect(await refusal(planned(subject, { throughputMiBps }))).toMatch(reason);
    if (subject.capacity) {
      const [capacityGiB, nearest] = subject.capacity;
      expect(await refusal(planned(subject, { capacityGiB }))).toMatch(nearest);
    }
  });

  test("copies for no day, or in an hour that is none, are refused", async () => {
    const message = await refusal(planned(subject, { backup: { retentionDays: 0, hourUtc: 25 } }));
    expect(message).toContain("backup.retentionDays");
    expect(message).toContain("backup.hourUtc is 25");
  });
});

describe.each(subjects.filter(({ abroad }) => abroad))("$variant, in a cloud", (subject) => {
  test("personal data is refused in a region that is not adequate", async () => {
    const message = await refusal(planned(subject, { compliance: [Regulation.Gdpr] }, "simulate", subject.abroad));
    expect(message).toMatch(/the provider's region is us-.*, but GDPR Art. 44/);
  });
});

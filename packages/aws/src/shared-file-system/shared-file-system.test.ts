import * as pulumi from "@pulumi/pulumi";
import {
  type ClusterBinding,
  type NetworkBinding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
  type SharedFileSystemBinding,
} from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { ObjectStore } from "../object-store/object-store";
import { allStatements, created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import { LustreStorage, type SharedFileSystemArgs } from "./args";
import { SharedFileSystem } from "./shared-file-system";

const cluster: ClusterBinding = { name: "train", platform: Platform.Aws, kubeconfig: "{}" };
const network: NetworkBinding = {
  networkId: "vpc-0123456789abcdef0",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
};

const files = (args: SharedFileSystemArgs = {}, mode?: Mode, opts?: pulumi.ComponentResourceOptions): Promise<Graph> =>
  planned(() => {
    const { binding, namespace } = new SharedFileSystem("files", { cluster, network, ...args }, opts);
    return { binding, namespace };
  }, mode);

const linked = (args: SharedFileSystemArgs, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const store = new ObjectStore("store").binding;
    new SharedFileSystem("files", { cluster, network, ...args, lake: { store, ...args.lake } });
  }, mode);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others; the files and their key outlive the stack", async () => {
    const graph = await files({}, mode);
    expect(created(graph)).toEqual([
      "files-claim PersistentVolumeClaim",
      "files-class StorageClass",
      "files-cluster kubernetes",
      "files-default-deny NetworkPolicy",
      "files-files LustreFileSystem",
      "files-key Key",
      "files-logs LogGroup",
      "files-namespace Namespace",
      "files-network SecurityGroup",
      "files-network-clients-1018-in SecurityGroupIngressRule",
      "files-network-clients-1018-out SecurityGroupEgressRule",
      "files-network-clients-988-in SecurityGroupIngressRule",
      "files-network-clients-988-out SecurityGroupEgressRule",
      "files-network-servers-1018-in SecurityGroupIngressRule",
      "files-network-servers-1018-out SecurityGroupEgressRule",
      "files-network-servers-988-in SecurityGroupIngressRule",
      "files-network-servers-988-out SecurityGroupEgressRule",
      "files-volume PersistentVolume",
    ]);
    const kept = custom(graph).filter((row) => row.options.retainOnDelete === true);
    expect(kept.map((row) => row.name).sort()).toEqual(["files-files", "files-key"]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("is on SSDs of the smallest size, compressed, encrypted, logged, and copied every night", async () => {
    expect(inputs(await files({}, mode), "files-files")).toEqual({
      deploymentType: "PERSISTENT_2",
      fileSystemTypeVersion: "2.15",
      storageType: "SSD",
      storageCapacity: 1200,
      perUnitStorageThroughput: 125,
      metadataConfiguration: { mode: "AUTOMATIC" },
      subnetIds: "subnet-0123456789abcdef0",
      securityGroupIds: [expect.anything()],
      kmsKeyId: expect.anything(),
      efaEnabled: false,
      dataCompressionType: "LZ4",
      automaticBackupRetentionDays: 30,
      dailyAutomaticBackupStartTime: "03:00",
      copyTagsToBackups: true,
      skipFinalBackup: false,
      logConfiguration: { destination: expect.anything(), level: "WARN_ERROR" },
      weeklyMaintenanceStartTime: "7:02:00",
      tags: {
        Name: "files",
        "aistack:component": "SharedFileSystem",
        "aistack:environment": "dev",
        "aistack:data-class": "confidential",
      },
    });
  });

  test("nodes of the network reach Lustre's ports and nothing else, and no rule names the internet", async () => {
    const graph = await files({}, mode);
    const rules = custom(graph).filter((row) => /SecurityGroup(In|E)gressRule$/.test(row.type));
    expect(rules.map(({ inputs }) => `${inputs.fromPort}-${inputs.toPort} ${inputs.ipProtocol}`).sort()).toEqual(
      ["1018-1023 tcp", "988-988 tcp"].flatMap((row) => [row, row, row, row]),
    );
    expect(new Set(rules.map(({ inputs }) => inputs.cidrIpv4))).toEqual(new Set([undefined, "10.0.0.0/16"]));
  });

  test("the claim is bound to this file system, in a closed namespace, by a class that makes no volume", async () => {
    const graph = await files({ namespace: "data" }, mode);
    expect(created(graph)).not.toContain("files-namespace Namespace");
    expect(inputs(graph, "files-class")).toMatchObject({
      metadata: { name: "files" },
      provisioner: "kubernetes.io/no-provisioner",
      reclaimPolicy: "Retain",
    });
    expect(inputs(graph, "files-volume", "spec")).toMatchObject({
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      capacity: { storage: "1200Gi" },
      claimRef: { namespace: "data", name: "files" },
      csi: { driver: "fsx.csi.aws.com", volumeHandle: expect.anything(), fsType: "lustre" },
      mountOptions: ["flock"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "files",
    });
    expect(inputs(graph, "files-claim")).toMatchObject({
      metadata: { name: "files", namespace: "data" },
      spec: { accessModes: ["ReadWriteMany"], storageClassName: "files", volumeName: expect.anything() },
    });
  });

  test("with tiering the throughput is bought, not the space", async () => {
    const graph = await files({ storage: LustreStorage.IntelligentTiering, throughputMiBps: 8000 }, mode);
    expect(inputs(graph, "files-files")).toMatchObject({
      storageType: "INTELLIGENT_TIERING",
      throughputCapacity: 8000,
      metadataConfiguration: { mode: "USER_PROVISIONED", iops: 6000 },
      dataReadCacheConfiguration: { sizingMode: "PROPORTIONAL_TO_THROUGHPUT_CAPACITY" },
      automaticBackupRetentionDays: 30,
    });
    expect(inputs(graph, "files-files")).not.toHaveProperty("storageCapacity");
    expect(inputs(graph, "files-files")).not.toHaveProperty("perUnitStorageThroughput");
  });

  test("with EFA everything is open among the servers and the nodes that are named, at both ends", async () => {
    const client = "sg-0123456789abcdef0";
    const graph = await files({ efaClientGroupIds: [client], throughputMiBps: 4800 }, mode);
    expect(inputs(graph, "files-files")).toMatchObject({
      efaEnabled: true,
      storageCapacity: 4800,
      perUnitStorageThroughput: 1000,
      metadataConfiguration: { mode: "AUTOMATIC" },
    });
    const open = custom(graph).filter((row) => row.inputs.ipProtocol === "-1");
    expect(open.map((row) => row.name).sort()).toEqual([
      "files-network-efa-1-client-in",
      "files-network-efa-1-client-out",
      "files-network-efa-1-in",
      "files-network-efa-1-out",
      "files-network-efa-in",
      "files-network-efa-out",
    ]);
    expect(inputs(graph, "files-network-efa-1-client-in", "securityGroupId")).toBe(client);
    expect(inputs(graph, "files-network-efa-1-in", "referencedSecurityGroupId")).toBe(client);
    for (const row of open) expect(row.inputs).not.toHaveProperty("cidrIpv4");
  });

  test("objects of a bucket are files; nothing is exported unless asked, and then nothing is deleted", async () => {
    const graph = await linked({}, mode);
    expect(inputs(graph, "files-files")).toMatchObject({ automaticBackupRetentionDays: 0, skipFinalBackup: true });
    expect(inputs(graph, "files-files")).not.toHaveProperty("copyTagsToBackups");
    expect(inputs(graph, "files-lake-link")).toMatchObject({
      fileSystemPath: "/lake",
      batchImportMetaDataOnCreate: true,
      deleteDataInFilesystem: false,
      s3: { autoImportPolicy: { events: ["NEW", "CHANGED", "DELETED"] } },
    });
    expect(inputs(graph, "files-lake-link", "s3")).not.toHaveProperty("autoExportPolicy");
    expect(inputs(graph, "files-lake-key", "operations")).toEqual(["Decrypt", "DescribeKey"]);

    const lake = { exportChanges: true, prefix: "datasets", folder: "/data" } as SharedFileSystemArgs["lake"];
    const exporting = await linked({ lake }, mode);
    expect(inputs(exporting, "files-lake-link", "s3.autoExportPolicy.events")).toEqual(["NEW", "CHANGED"]);
    expect(inputs(exporting, "files-lake-key", "operations")).toContain("GenerateDataKey");
    expect(waitsFor(exporting, "files-lake-key")).toContain("files-lake-link");
  });

  test("an adopted file system is passed on and nothing is created", async () => {
    const existing: SharedFileSystemBinding = {
      kind: "shared-file-system",
      name: "theirs",
      platform: Platform.Aws,
      storageClass: "theirs",
      volumes: [{ claim: "theirs", namespace: "data", mountPath: "/mnt/theirs" }],
    };
    const graph = await planned(() => ({ binding: new SharedFileSystem("files", { existing }).binding }), mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

test("the binding says where the files are, how much there is, and what to mount", async () => {
  const graph = await files({ capacityGiB: 4800, throughputMiBps: 1200, mountPath: "/data" });
  const binding = graph.outputs.binding as unknown as SharedFileSystemBinding;
  expect(binding).toMatchObject({
    kind: "shared-file-system",
    platform: "aws",
    storageClass: "files",
    capacityGiB: 4800,
    throughputMiBps: 1200,
    server: expect.stringMatching(/^fs-[0-9a-f]+\.fsx\.eu-west-1\.amazonaws\.com$/),
    environment: { FILES_PATH: "/data" },
    volumes: [{ claim: "files", namespace: "files", mountPath: "/data" }],
  });
  expect(binding.volume?.attributes).toEqual({ dnsname: binding.server, mountname: binding.mountName });
  expect(inputs(graph, "files-files", "perUnitStorageThroughput")).toBe(250);
});

test("paths of objects and rights follow from the bucket and its key", async () => {
  const graph = await linked({ lake: { prefix: "datasets" } as SharedFileSystemArgs["lake"] });
  const bucket = (inputs(graph, "files-lake-link", "dataRepositoryPath") as string).match(/^s3:\/\/(.+)\/datasets\/$/);
  expect(bucket?.[1]).toMatch(/^store-objects/);
  expect(inputs(graph, "files-lake-key", "granteePrincipal")).toMatch(
    /^arn:aws:iam::\d{12}:role\/aws-service-role\/s3\.data-source\.lustre\.fsx\.amazonaws\.com\/AWSServiceRoleForFSxS3Access_fs-[0-9a-f]+$/,
  );
  expect(inputs(graph, "files-lake-key", "keyId")).toMatch(/^arn:aws:kms:/);
});

test("the key serves the account and the log group, nobody else", async () => {
  const allowed = allStatements(await files()).map(({ owner, statement }) => `${owner} ${statement.Sid}`);
  expect(allowed).toEqual(["files-key AccountAdministersKey", "files-key CloudWatchEncryptsLogs"]);
});

test("root can be made nobody, and everything can be made to go with the stack", async () => {
  const squashed = await files({ rootSquash: true });
  expect(inputs(squashed, "files-files", "rootSquashConfiguration")).toEqual({ rootSquash: "65534:65534" });
  const going = await files({}, "simulate", { retainOnDelete: false });
  expect(custom(going).filter((row) => row.options.retainOnDelete === true)).toEqual([]);
});

test("a new file system begins with what a backup holds", async () => {
  const graph = await files({ restoreFrom: "backup-0123456789abcdef0", capacityGiB: 2400 });
  expect(inputs(graph, "files-files")).toMatchObject({ backupId: "backup-0123456789abcdef0", storageCapacity: 2400 });
});

const gcpStore = {
  platform: Platform.Gcp,
  bucket: "b",
  access: { read: [], write: [] },
} as unknown as ObjectStoreBinding;
const refused: [string, SharedFileSystemArgs, RegExp][] = [
  [
    "a capacity between two steps",
    { capacityGiB: 3600 },
    /capacityGiB is 3600, but must be 1200, or 2400 and more in steps of 2400 GiB; the nearest are 2400 and 4800/,
  ],
  [
    "a throughput that the capacity does not give",
    { capacityGiB: 2400, throughputMiBps: 500 },
    /throughputMiBps is 500, but must be 300, or 600, or 1200, or 2400 MB\/s, which is what 2400 GiB can give; the nearest are 300 and 600/,
  ],
  [
    "a tiered throughput between two steps",
    { storage: LustreStorage.IntelligentTiering, throughputMiBps: 6000 },
    /throughputMiBps is 6000, but must be 4000 to 2000000 in steps of 4000 MB\/s; the nearest are 4000 and 8000/,
  ],
  [
    "a capacity with tiering",
    { storage: LustreStorage.IntelligentTiering, capacityGiB: 1200 },
    /capacityGiB has no effect with intelligent tiering/,
  ],
  [
    "a capacity that EFA does not come with",
    { efaClientGroupIds: ["sg-1"], capacityGiB: 2400 },
    /capacityGiB is 2400, but must be 4800 and more in steps of 4800 GiB with EFA; the nearest are 4800/,
  ],
  [
    "a throughput that EFA does not give with the capacity",
    { efaClientGroupIds: ["sg-1"], capacityGiB: 9600, throughputMiBps: 1200 },
    /throughputMiBps is 1200, but must be 4800, or 9600 MB\/s, which is what 9600 GiB can give with EFA/,
  ],
  ["metadata operations that are not sold", { metadataIops: 2000 }, /metadataIops is 2000.*nearest are 1500 and 3000/],
  [
    "backups for longer than FSx keeps them",
    { backup: { retentionDays: 91 } },
    /backup.retentionDays is 91, but must be a whole number from 1 to 90/,
  ],
  ["no backups", { backup: { retentionDays: 0 } }, /backup.retentionDays is 0/],
  ["a bucket for backups", { backup: { store: gcpStore } }, /backup.store has no effect/],
  [
    "backups of what is linked to a bucket",
    { backup: {}, lake: { store: gcpStore } },
    /backup is not possible together with `lake`/,
  ],
  [
    "a bucket with tiering",
    { storage: LustreStorage.IntelligentTiering, lake: { store: gcpStore } },
    /lake is not possible with intelligent tiering/,
  ],
  [
    "files without a copy, where a regulation asks for one",
    { compliance: [Regulation.Hipaa], lake: { store: gcpStore } },
    /lake.exportChanges is false, but 45 CFR 164.308\(a\)\(7\)\(ii\)\(A\) \(hipaa\) asks for copies/,
  ],
  ["a bucket of another cloud", { lake: { store: gcpStore } }, /lake.store.platform is "gcp", but must be one of aws/],
  [
    "a bucket without a key of the account",
    { lake: { store: { ...gcpStore, platform: Platform.Aws } } },
    /lake.store.access.read names no key/,
  ],
  ["a folder of the system", { mountPath: "/etc/files" }, /mountPath is "\/etc\/files", but must be a folder/],
  [
    "a cluster without the driver",
    { cluster: { ...cluster, volumeDrivers: [] } },
    /cluster.volumeDrivers is \[\], but must name fsx.csi.aws.com; create the GpuCluster with `lustre`/,
  ],
  [
    "no cluster and no network",
    { cluster: undefined, network: undefined },
    /cluster is missing[\s\S]*network is missing/,
  ],
  ["a backup that is none", { restoreFrom: "fs-1" }, /restoreFrom is "fs-1", but must be the id of a backup/],
  ["a key that is none", { kmsKeyArn: "mine" }, /kmsKeyArn is "mine"/],
  ["a regulation that is none", { compliance: ["gpdr" as Regulation] }, /compliance\[0\] is "gpdr"/],
  [
    "arguments beside an adopted file system",
    { existing: pulumi.output({} as SharedFileSystemBinding), capacityGiB: 1200 },
    /capacityGiB has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new SharedFileSystem("files", { cluster, network, ...args }))).toMatch(message);
});

test("personal data under the GDPR stays in Europe or where it is as safe", async () => {
  const in_ = (region: string) =>
    planned(
      () => void new SharedFileSystem("files", { cluster, network, compliance: [Regulation.Gdpr] }),
      "simulate",
      region,
    );
  await expect(in_("us-east-1")).rejects.toThrow(/the provider's region is us-east-1, but GDPR Art. 44/);
  await expect(in_("eu-central-1")).resolves.toBeDefined();
});

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
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import { FileService, FilestoreTier, type SharedFileSystemArgs } from "./args";
import * as defaults from "./defaults";
import { SharedFileSystem } from "./shared-file-system";

const cluster: ClusterBinding = { name: "train", platform: Platform.Gcp, kubeconfig: "{}" };
const network: NetworkBinding = {
  networkId: "projects/my-project/global/networks/train",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["projects/my-project/regions/europe-west4/subnetworks/train"],
};
const zone = "europe-west4-a";
const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "copies",
  platform: Platform.Gcp,
  bucket: "copies",
  url: "gs://copies",
  access: { read: [], write: [] },
};

const files = (args: SharedFileSystemArgs = {}, mode?: Mode, opts?: pulumi.ComponentResourceOptions): Promise<Graph> =>
  planned(() => {
    const { binding, namespace } = new SharedFileSystem("files", { cluster, network, zone, ...args }, opts);
    return { binding, namespace };
  }, mode);
const lustre = (args: SharedFileSystemArgs = {}, mode?: Mode) =>
  files({ service: FileService.ManagedLustre, ...args }, mode);

describe.each(modes)("Filestore, in %s", (mode) => {
  test("creates these children and no others; files, copies and key outlive the stack", async () => {
    const graph = await files({}, mode);
    expect(created(graph)).toEqual([
      "files-agent ServiceIdentity",
      "files-backed-up BackupPlanAssociation",
      "files-backup BackupPlan",
      "files-claim PersistentVolumeClaim",
      "files-class StorageClass",
      "files-cluster kubernetes",
      "files-default-deny NetworkPolicy",
      "files-files Instance",
      "files-files-key CryptoKeyIAMMember",
      "files-key CryptoKey",
      "files-namespace Namespace",
      "files-ring KeyRing",
      "files-vault BackupVault",
      "files-volume PersistentVolume",
    ]);
    const kept = custom(graph).filter((row) => row.options.retainOnDelete === true);
    expect(kept.map((row) => row.name).sort()).toEqual(["files-files", "files-key", "files-ring", "files-vault"]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("is of the smallest size, encrypted, protected, and open to the network alone", async () => {
    expect(inputs(await files({}, mode), "files-files")).toEqual({
      location: zone,
      tier: "ZONAL",
      protocol: "NFS_V4_1",
      fileShares: {
        name: "files",
        capacityGb: 1024,
        nfsExportOptions: [{ ipRanges: ["10.0.0.0/16"], accessMode: "READ_WRITE", squashMode: "NO_ROOT_SQUASH" }],
      },
      networks: [{ network: network.networkId, modes: ["MODE_IPV4"], connectMode: "DIRECT_PEERING" }],
      kmsKeyName: expect.anything(),
      deletionProtectionEnabled: true,
      labels: {
        "aistack-component": "shared-file-system",
        "aistack-environment": "dev",
        "aistack-data-class": "confidential",
      },
    });
  });

  test("is copied every night into a vault, and the copy kept for a month", async () => {
    const graph = await files({}, mode);
    expect(inputs(graph, "files-backup")).toMatchObject({
      resourceType: "file.googleapis.com/Instance",
      backupRules: [
        {
          ruleId: "daily",
          backupRetentionDays: 30,
          standardSchedule: {
            recurrenceType: "DAILY",
            timeZone: "UTC",
            backupWindow: { startHourOfDay: 3, endHourOfDay: 9 },
          },
        },
      ],
    });
    expect(inputs(graph, "files-vault")).toMatchObject({
      backupMinimumEnforcedRetentionDuration: "86400s",
      accessRestriction: "WITHIN_PROJECT",
    });
    expect(waitsFor(graph, "files-backed-up")).toEqual(expect.arrayContaining(["files-files", "files-backup"]));
  });

  test("can be in the whole region, with root as nobody", async () => {
    const graph = await files({ zone: undefined, tier: FilestoreTier.Regional, rootSquash: true }, mode);
    expect(inputs(graph, "files-files")).toMatchObject({ location: "europe-west4", tier: "REGIONAL" });
    expect(inputs(graph, "files-files", "fileShares.nfsExportOptions.0")).toMatchObject({
      squashMode: "ROOT_SQUASH",
      anonUid: 65534,
      anonGid: 65534,
    });
    expect(graph.outputs.binding).not.toHaveProperty("throughputMiBps");
  });

  test("the claim mounts the share over NFS 4.1", async () => {
    const graph = await files({ namespace: "data" }, mode);
    expect(inputs(graph, "files-volume", "spec")).toMatchObject({
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      claimRef: { namespace: "data", name: "files" },
      csi: {
        driver: "filestore.csi.storage.gke.io",
        fsType: "nfs",
        volumeHandle: expect.anything(),
        volumeAttributes: expect.anything(),
      },
      mountOptions: ["vers=4.1", "hard"],
    });
  });

  test("takes a key, whose owner lets the service use it", async () => {
    const kmsKey = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
    const graph = await files({ kmsKey }, mode);
    expect(created(graph).filter((row) => /Key|Ring/.test(row))).toEqual([]);
    expect(inputs(graph, "files-files", "kmsKeyName")).toBe(kmsKey);
  });

  test("an adopted file system is passed on and nothing is created", async () => {
    const existing: SharedFileSystemBinding = {
      kind: "shared-file-system",
      name: "theirs",
      platform: Platform.Gcp,
      storageClass: "theirs",
    };
    const graph = await planned(() => ({ binding: new SharedFileSystem("files", { existing }).binding }), mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

describe.each(modes)("Managed Lustre, in %s", (mode) => {
  test("creates these children and no others", async () => {
    expect(created(await lustre({ backup: { store } }, mode))).toEqual([
      "files-agent ServiceIdentity",
      "files-calls Firewall",
      "files-claim PersistentVolumeClaim",
      "files-class StorageClass",
      "files-cluster kubernetes",
      "files-default-deny NetworkPolicy",
      "files-export-account Account",
      "files-export-allowed IAMMember",
      "files-export-role IAMCustomRole",
      "files-export-schedule Job",
      "files-export-write BucketIAMMember",
      "files-files Instance",
      "files-files-key CryptoKeyIAMMember",
      "files-key CryptoKey",
      "files-namespace Namespace",
      "files-peered GlobalAddress",
      "files-peering Connection",
      "files-ring KeyRing",
      "files-volume PersistentVolume",
    ]);
  });

  test("is of the smallest size, with a name that nodes tell it by, in a network that is connected first", async () => {
    const graph = await lustre({}, mode);
    expect(inputs(graph, "files-files")).toEqual({
      instanceId: "files-dev",
      filesystem: "filesdev",
      location: zone,
      description: "Files of files",
      capacityGib: "9000",
      perUnitStorageThroughput: "1000",
      network: mode === "simulate" ? network.networkId : expect.anything(),
      kmsKey: expect.anything(),
      labels: expect.anything(),
    });
    expect(waitsFor(graph, "files-files")).toEqual(expect.arrayContaining(["files-peering", "files-calls"]));
    expect(created(graph).filter((row) => row.startsWith("files-export"))).toEqual([]);
  });

  test("a network that is connected is left alone; its range may call nodes", async () => {
    const graph = await lustre({ peeredRange: "10.99.0.0/20", rootSquash: true }, mode);
    expect(created(graph).filter((row) => row.startsWith("files-peer"))).toEqual([]);
    expect(inputs(graph, "files-calls")).toMatchObject({
      direction: "INGRESS",
      allows: [{ protocol: "tcp", ports: ["988", "6988"] }],
      sourceRanges: ["10.99.0.0/20"],
    });
    expect(inputs(graph, "files-files", "accessRulesOptions")).toEqual({
      defaultSquashMode: "ROOT_SQUASH",
      defaultSquashUid: 65534,
      defaultSquashGid: 65534,
    });
  });

  test("the account that starts the daily copy may do nothing else", async () => {
    const graph = await lustre({ backup: { store, hourUtc: 22 } }, mode);
    expect(inputs(graph, "files-export-role", "permissions")).toEqual(["lustre.instances.exportData"]);
    expect(inputs(graph, "files-export-write")).toMatchObject({ bucket: "copies", role: "roles/storage.admin" });
    expect(inputs(graph, "files-export-schedule")).toMatchObject({ schedule: "0 22 * * *", timeZone: "Etc/UTC" });
    expect(waitsFor(graph, "files-export-schedule")).toEqual(
      expect.arrayContaining(["files-export-allowed", "files-export-write"]),
    );
  });
});

test("a new instance begins with what a copy holds", async () => {
  const restoreFrom = "projects/my-project/locations/europe-west4/backupVaults/v/dataSources/s/backups/b";
  expect(inputs(await files({ restoreFrom }), "files-files", "fileShares.sourceBackupdrBackup")).toBe(restoreFrom);
});

test("the copy is of everything, into a folder of its own", async () => {
  const graph = await lustre({ backup: { store } });
  const target = inputs(graph, "files-export-schedule", "httpTarget");
  expect(target).toMatchObject({
    httpMethod: "POST",
    uri: "https://lustre.googleapis.com/v1/projects/my-project/locations/europe-west4-a/instances/files-dev:exportData",
  });
  expect(JSON.parse(Buffer.from(target.body, "base64").toString())).toEqual({
    lustrePath: { path: "/" },
    gcsPath: { uri: "gs://copies/files-dev/" },
  });
});

test("a name of any length makes a file system of eight letters and digits", async () => {
  for (const [name, expected] of [
    ["a", /^adev$/],
    ["training-files-of-a-team", /^[a-z0-9]{5,8}$/],
  ] as const) {
    const graph = await planned(
      () => new SharedFileSystem(name, { cluster, network, zone, service: FileService.ManagedLustre }),
    );
    expect(inputs(graph, `${name}-files`, "filesystem")).toMatch(expected);
  }
});

test("the bindings say what to mount", async () => {
  const nfs = (await files({ capacityGiB: 2560 })).outputs.binding as unknown as SharedFileSystemBinding;
  expect(nfs).toMatchObject({
    capacityGiB: 2560,
    throughputMiBps: 650,
    mountName: "files",
    environment: { FILES_PATH: "/mnt/files" },
    volumes: [{ claim: "files", namespace: "files", mountPath: "/mnt/files" }],
  });
  expect(nfs.volume?.handle).toMatch(/^modeInstance\/europe-west4-a\/files-files-[0-9a-f]+\/files$/);
  expect(nfs.volume?.attributes).toEqual({ ip: nfs.server, volume: "files" });
  const parallel = (await lustre({ capacityGiB: 36_000, throughputMiBps: 8789 })).outputs
    .binding as unknown as SharedFileSystemBinding;
  expect(parallel).toMatchObject({ capacityGiB: 36_000, throughputMiBps: 8789, mountName: "filesdev" });
  expect(parallel.volume).toEqual({
    driver: "lustre.csi.storage.gke.io",
    handle: "my-project/europe-west4-a/files-dev",
    attributes: { ip: parallel.server, filesystem: "filesdev" },
    fsType: "lustre",
    mountOptions: ["flock"],
  });
});

test("the throughput that is asked for decides the tier of Managed Lustre", async () => {
  const unit = async (capacityGiB: number, throughputMiBps?: number) =>
    inputs(await lustre({ capacityGiB, throughputMiBps }), "files-files", "perUnitStorageThroughput");
  expect(await unit(18_000)).toBe("500");
  expect(await unit(18_000, 17_578)).toBe("1000");
  expect(await unit(72_000)).toBe("125");
  expect(await unit(1_584_000)).toBe("125");
});

test("each range of capacities ends on a step", () => {
  for (const { ranges } of [{ ranges: defaults.filestoreCapacities }, ...defaults.lustreCapacities])
    for (const { from, to, step } of ranges) {
      expect((to - from) % step).toBe(0);
      expect(from % step).toBe(0);
    }
});

const aws = { ...store, platform: Platform.Aws };
const refused: [string, SharedFileSystemArgs, RegExp][] = [
  [
    "a capacity of Filestore between two steps",
    { capacityGiB: 10_000 },
    /capacityGiB is 10000, but must be 1024 to 9984 in steps of 256, or 10240 to 102400 in steps of 2560 GiB; the nearest are 9984 and 10240/,
  ],
  [
    "more throughput than the capacity of Filestore gives",
    { throughputMiBps: 1000 },
    /throughputMiBps is 1000, but must be 1 to 260, which 1024 GiB give; 4096 GiB give that/,
  ],
  [
    "more throughput than any Filestore gives",
    { throughputMiBps: 30_000 },
    /throughputMiBps is 30000, but must be 1 to 260.*take Managed Lustre for more/,
  ],
  [
    "a promise that Google does not make",
    { zone: undefined, tier: FilestoreTier.Regional, throughputMiBps: 100 },
    /throughputMiBps cannot be promised/,
  ],
  [
    "a capacity that Lustre has not",
    { service: FileService.ManagedLustre, capacityGiB: 10_000 },
    /capacityGiB is 10000, but must be 9000 to 1530000 in steps of 9000.*GiB; the nearest are 9000 and 18000/,
  ],
  [
    "a throughput that the capacity of Lustre does not give",
    { service: FileService.ManagedLustre, capacityGiB: 18_000, throughputMiBps: 10_000 },
    /throughputMiBps is 10000, but must be 8789, or 17578 MB\/s, which is what 18000 GiB can give; the nearest are 8789 and 17578/,
  ],
  ["no zone", { zone: undefined }, /zone is missing/],
  ["a zone of a region", { tier: FilestoreTier.Regional }, /zone has no effect on a regional instance/],
  ["a zone of another region", { zone: "us-central1-a" }, /zone names us-central1-a, but the provider's region is/],
  ["a tier of Lustre", { service: FileService.ManagedLustre, tier: FilestoreTier.Zonal }, /tier is for Filestore/],
  ["a range for Filestore", { peeredRange: "10.0.0.0/20" }, /peeredRange is for Managed Lustre/],
  ["a bucket for copies of Filestore", { backup: { store } }, /backup.store has no effect/],
  [
    "copies for too long",
    { backup: { retentionDays: 91 } },
    /backup.retentionDays is 91, but must be a whole number from 1 to 90/,
  ],
  [
    "a window that ends after midnight",
    { backup: { hourUtc: 19 } },
    /backup.hourUtc is 19, but must be a whole number from 0 to 18/,
  ],
  [
    "copies of Lustre without a bucket",
    { service: FileService.ManagedLustre, backup: {} },
    /backup.store is missing; name the bucket/,
  ],
  [
    "no copies of Lustre, where a regulation asks for them",
    { service: FileService.ManagedLustre, compliance: [Regulation.Hipaa] },
    /backup.store is missing, but 45 CFR 164.308\(a\)\(7\)\(ii\)\(A\) \(hipaa\) asks for copies/,
  ],
  [
    "a bucket of another cloud",
    { service: FileService.ManagedLustre, backup: { store: aws } },
    /backup.store.platform is "aws", but must be one of gcp/,
  ],
  [
    "a cluster without the driver",
    { service: FileService.ManagedLustre, cluster: { ...cluster, volumeDrivers: [defaults.drivers.filestore] } },
    /cluster.volumeDrivers .* must name lustre.csi.storage.gke.io; create the GpuCluster with `lustre`/,
  ],
  [
    "no cluster and no network",
    { cluster: undefined, network: undefined },
    /cluster is missing[\s\S]*network is missing/,
  ],
  ["a copy that is none", { restoreFrom: "backups/b" }, /restoreFrom is "backups\/b", but must be the name of a copy/],
  ["a copy for Lustre", { service: FileService.ManagedLustre, restoreFrom: "b" }, /restoreFrom is for Filestore/],
  ["labels that cannot be", { tags: { Team: "a" } }, /"Team" is no key of a Google Cloud label/],
  [
    "arguments beside an adopted file system",
    { existing: pulumi.output({} as SharedFileSystemBinding) },
    /zone has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new SharedFileSystem("files", { cluster, network, zone, ...args }))).toMatch(message);
});

test("personal data under the GDPR stays in Europe or where it is as safe", async () => {
  const gdpr = { cluster, network, zone: "us-central1-a", compliance: [Regulation.Gdpr] };
  await expect(planned(() => new SharedFileSystem("files", gdpr), "simulate", "us-central1")).rejects.toThrow(
    /the provider's region is us-central1, but GDPR Art. 44/,
  );
});

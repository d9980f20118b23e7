import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
  type SharedFileSystemBinding,
} from "aistack-core";
import { type Graph, type Mode, plan, resource } from "aistack-engine";
import { parse } from "yaml";
import { created, inputs, refusal, testCluster, unknownKeys } from "../testing";
import type { SharedFileSystemArgs } from "./args";
import { copyFiles } from "./script";
import { SharedFileSystem } from "./shared-file-system";

const cluster = testCluster;
const modes: Mode[] = ["preview", "simulate"];
const disks = "^nvme[1-9]n1$";
const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "copies",
  platform: Platform.Aws,
  bucket: "copies",
  url: "s3://copies",
  region: "eu-west-1",
  egress: [{ port: 443 }],
  access: { read: [], write: [] },
};
const grant: Binding = {
  kind: "access-grant",
  name: "grant",
  environment: { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/copies" },
  tokens: [{ audience: "sts.amazonaws.com", path: "grant/token" }],
};

function planned(args: SharedFileSystemArgs, mode: Mode = "simulate", opts?: pulumi.ComponentResourceOptions) {
  return plan(
    () => {
      const files = new SharedFileSystem("files", { cluster, ...args }, opts);
      return { binding: files.binding, identity: files.backupIdentity };
    },
    { mode },
  );
}
const onDisks = (args: SharedFileSystemArgs = {}, mode?: Mode, opts?: pulumi.ComponentResourceOptions) =>
  planned({ disks, ...args }, mode, opts);
const clusterValues = (graph: Graph) => inputs(graph, "files-cluster-of-disks", "values");

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others; all that holds files outlives the component", async () => {
    const graph = await onDisks({}, mode);
    expect(created(graph)).toEqual([
      "files-claim PersistentVolumeClaim",
      "files-class StorageClass",
      "files-cluster kubernetes",
      "files-cluster-of-disks Release",
      "files-default-deny NetworkPolicy",
      "files-namespace Namespace",
      "files-operator Release",
      "files-rook-namespace Namespace",
    ]);
    const kept = graph.resources.filter((row) => row.custom && row.options.retainOnDelete === true);
    expect(kept.map((row) => row.name).sort()).toEqual([
      "files-claim",
      "files-class",
      "files-cluster-of-disks",
      "files-default-deny",
      "files-namespace",
      "files-operator",
      "files-rook-namespace",
    ]);
  });

  test("only the namespace of the drivers is privileged", async () => {
    const graph = await onDisks({}, mode);
    const level = (name: string) => inputs(graph, name, "metadata.labels")["pod-security.kubernetes.io/enforce"];
    expect(level("files-rook-namespace")).toBe("privileged");
    expect(level("files-namespace")).toBe("restricted");
    expect(inputs(graph, "files-rook-namespace", "metadata.name")).toBe("rook-ceph");
  });

  test("takes the disks that are named, encrypts them, and keeps three copies on different nodes", async () => {
    const graph = await onDisks({ storageNodes: { storage: "fast" } }, mode);
    const values = clusterValues(graph);
    expect(values.cephClusterSpec.storage).toEqual({
      useAllNodes: true,
      useAllDevices: false,
      deviceFilter: disks,
      config: { encryptedDevice: "true" },
    });
    expect(values.cephClusterSpec.network.connections).toEqual({ encryption: { enabled: true }, requireMsgr2: true });
    expect(values.cephClusterSpec.placement.all.nodeAffinity).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "storage", operator: "In", values: ["fast"] }] }],
      },
    });
    const replicated = { size: 3, requireSafeReplicaSize: true };
    expect(values.cephFileSystems).toHaveLength(1);
    expect(values.cephFileSystems[0]).toMatchObject({
      name: "files",
      spec: {
        metadataPool: { replicated },
        dataPools: [{ name: "data0", failureDomain: "host", replicated }],
        preserveFilesystemOnDelete: true,
      },
      storageClass: { enabled: false },
    });
    expect([values.cephBlockPools, values.cephObjectStores]).toEqual([[], []]);
    expect(values.monitoring).toEqual({ enabled: false, createPrometheusRules: false });
  });

  test("the class mounts the file system encrypted, and the claim of it is for many nodes", async () => {
    const graph = await onDisks({ capacityGiB: 2000, namespace: "data" }, mode);
    expect(inputs(graph, "files-class")).toMatchObject({
      provisioner: "rook-ceph.cephfs.csi.ceph.com",
      parameters: {
        clusterID: "rook-ceph",
        fsName: "files",
        pool: "files-data0",
        "csi.storage.k8s.io/node-stage-secret-name": "rook-csi-cephfs-node",
        "csi.storage.k8s.io/provisioner-secret-name": "rook-csi-cephfs-provisioner",
      },
      mountOptions: ["ms_mode=secure"],
      reclaimPolicy: "Retain",
      allowVolumeExpansion: true,
    });
    expect(inputs(graph, "files-claim")).toMatchObject({
      metadata: { name: "files", namespace: "data" },
      spec: {
        accessModes: ["ReadWriteMany"],
        resources: { requests: { storage: "2000Gi" } },
        storageClassName: "files",
      },
    });
    expect(graph.outputs.binding).toMatchObject({
      kind: "shared-file-system",
      platform: "kubernetes",
      storageClass: "files",
      capacityGiB: 2000,
      volumes: [{ claim: "files", namespace: "data", mountPath: "/mnt/files" }],
    });
  });

  test("a class that exists is used, and nothing is installed", async () => {
    const graph = await planned({ storageClass: "nfs" }, mode);
    expect(created(graph)).toEqual([
      "files-claim PersistentVolumeClaim",
      "files-cluster kubernetes",
      "files-default-deny NetworkPolicy",
      "files-namespace Namespace",
    ]);
    expect(inputs(graph, "files-claim", "spec.storageClassName")).toBe("nfs");
  });

  test("files are copied every day by pods that satisfy `restricted`, and brought back only by hand", async () => {
    const graph = await onDisks({ backup: { store, uses: [grant], hourUtc: 22 } }, mode);
    expect(inputs(graph, "files-backup-schedule", "spec")).toMatchObject({
      schedule: "0 22 * * *",
      suspend: false,
      concurrencyPolicy: "Forbid",
    });
    expect(inputs(graph, "files-backup-restore", "spec.suspend")).toBe(true);
    const pod = (role: string) => inputs(graph, `files-backup-${role}`, "spec.jobTemplate.spec.template.spec");
    const variables = (role: string) =>
      Object.fromEntries(
        pod(role).containers[0].env.map((row: { name: string; value: string }) => [row.name, row.value]),
      );
    expect(variables("schedule")).toMatchObject({
      FROM: "/files",
      TO: "s3://copies/files/files",
      REGION: "eu-west-1",
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/copies",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect(variables("restore")).toMatchObject({ FROM: "s3://copies/files/files", TO: "/files" });
    const mount = (role: string) =>
      pod(role).containers[0].volumeMounts.find((row: { name: string }) => row.name === "files");
    expect(mount("schedule")).toEqual({ name: "files", mountPath: "/files", readOnly: true });
    expect(mount("restore")).toEqual({ name: "files", mountPath: "/files" });
    for (const role of ["schedule", "restore"]) {
      expect(pod(role).automountServiceAccountToken).toBe(false);
      expect(pod(role).securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001 });
      expect(pod(role).containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
    expect(inputs(graph, "files-backup-network", "spec.egress").slice(1)).toEqual([
      { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
    expect(graph.outputs.identity).toEqual({ namespace: "files", serviceAccount: "files-backup" });
  });

  test("an adopted file system is passed on and nothing is created", async () => {
    const existing: SharedFileSystemBinding = {
      kind: "shared-file-system",
      name: "theirs",
      platform: Platform.Edge,
      storageClass: "theirs",
    };
    const graph = await plan(() => ({ binding: new SharedFileSystem("files", { existing }).binding }), { mode });
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

test("the first `up` succeeds: the operator, then the cluster, then the class; no claim is waited for", async () => {
  const graph = await onDisks();
  const waits = (name: string) => resource(graph, name).dependencies.map((urn) => urn.split("::").at(-1));
  expect(waits("files-operator")).toContain("files-rook-namespace");
  expect(waits("files-cluster-of-disks")).toContain("files-operator");
  expect(waits("files-class")).toContain("files-cluster-of-disks");
  expect(waits("files-claim")).toContain("files-class");
  expect(inputs(graph, "files-claim", "metadata.annotations")).toEqual({ "pulumi.com/skipAwait": "true" });
});

test("everything can be made to go with the component", async () => {
  const graph = await onDisks({}, "simulate", { retainOnDelete: false });
  expect(graph.resources.filter((row) => row.custom && row.options.retainOnDelete === true)).toEqual([]);
});

test("without encryption in transit neither servers nor nodes encrypt", async () => {
  const graph = await onDisks({ encryptInTransit: false, replicas: 5 });
  expect(clusterValues(graph).cephClusterSpec.network.connections.encryption).toEqual({ enabled: false });
  expect(inputs(graph, "files-class", "mountOptions")).toEqual([]);
  expect(clusterValues(graph).cephFileSystems[0].spec.dataPools[0].replicated.size).toBe(5);
});

test("a mirror takes the place of every registry", async () => {
  const mirror = { images: "registry.local/mirror", charts: "oci://registry.local/charts" };
  const graph = await onDisks({ cluster: { ...cluster, mirror } });
  expect(inputs(graph, "files-operator", "chart")).toBe("oci://registry.local/charts/rook-ceph");
  expect(inputs(graph, "files-cluster-of-disks", "chart")).toBe("oci://registry.local/charts/rook-ceph-cluster");
  expect(clusterValues(graph).cephImage.repository).toBe("registry.local/mirror/quay.io/ceph/ceph");
  const { csi, image } = inputs(graph, "files-operator", "values");
  for (const { repository } of [image, ...(Object.values(csi) as { repository: string }[])])
    expect(repository).toMatch(/^registry\.local\/mirror\/(docker\.io|quay\.io|registry\.k8s\.io)\//);
});

describe("alerts", () => {
  const alertsOf = async (args: SharedFileSystemArgs) => {
    const rules = inputs(await planned({ alerts: true, ...args }), "files-alerts", "spec.groups.0.rules");
    return Object.fromEntries(rules.map((row: { alert: string; expr: string }) => [row.alert, row.expr]));
  };

  test("are made where they are asked for, of what is there", async () => {
    expect(created(await onDisks())).not.toContain("files-alerts PrometheusRule");
    expect(await alertsOf({ disks, backup: { store } })).toEqual({
      FilesAlmostFull:
        'kubelet_volume_stats_used_bytes{namespace="files",persistentvolumeclaim="files"} / kubelet_volume_stats_capacity_bytes{namespace="files",persistentvolumeclaim="files"} > 0.85',
      FilesNotCopied:
        'time() - kube_cronjob_status_last_successful_time{namespace="files",cronjob="files-backup"} > 172800',
      CephUnhealthy: "ceph_health_status == 2",
      CephDiskLost: "ceph_osd_up == 0",
      CephAlmostFull: "ceph_cluster_total_used_raw_bytes / ceph_cluster_total_bytes > 0.75",
    });
    expect(Object.keys(await alertsOf({ storageClass: "nfs" }))).toEqual(["FilesAlmostFull"]);
    expect(clusterValues(await onDisks({ alerts: true })).monitoring.enabled).toBe(true);
  });
});

const gcs = { ...store, platform: Platform.Gcp };
const refused: [string, SharedFileSystemArgs, string][] = [
  ["neither disks nor a class", { disks: undefined }, "disks is missing; name the empty disks"],
  ["disks that cannot be read", { disks: "nvme[" }, 'disks is "nvme[", but must be a regular expression'],
  ["disks beside a class", { storageClass: "nfs" }, "disks is for Ceph, which `storageClass` replaces"],
  ["a promise of throughput", { throughputMiBps: 1000 }, "throughputMiBps cannot be promised"],
  ["two copies", { replicas: 2 }, "replicas is 2, but must be a whole number from 3 to 5"],
  ["no space", { capacityGiB: 0 }, "capacityGiB is 0, but must be a whole number from 1 to 1048576"],
  ["labels that cannot be", { storageNodes: { "a b": "c" } }, 'storageNodes["a b"] must be the label of a node'],
  ["copies to nowhere", { backup: {} }, "backup.store is missing"],
  ["how long a bucket keeps", { backup: { store, retentionDays: 30 } }, "backup.retentionDays has no effect"],
  ["an hour that is none", { backup: { store, hourUtc: 24 } }, "backup.hourUtc is 24"],
  [
    "a bucket that does not speak S3",
    { backup: { store: gcs } },
    'backup.store.platform is "gcp", but must be that of a bucket that speaks S3',
  ],
  [
    "no copies, where a regulation asks for them",
    { compliance: [Regulation.Hipaa] },
    "backup is missing, but 45 CFR 164.308(a)(7)(ii)(A) (hipaa) asks for copies",
  ],
  [
    "no encryption in transit, where a regulation asks for it",
    { compliance: [Regulation.Hipaa], backup: { store }, encryptInTransit: false },
    "encryptInTransit is false, but 45 CFR",
  ],
  ["a regulation that is none", { compliance: ["gpdr" as Regulation] }, 'compliance[0] is "gpdr"'],
  ["no cluster", { cluster: undefined }, "cluster is missing"],
  [
    "arguments beside an adopted file system",
    { existing: pulumi.output({} as SharedFileSystemBinding) },
    "disks has no effect together with `existing`",
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned({ disks, ...args }))).toContain(message);
});

describe("the copying script, run by a real shell", () => {
  const run = (code: number) => {
    const folder = mkdtempSync(join(tmpdir(), "files-"));
    try {
      const aws = join(folder, "aws");
      writeFileSync(aws, `#!/bin/bash\nprintf '%s\\n' "$@" >"${folder}/calls"\nexit ${code}\n`);
      chmodSync(aws, 0o755);
      const env = { PATH: `${folder}:${process.env.PATH}`, FROM: "/files", TO: "s3://copies/a b", REGION: "eu-west-1" };
      const ended = spawnSync("/bin/bash", ["-c", copyFiles], { env, encoding: "utf8" });
      return { code: ended.status, text: ended.stdout, calls: readFileSync(join(folder, "calls"), "utf8").split("\n") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("copies what changed and deletes nothing", () => {
    const { code, text, calls } = run(0);
    expect([code, text]).toEqual([0, "s3://copies/a b has what /files has\n"]);
    expect(calls.slice(0, 4)).toEqual(["s3", "sync", "/files", "s3://copies/a b"]);
    expect(calls).toEqual(expect.arrayContaining(["--region", "eu-west-1", "--no-follow-symlinks"]));
    expect(calls).not.toContain("--delete");
  });

  test("fails where the client fails, so that the schedule tells", () => {
    expect(run(2)).toMatchObject({ code: 2, text: "" });
  });
});

const documents = join(__dirname, "../../../../../shared/charts");
/** The documents are kept beside the repository; without them there is nothing to compare with. */
const withDocuments = existsSync(documents) ? test : test.skip;
withDocuments.each(["rook-ceph", "rook-ceph-cluster"])("%s gets only values that it has", async (chart) => {
  const graph = await onDisks({
    alerts: true,
    storageNodes: { a: "b" },
    cluster: { ...cluster, mirror: { images: "registry.local" } },
  });
  const release = graph.resources.find((row) => String(row.inputs.chart).endsWith(`/${chart}`));
  const known = parse(readFileSync(join(documents, chart, "values.yaml"), "utf8"));
  expect(Object.keys(release?.inputs.values as object).length).toBeGreaterThan(1);
  const unknown = unknownKeys(release?.inputs.values, known);
  expect(unknown.filter((path) => !commented.includes(path))).toEqual([]);
  expect(unknownKeys({ monitoring: { enable: true } }, known)).toEqual([".monitoring.enable"]);
});

/** The specification of a cluster is that of its definition, of which the chart has some in comments. */
const commented = [
  ".cephClusterSpec.placement",
  ".cephClusterSpec.storage.deviceFilter",
  ".cephClusterSpec.storage.config",
];

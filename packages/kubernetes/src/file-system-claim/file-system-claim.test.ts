import { Platform, type SharedFileSystemBinding } from "aistack-core";
import { type Mode, plan } from "aistack-engine";
import { created, inputs, refusal, testCluster } from "../testing";
import { FileSystemClaim, type FileSystemClaimArgs } from "./file-system-claim";

const fileSystem: SharedFileSystemBinding = {
  kind: "shared-file-system",
  name: "files",
  platform: Platform.Aws,
  storageClass: "files",
  capacityGiB: 4800,
  server: "fs-1.fsx.eu-west-1.amazonaws.com",
  mountName: "abcdefgh",
  volume: {
    driver: "fsx.csi.aws.com",
    handle: "fs-1",
    attributes: { dnsname: "fs-1.fsx.eu-west-1.amazonaws.com", mountname: "abcdefgh" },
    fsType: "lustre",
    mountOptions: ["flock"],
  },
  environment: { FILES_PATH: "/mnt/files" },
  volumes: [{ claim: "files", namespace: "files", mountPath: "/mnt/files" }],
};

const modes: Mode[] = ["preview", "simulate"];
const planned = (args: Partial<FileSystemClaimArgs> = {}, mode?: Mode) =>
  plan(
    () => ({
      binding: new FileSystemClaim("vision", { cluster: testCluster, fileSystem, namespace: "team-vision", ...args })
        .binding,
    }),
    { mode },
  );

describe.each(modes)("in %s", (mode) => {
  test("the same files are claimed in one more namespace, by a volume of its own", async () => {
    const graph = await planned({ readOnly: true }, mode);
    expect(created(graph)).toEqual([
      "vision-claim PersistentVolumeClaim",
      "vision-cluster kubernetes",
      "vision-volume PersistentVolume",
    ]);
    expect(inputs(graph, "vision-volume", "spec")).toEqual({
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      capacity: { storage: "4800Gi" },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name: "vision", namespace: "team-vision" },
      csi: {
        driver: "fsx.csi.aws.com",
        volumeHandle: "fs-1",
        volumeAttributes: fileSystem.volume?.attributes,
        fsType: "lustre",
      },
      mountOptions: ["flock"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "files",
    });
    expect(graph.outputs.binding).toEqual({
      ...fileSystem,
      name: "vision",
      environment: { VISION_PATH: "/mnt/vision" },
      volumes: [{ claim: "vision", namespace: "team-vision", mountPath: "/mnt/vision", readOnly: true }],
    });
  });
});

test("a size is shown where none is sold", async () => {
  const graph = await planned({ fileSystem: { ...fileSystem, capacityGiB: undefined } });
  expect(inputs(graph, "vision-claim", "spec.resources.requests.storage")).toBe("1Gi");
});

const refused: [string, Partial<FileSystemClaimArgs>, string][] = [
  [
    "a file system whose claims are volumes of their own",
    { fileSystem: { ...fileSystem, volume: undefined } },
    "must say how nodes mount it",
  ],
  ["a namespace that cannot be", { namespace: "Team" }, 'namespace is "Team"'],
  ["a folder of the system", { mountPath: "/proc" }, 'mountPath is "/proc"'],
  ["a way around that", { mountPath: "/mnt/../etc" }, 'mountPath is "/mnt/../etc"'],
  ["a folder of what serves models", { mountPath: "/models/files" }, 'mountPath is "/models/files"'],
  ["a folder without a root", { mountPath: "files" }, 'mountPath is "files"'],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toContain(message);
});

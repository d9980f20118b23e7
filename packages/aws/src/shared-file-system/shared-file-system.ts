import { LogGroup } from "@pulumi/aws/cloudwatch";
import { LustreFileSystem } from "@pulumi/aws/fsx";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  bindingField,
  type CsiVolume,
  environmentPrefix,
  type NetworkBinding,
  onCluster,
  Platform,
  residencyOf,
  residentIn,
  type SharedFileSystemBinding,
  standardTags,
} from "aistack-core";
import { SharedVolume } from "aistack-runtime";
import { rotatedKey } from "../shared/bucket";
import { placeOf } from "../shared/place";
import { accountAdministers, encryptsLogs, policyDocument } from "../shared/policy";
import { checkFileSystem, type FileSystemPlan, type SharedFileSystemArgs } from "./args";
import * as defaults from "./defaults";
import { Lake } from "./lake";
import { LustreNetwork } from "./lustre-network";

const type = "aistack-aws:index:SharedFileSystem";

/**
 * Files that all nodes of an EKS cluster read and write at the same time, on Amazon FSx for Lustre. They outlive their stack
 * unless told otherwise.
 */
export class SharedFileSystem extends pulumi.ComponentResource {
  /** Plain-data handle for `uses` of a workload in the namespace of the claim. */
  public readonly binding: pulumi.Output<SharedFileSystemBinding>;
  /** Namespace of the claim: whoever mounts it must be in there. Absent for an adopted file system. */
  public readonly namespace?: pulumi.Output<string>;

  constructor(name: string, args: SharedFileSystemArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkFileSystem(type, name, args);
    super(type, name, args, opts);
    if (args.existing || !args.cluster || !args.network) {
      this.binding = pulumi.output(args.existing as pulumi.Input<SharedFileSystemBinding>);
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const { network } = args;
    const child = { parent: this };
    // What is kept of a destroyed stack keeps its key.
    const kept = { ...child, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const region = residentIn(place.region, residencyOf(Platform.Aws, args.compliance ?? []));
    const tags = standardTags(type, plan.dataClass, args.tags);
    const logGroupName = `/aws/fsx/lustre/${name}-${pulumi.getStack()}`;

    const key = {
      description: `Files of ${name}`,
      policy: policyDocument([accountAdministers(place), encryptsLogs("CloudWatchEncryptsLogs", place, logGroupName)]),
      tags,
    };
    const keyArn = pulumi.output(plan.kmsKeyArn ?? rotatedKey(`${name}-key`, key, kept).arn);
    const logs = new LogGroup(
      `${name}-logs`,
      { name: logGroupName, retentionInDays: defaults.logDays, kmsKeyId: keyArn, tags },
      child,
    );
    const { securityGroupId } = new LustreNetwork(
      `${name}-network`,
      { network, efaClientGroupIds: args.efaClientGroupIds ?? [], tags },
      child,
    );
    const fileSystem = new LustreFileSystem(
      `${name}-files`,
      {
        deploymentType: "PERSISTENT_2",
        fileSystemTypeVersion: defaults.lustreVersion,
        // Through the region, so that nothing is made where the files may not be.
        subnetIds: pulumi.all([args.subnetId ?? firstSubnet(network), region]).apply(([subnet]) => subnet),
        securityGroupIds: [securityGroupId],
        kmsKeyId: keyArn,
        backupId: plan.restoreFrom,
        ...storageOf(plan),
        efaEnabled: args.efaClientGroupIds !== undefined,
        dataCompressionType: "LZ4",
        ...backupOf(plan),
        logConfiguration: { destination: logs.arn, level: "WARN_ERROR" },
        ...(args.rootSquash && { rootSquashConfiguration: { rootSquash: defaults.squashed } }),
        weeklyMaintenanceStartTime: plan.maintenanceStart,
        tags: tags.apply((own): { [key: string]: string } => ({ ...own, Name: name })),
      },
      kept,
    );
    const ready = plan.lake ? [new Lake(`${name}-lake`, { fileSystem, lake: plan.lake, place, tags }, child)] : [];
    const { provider } = onCluster(this, name, args.cluster, opts);
    const volume = volumeOf(fileSystem, plan);
    const mounted = new SharedVolume(
      name,
      { volume, capacityGiB: plan.capacityGiB ?? defaults.shownTieredGiB, namespace: plan.namespace },
      { ...child, provider },
    );

    this.namespace = mounted.namespace;
    this.binding = bindingOf(name, plan, fileSystem, volume, mounted, ready);
    this.registerOutputs({ binding: this.binding, namespace: this.namespace, compliance: args.compliance });
  }
}

function firstSubnet(network: pulumi.Input<NetworkBinding>): pulumi.Output<string> {
  return bindingField(network, "privateSubnetIds").apply((ids) => ids[0] as string);
}

function storageOf({ tiered, capacityGiB, unitThroughput, throughputMiBps, metadataIops }: FileSystemPlan) {
  const chosen = { mode: "USER_PROVISIONED", iops: metadataIops };
  if (tiered)
    return {
      storageType: "INTELLIGENT_TIERING",
      throughputCapacity: throughputMiBps,
      metadataConfiguration: chosen,
      dataReadCacheConfiguration: { sizingMode: "PROPORTIONAL_TO_THROUGHPUT_CAPACITY" },
    };
  return {
    storageType: "SSD",
    storageCapacity: capacityGiB,
    perUnitStorageThroughput: unitThroughput,
    metadataConfiguration: metadataIops === undefined ? { mode: "AUTOMATIC" } : chosen,
  };
}

/** Every day, and once more before the file system is deleted; FSx does neither for one that is linked to a bucket. */
function backupOf({ lake, backupDays, backupHour }: FileSystemPlan) {
  if (lake) return { automaticBackupRetentionDays: 0, skipFinalBackup: true };
  return {
    automaticBackupRetentionDays: backupDays,
    dailyAutomaticBackupStartTime: `${String(backupHour).padStart(2, "0")}:00`,
    copyTagsToBackups: true,
    skipFinalBackup: false,
  };
}

function volumeOf(fileSystem: LustreFileSystem, { drivers }: FileSystemPlan): pulumi.Output<CsiVolume> {
  const { id, dnsName, mountName } = fileSystem;
  const attributes: { [name: string]: pulumi.Output<string> } = { dnsname: dnsName, mountname: mountName };
  return pulumi.output({
    driver: pulumi.output(drivers).apply(() => defaults.driver),
    handle: id,
    attributes,
    fsType: "lustre",
    // Locks that hold among nodes, which what writes checkpoints and databases of metrics relies on.
    mountOptions: ["flock"],
  });
}

function bindingOf(
  name: string,
  plan: FileSystemPlan,
  { dnsName, mountName }: LustreFileSystem,
  volume: pulumi.Output<CsiVolume>,
  { storageClass, claim, namespace }: SharedVolume,
  ready: pulumi.Resource[],
): pulumi.Output<SharedFileSystemBinding> {
  const { mountPath, capacityGiB, throughputMiBps } = plan;
  return pulumi.output({
    kind: "shared-file-system",
    name,
    platform: Platform.Aws,
    storageClass,
    capacityGiB,
    throughputMiBps,
    server: dnsName,
    mountName,
    volume,
    environment: { [`${environmentPrefix(name)}_PATH`]: mountPath },
    volumes: [{ claim: after(claim, ...ready), namespace, mountPath }],
  });
}

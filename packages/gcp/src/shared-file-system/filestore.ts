import { BackupPlan, BackupPlanAssociation, BackupVault } from "@pulumi/gcp/backupdisasterrecovery";
import { Instance } from "@pulumi/gcp/filestore";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type CsiVolume, limitedName, type NetworkBinding } from "aistack-core";
import { type FileSystemPlan, FilestoreTier } from "./args";
import * as defaults from "./defaults";

/** What the instance of a service is made from. */
export interface ServiceArgs {
  plan: FileSystemPlan;
  network: pulumi.Input<NetworkBinding>;
  /** Zone or region of the instance. */
  location: pulumi.Output<string>;
  region: pulumi.Output<string>;
  keyName: pulumi.Input<string>;
  labels: pulumi.Output<{ [key: string]: string }>;
  retain: boolean;
}

/** Files on Filestore, over NFS, with copies in a vault. */
export class Filestore extends pulumi.ComponentResource {
  readonly server: pulumi.Output<string>;
  readonly mountName: pulumi.Output<string>;
  readonly volume: pulumi.Output<CsiVolume>;

  constructor(name: string, args: ServiceArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:Filestore", `${name}-filestore`, {}, opts);
    const { plan, network, location, labels } = args;
    const kept = { parent: this, retainOnDelete: args.retain };
    const instance = new Instance(
      `${name}-files`,
      {
        location,
        tier: plan.tier === FilestoreTier.Regional ? "REGIONAL" : "ZONAL",
        protocol: "NFS_V4_1",
        fileShares: {
          name: defaults.share,
          capacityGb: plan.capacityGiB,
          ...(plan.restoreFrom !== undefined && { sourceBackupdrBackup: plan.restoreFrom }),
          nfsExportOptions: [
            {
              // Nodes mount for their pods.
              ipRanges: [bindingField(network, "cidr")],
              accessMode: "READ_WRITE",
              ...(plan.rootSquash
                ? { squashMode: "ROOT_SQUASH", anonUid: defaults.squashed, anonGid: defaults.squashed }
                : { squashMode: "NO_ROOT_SQUASH" }),
            },
          ],
        },
        networks: [
          { network: bindingField(network, "networkId"), modes: ["MODE_IPV4"], connectMode: "DIRECT_PEERING" },
        ],
        kmsKeyName: args.keyName,
        deletionProtectionEnabled: plan.deletionProtection,
        labels,
      },
      kept,
    );
    copies(name, instance, args, kept);

    this.server = instance.networks.apply((networks) => networks[0]?.ipAddresses?.[0] as string);
    this.mountName = pulumi.output(defaults.share);
    const attributes: { [name: string]: pulumi.Output<string> } = { ip: this.server, volume: this.mountName };
    this.volume = pulumi.output({
      driver: pulumi.output(plan.drivers).apply(() => defaults.drivers.filestore),
      handle: pulumi.interpolate`modeInstance/${instance.location}/${instance.name}/${defaults.share}`,
      attributes,
      fsType: "nfs",
      mountOptions: ["vers=4.1", "hard"],
    });
    this.registerOutputs({});
  }
}

/** A copy every day, in a vault that is deleted from after a day at the earliest. */
function copies(
  name: string,
  instance: Instance,
  { plan, region, labels }: ServiceArgs,
  kept: pulumi.CustomResourceOptions,
): void {
  const id = limitedName(`${name}-${pulumi.getStack()}`, 63);
  const resourceType = "file.googleapis.com/Instance";
  const vault = new BackupVault(
    `${name}-vault`,
    {
      location: region,
      backupVaultId: id,
      description: `Copies of the files of ${name}`,
      backupMinimumEnforcedRetentionDuration: defaults.enforcedRetention,
      accessRestriction: "WITHIN_PROJECT",
      labels,
    },
    kept,
  );
  const schedule = new BackupPlan(
    `${name}-backup`,
    {
      location: region,
      backupPlanId: id,
      resourceType,
      backupVault: vault.id,
      backupRules: [
        {
          ruleId: "daily",
          backupRetentionDays: plan.backupDays,
          standardSchedule: {
            recurrenceType: "DAILY",
            timeZone: "UTC",
            backupWindow: {
              startHourOfDay: plan.backupHour,
              endHourOfDay: plan.backupHour + defaults.backup.windowHours,
            },
          },
        },
      ],
    },
    { parent: kept.parent },
  );
  new BackupPlanAssociation(
    `${name}-backed-up`,
    {
      location: region,
      backupPlanAssociationId: id,
      resourceType,
      resource: instance.id,
      backupPlan: schedule.name,
    },
    { parent: kept.parent },
  );
}

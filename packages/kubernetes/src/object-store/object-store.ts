import * as pulumi from "@pulumi/pulumi";
import { type ObjectStoreBinding, onCluster } from "aistack-core";
import { bucketBinding } from "../s3-store/binding";
import { deletesToo, expires, identities, reads, readsAndWrites, setsUp } from "../s3-store/identities";
import { S3Bucket } from "../s3-store/s3-bucket";
import { S3Store } from "../s3-store/s3-store";
import { dropOldVersions } from "../s3-store/scripts";
import { WorkloadNamespace } from "../workload/namespace";
import { checkedSettings, type ObjectStoreArgs } from "./args";

const type = "aistack-kubernetes:index:ObjectStore";

/**
 * Private, encrypted bucket with versions, in a store of its own on the cluster. Disks, key and namespace outlive the
 * component: deleting it deletes no object.
 */
export class ObjectStore extends pulumi.ComponentResource {
  /** The bucket, to read and to write, for `uses` of a workload. A secret as a whole, since it holds a key. */
  public readonly binding: pulumi.Output<ObjectStoreBinding>;
  /** The bucket, to read only. */
  public readonly readerBinding: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: ObjectStoreArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.readerBinding = this.binding;
      this.registerOutputs({ binding: this.binding, readerBinding: this.readerBinding });
      return;
    }
    const { cluster } = settings;
    const component = { parent: this, provider: onCluster(this, name, cluster, opts).provider };

    const namespace =
      settings.namespace ?? new WorkloadNamespace(name, { cluster }, { ...component, retainOnDelete: true }).namespace;
    const { keys, file } = identities(
      name,
      name,
      { setup: setsUp, upkeep: expires, client: settings.mayDelete ? deletesToo : readsAndWrites, reader: reads },
      { parent: this },
    );
    const store = new S3Store(name, { ...settings, namespace, identities: file }, component);
    const { bucket } = new S3Bucket(
      name,
      {
        cluster,
        namespace,
        bucket: name,
        store,
        setup: { key: keys.setup, environment: { LOCK_MODE: "" } },
        upkeep: {
          key: keys.upkeep,
          script: dropOldVersions,
          environment: { OLD_VERSION_DAYS: pulumi.interpolate`${settings.oldVersionDays}` },
        },
        labels: { "aistack.dev/data-class": settings.dataClass },
      },
      component,
    );

    this.binding = bucketBinding(name, namespace, bucket, store, keys.client);
    this.readerBinding = bucketBinding(name, namespace, bucket, store, keys.reader);
    this.registerOutputs({ binding: this.binding, readerBinding: this.readerBinding });
  }
}

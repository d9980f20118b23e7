import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  Checks,
  type ClusterBinding,
  type CsiVolume,
  dnsLabel,
  environmentPrefix,
  onCluster,
  type Rule,
  type SharedFileSystemBinding,
} from "aistack-core";
import { mountPathOf, volumeClaim } from "aistack-runtime";

/** Arguments of FileSystemClaim. */
export interface FileSystemClaimArgs {
  /** Cluster whose workloads mount the files. */
  cluster: pulumi.Input<ClusterBinding>;
  /** File system of a cloud, such as that of a team in another namespace. */
  fileSystem: pulumi.Input<SharedFileSystemBinding>;
  /** Namespace that exists and gets the claim. */
  namespace: pulumi.Input<string>;
  /** Folder in which workloads find the files. Defaults to "/mnt/" and the component's name. */
  mountPath?: string;
  /** Whether workloads may only read. Defaults to false. */
  readOnly?: boolean;
}

const type = "aistack-kubernetes:index:FileSystemClaim";

/** A claim of a file system in one more namespace: the same files, since pods mount claims of their own namespace only. */
export class FileSystemClaim extends pulumi.ComponentResource {
  /** The file system as workloads of this namespace use it. */
  public readonly binding: pulumi.Output<SharedFileSystemBinding>;

  constructor(name: string, args: FileSystemClaimArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    check.value("name", name, dnsLabel);
    const namespace = check.value("namespace", args.namespace, dnsLabel);
    const mountPath = mountPathOf(check, name, args.mountPath);
    const volume = check.value("fileSystem.volume", bindingField(args.fileSystem, "volume"), mountedByNodes);
    check.done();
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);

    const field = <K extends keyof SharedFileSystemBinding>(key: K) => bindingField(args.fileSystem, key);
    const storageClass = field("storageClass");
    const claim = volumeClaim(
      name,
      {
        namespace,
        volume: volume as pulumi.Output<CsiVolume>,
        storageClass,
        // A size has to be shown; where storage grows with the files, none means anything.
        capacityGiB: field("capacityGiB").apply((capacity) => capacity ?? 1),
      },
      child,
    );
    this.binding = pulumi.output({
      kind: "shared-file-system",
      name,
      platform: field("platform"),
      storageClass,
      capacityGiB: field("capacityGiB"),
      throughputMiBps: field("throughputMiBps"),
      server: field("server"),
      mountName: field("mountName"),
      volume,
      environment: { [`${environmentPrefix(name)}_PATH`]: mountPath },
      volumes: [{ claim, namespace, mountPath, readOnly: args.readOnly }],
    }) as pulumi.Output<SharedFileSystemBinding>;
    this.registerOutputs({ binding: this.binding });
  }
}

const mountedByNodes: Rule<CsiVolume | undefined> = (volume) =>
  volume === undefined
    ? "must say how nodes mount it: on machines of your own each claim is a volume of its own, so put the workloads into the namespace of the SharedFileSystem"
    : undefined;

import type * as pulumi from "@pulumi/pulumi";
import type { ClusterBinding, FileBackupArgs, Regulation, SharedFileSystemBinding } from "aistack-core";

/** Arguments of SharedFileSystem. */
export interface SharedFileSystemArgs {
  /** File system to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<SharedFileSystemBinding>;
  /** Cluster that keeps the files and mounts them. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Namespace that exists and gets the claim. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Folder in which workloads find the files. Defaults to "/mnt/" and the component's name. */
  mountPath?: string;

  /** Space for files in GiB, 1 to 1048576, enforced. Defaults to 1000. */
  capacityGiB?: number;
  /** Refused: the disks and the network of the nodes decide, and nothing can be bought. */
  throughputMiBps?: number;
  /**
   * Storage class that exists, whose volumes many nodes mount. When given, only claim, copies and alerts are made. When
   * omitted, Ceph is installed on `disks`.
   */
  storageClass?: pulumi.Input<string>;
  /**
   * Regular expression for the names of the disks that become Ceph's, such as "^nvme[1-9]n1$". They must be empty; what they
   * hold later is Ceph's alone.
   */
  disks?: string;
  /** Labels of the nodes that have the disks, three or more. Defaults to all nodes. */
  storageNodes?: { [label: string]: string };
  /** Copies of each file, on different nodes, 3 to 5. Defaults to 3. */
  replicas?: number;
  /** Whether data travels encrypted; all nodes need Linux 5.11 or later. Defaults to true. */
  encryptInTransit?: boolean;
  /** Daily copies into a bucket. Defaults to none. */
  backup?: FileBackupArgs;
  /** Whether alerts are made, for which the cluster must have the Prometheus operator. Defaults to false. */
  alerts?: boolean;
  /** Regulations that the files are under: doing without copies or encryption that they ask for is refused. */
  compliance?: Regulation[];
}

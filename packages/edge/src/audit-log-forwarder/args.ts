import type * as pulumi from "@pulumi/pulumi";
import type { Binding, ClusterBinding, ObjectStoreBinding } from "aistack-core";

/** Arguments of AuditLogForwarder. */
export interface AuditLogForwarderArgs {
  /** Cluster of k3s whose audit logs are forwarded. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Bucket to write to, such as the binding of an AuditLogBucket: on AWS, or another that speaks S3. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** What lets the pods write to the bucket, such as the binding of an AccessGrant to the identity of this component. */
  uses?: pulumi.Input<Binding>[];
  /** Certificates, as PEM text, that the store's own is signed with. Defaults to the public authorities. */
  storeCertificate?: pulumi.Input<string>;
  /** File that the API server writes on each server. Defaults to where GpuCluster puts it. */
  auditLogPath?: string;
  /** Days without a link that the buffer on each server is for, 1 to 90. Defaults to 7. */
  bufferDays?: number;
  /** Events that a server's API writes in a second, on average, 1 to 10000. Defaults to 10. */
  eventsPerSecond?: number;
  /** Size of the buffer on each server in GiB, 1 to 16384. Defaults to what `bufferDays` at `eventsPerSecond` need: 15. */
  bufferSizeGiB?: number;
  /** Folder on each server that holds the buffer. Defaults to "/var/lib/aistack/" and the component's name. */
  bufferPath?: string;
  /** Labels of the nodes that run the API server. Defaults to those that k3s gives its servers. */
  nodeSelector?: { [label: string]: string };
  /** Namespace that is made for the pods, which work on the host. Defaults to the component's name. */
  namespace?: string;
  /** CPU that each pod is given, as a Kubernetes quantity. Defaults to "100m". */
  cpu?: pulumi.Input<string>;
  /** Memory that each pod is given, as a Kubernetes quantity. Defaults to "256Mi". */
  memory?: pulumi.Input<string>;
}

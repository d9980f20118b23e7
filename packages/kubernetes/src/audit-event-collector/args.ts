import type * as pulumi from "@pulumi/pulumi";
import type { AuditEventClass, AuditEventsBinding, Binding, ClusterBinding, ObjectStoreBinding } from "aistack-core";

/** Arguments of AuditEventCollector. */
export interface AuditEventCollectorArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Bucket to write to, such as the binding of an AuditLogBucket: on AWS, or another that speaks S3. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** What lets the pods write to the bucket, such as the binding of an AccessGrant to the identity of this component. */
  uses?: pulumi.Input<Binding>[];
  /** Certificates, as PEM text, that the store's own is signed with. Defaults to the public authorities. */
  storeCertificate?: pulumi.Input<string>;
  /** Classes of events that are taken; others are kept apart. Defaults to all. */
  classes?: AuditEventClass[];
  /** How personal data is taken out. Defaults to keyed hashes in place of what is found. */
  redact?: AuditRedactionArgs;
  /** Collectors, 1 to 99. Defaults to 2. */
  replicas?: number;
  /** Disk of each collector in GiB, 1 to 16384, for what cannot be written yet. Defaults to 10. */
  bufferSizeGiB?: number;
  /** Storage class of the disks. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt` and `tls.key`, valid for `<name>.<namespace>.svc`.
   * When given, clients must speak TLS.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may send events, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** CPU that each collector is given, as a Kubernetes quantity. Defaults to "250m". */
  cpu?: pulumi.Input<string>;
  /** Memory that each collector is given, as a Kubernetes quantity. Defaults to "512Mi". */
  memory?: pulumi.Input<string>;
  /** Collector that exists: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<AuditEventsBinding>;
}

/** How personal data is taken out of events. */
export interface AuditRedactionArgs {
  /**
   * Regular expressions (RE2) for further personal data, beside e-mail addresses, numbers of telephones, cards and accounts,
   * and addresses of machines. What matches in a value is replaced by its keyed hash. Defaults to none.
   */
  patterns?: string[];
  /** Further attributes whose value is replaced by its keyed hash, by name. Defaults to none. */
  hashedAttributes?: string[];
  /** Further attributes that are left out, by name. Defaults to none. */
  removedAttributes?: string[];
  /**
   * Whether prompts, answers and messages are recorded, without the personal data that is found in them. Defaults to false:
   * their length and their keyed hash are.
   */
  recordTexts?: boolean;
  /** Key of the hashes, 32 to 256 letters, digits, hyphens and underscores. A secret. When omitted, one is generated. */
  key?: pulumi.Input<string>;
  /**
   * What the generated key is for, such as "2026". Another text makes another key, and the old one is gone: no pseudonym made
   * with it can be led back to a person. Defaults to one key for ever.
   */
  keyPeriod?: string;
}

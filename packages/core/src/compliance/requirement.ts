/** What of a plan shows that a control holds. `aistack-policy` has the check of each. */
export enum Requirement {
  /** No policy allows every action, and none allows anything to everybody. */
  LeastPrivilege = "least-privilege",
  /** No store can be opened to the public. */
  NoPublicAccess = "no-public-access",
  /** No endpoint answers to the whole internet. */
  NoPublicEndpoint = "no-public-endpoint",
  /** What is stored is encrypted, with a key that the customer controls. */
  EncryptionAtRest = "encryption-at-rest",
  /** Keys are changed on a schedule. */
  KeyRotation = "key-rotation",
  /** Data travels encrypted only. */
  EncryptionInTransit = "encryption-in-transit",
  /** No credential stands in the plan as plain text. */
  NoPlainSecret = "no-plain-secret",
  /** Pods satisfy the Pod Security Standard `restricted`, but for drivers in namespaces of their own. */
  HardenedWorkloads = "hardened-workloads",
  /** Images and charts are of a version that is named. */
  ImagesPinned = "images-pinned",
  /** Resources say what they belong to. */
  Tagged = "tagged",
  /** Stores say how sensitive their content is. */
  Classified = "classified",
  /** Stores outlive a mistaken `destroy`, and what is overwritten in them can be brought back. */
  Recoverable = "recoverable",
  /** Audit records cannot be changed or deleted while they are kept. */
  WriteOnce = "write-once",
  /** Audit records are kept for a minimum of days. */
  KeptLongEnough = "kept-long-enough",
  /** Audit records are deleted when their time is over. */
  DeletedInTime = "deleted-in-time",
  /** Stores of audit records say how long they keep them. */
  RetentionStated = "retention-stated",
  /** Audit records of the last three months can be read at once. */
  ReadAtOnce = "read-at-once",
  /** Audit records have a copy in another place. */
  Replicated = "replicated",
  /** Audit records can be searched. */
  Examinable = "examinable",
  /** Somebody is told of denied deletions and of changes to what protects the records. */
  Alerted = "alerted",
  /** Calls to the cloud's interfaces are recorded, in all regions. */
  ActivityRecorded = "activity-recorded",
  /** A change to a recorded file can be detected. */
  TamperEvident = "tamper-evident",
  /** Calls to the API of each Kubernetes cluster are recorded. */
  ClustersRecorded = "clusters-recorded",
  /** Connections in each network are recorded. */
  NetworksRecorded = "networks-recorded",
  /** Reads and writes of stored objects are recorded. */
  AccessRecorded = "access-recorded",
  /** What models are asked and decide is recorded. */
  DecisionsRecorded = "decisions-recorded",
  /** Who let a model into production is recorded. */
  ApprovalsRecorded = "approvals-recorded",
  /** What people ask about their data, and the answers, are recorded and kept for 24 months. */
  RequestsRecorded = "requests-recorded",
  /** Personal data is taken out of events before they are recorded. */
  Redacted = "redacted",
  /** Data stays in the countries that may have it. */
  Residency = "residency",
}

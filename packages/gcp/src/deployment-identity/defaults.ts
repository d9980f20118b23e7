/** Characters of `google.subject`. https://docs.cloud.google.com/iam/docs/workload-identity-federation#mapping */
export const longestSubject = 127;

/** What a plan may read of a project: which things there are and who may use them, and no data in them. */
export const planRoles = ["roles/browser", "roles/iam.securityReviewer"];

/**
 * What the components of this package are made with. None of them lets its holder change the deploying account, who may act
 * as it, or the pool that trusts pipelines. https://docs.cloud.google.com/iam/docs/roles-permissions
 */
export const deployRoles = [
  "roles/alloydb.admin",
  "roles/aiplatform.admin",
  "roles/backupdr.admin",
  "roles/bigquery.admin",
  "roles/bigtable.admin",
  "roles/browser",
  "roles/cloudkms.admin",
  "roles/cloudscheduler.admin",
  "roles/compute.instanceAdmin.v1",
  "roles/compute.networkAdmin",
  "roles/compute.securityAdmin",
  "roles/container.admin",
  "roles/file.editor",
  "roles/iam.serviceAccountCreator",
  "roles/iam.serviceAccountDeleter",
  "roles/iam.serviceAccountUser",
  "roles/logging.configWriter",
  "roles/lustre.admin",
  "roles/monitoring.editor",
  "roles/servicenetworking.networksAdmin",
  "roles/storage.admin",
  "roles/storagetransfer.admin",
];

/** Roles that the components of this package give to workloads and to agents of services, on a project. */
export const grantableRoles = [
  "roles/bigquery.jobUser",
  "roles/cloudkms.cryptoKeyDecrypter",
  "roles/cloudkms.cryptoKeyEncrypterDecrypter",
  "roles/container.clusterViewer",
  "roles/container.defaultNodeServiceAccount",
  "roles/pubsub.publisher",
  "roles/secretmanager.secretAccessor",
  "roles/storage.objectCreator",
  "roles/storage.objectUser",
  "roles/storage.objectViewer",
];

/** Roles in one condition. https://docs.cloud.google.com/iam/docs/setting-limits-on-granting-roles */
export const mostGrantable = 10;

/** Grants roles on a project: those alone that the condition names. */
export const projectGrants = "roles/resourcemanager.projectIamAdmin";

/** What state and secrets take: of the one who plans to read them, of the one who deploys to write them. */
export const stateRoles = {
  read: { bucket: "roles/storage.objectViewer", key: "roles/cloudkms.cryptoKeyDecrypter" },
  write: { bucket: "roles/storage.objectUser", key: "roles/cloudkms.cryptoKeyEncrypterDecrypter" },
};

import { Requirement } from "aistack-core/compliance";
import type { Checks } from "../finding";
import { noPublicEndpoint } from "./endpoints";
import { approvalsRecorded, decisionsRecorded, redacted, requestsRecorded } from "./events";
import { leastPrivilege } from "./policies";
import {
  accessRecorded,
  activityRecorded,
  alerted,
  clustersRecorded,
  examinable,
  networksRecorded,
  tamperEvident,
} from "./recording";
import { deletedInTime, keptLongEnough, readAtOnce, replicated, retentionStated, writeOnce } from "./records";
import {
  classified,
  encryptionAtRest,
  encryptionInTransit,
  keyRotation,
  noPublicAccess,
  recoverable,
  residency,
  tagged,
} from "./stores";
import { hardenedWorkloads, imagesPinned, noPlainSecret } from "./workloads";

/** What shows that each requirement holds. */
export const checks: Checks = {
  [Requirement.LeastPrivilege]: leastPrivilege,
  [Requirement.NoPublicAccess]: noPublicAccess,
  [Requirement.NoPublicEndpoint]: noPublicEndpoint,
  [Requirement.EncryptionAtRest]: encryptionAtRest,
  [Requirement.KeyRotation]: keyRotation,
  [Requirement.EncryptionInTransit]: encryptionInTransit,
  [Requirement.NoPlainSecret]: noPlainSecret,
  [Requirement.HardenedWorkloads]: hardenedWorkloads,
  [Requirement.ImagesPinned]: imagesPinned,
  [Requirement.Tagged]: tagged,
  [Requirement.Classified]: classified,
  [Requirement.Recoverable]: recoverable,
  [Requirement.WriteOnce]: writeOnce,
  [Requirement.KeptLongEnough]: keptLongEnough,
  [Requirement.DeletedInTime]: deletedInTime,
  [Requirement.RetentionStated]: retentionStated,
  [Requirement.ReadAtOnce]: readAtOnce,
  [Requirement.Replicated]: replicated,
  [Requirement.Examinable]: examinable,
  [Requirement.Alerted]: alerted,
  [Requirement.ActivityRecorded]: activityRecorded,
  [Requirement.TamperEvident]: tamperEvident,
  [Requirement.ClustersRecorded]: clustersRecorded,
  [Requirement.NetworksRecorded]: networksRecorded,
  [Requirement.AccessRecorded]: accessRecorded,
  [Requirement.DecisionsRecorded]: decisionsRecorded,
  [Requirement.ApprovalsRecorded]: approvalsRecorded,
  [Requirement.RequestsRecorded]: requestsRecorded,
  [Requirement.Redacted]: redacted,
  [Requirement.Residency]: residency,
};

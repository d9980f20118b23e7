import { Platform } from "aistack-core";
import {
  type AssistantSettings,
  type ClusterSettings,
  type RecordsSettings,
  SettingsReader,
} from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings extends AssistantSettings, ClusterSettings, RecordsSettings {
  /** Region of a second copy of the audit records; undefined for none. */
  auditReplicaRegion?: string;
  /** Who is told of what is done to the audit records. */
  alertEmails: string[];
}

/** Reads the configuration; refuses what is wrong or missing, all at once. */
export function readSettings(): Settings {
  const reader = new SettingsReader();
  const settings: Settings = {
    ...reader.assistant(Platform.Aws),
    ...reader.cluster("m7i.large", 2),
    ...reader.records(),
    auditReplicaRegion: reader.text("auditReplicaRegion", "") || undefined,
    alertEmails: reader.list("alertEmails"),
  };
  reader.done(settings);
  return settings;
}

import { listOf, oneOf, Platform, Regulation, resolutionFault } from "aistack-core";
import { type AssistantSettings, type ClusterSettings, SettingsReader } from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings extends AssistantSettings, ClusterSettings {
  compliance: Regulation[];
  /** What was decided where regulations contradict each other. */
  resolutions: { [contradiction: string]: string };
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
    compliance: reader.check.value(
      "compliance",
      reader.list("compliance") as Regulation[],
      listOf(oneOf(Object.values(Regulation))),
    ) as Regulation[],
    resolutions: reader.check.value("resolutions", reader.texts("resolutions"), resolutionFault) as {
      [contradiction: string]: string;
    },
    auditReplicaRegion: reader.text("auditReplicaRegion", "") || undefined,
    alertEmails: reader.list("alertEmails"),
  };
  reader.done(settings);
  return settings;
}

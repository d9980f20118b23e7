import { listOf, oneOf, Platform, Regulation } from "aistack-core";
import { type AssistantSettings, type ClusterSettings, SettingsReader } from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings extends AssistantSettings, ClusterSettings {
  compliance: Regulation[];
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
  };
  reader.done(settings);
  return settings;
}

import * as pulumi from "@pulumi/pulumi";
import { Platform } from "aistack-core";
import {
  type AssistantSettings,
  type ClusterSettings,
  type RecordsSettings,
  SettingsReader,
} from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings extends AssistantSettings, ClusterSettings, RecordsSettings {
  /** Zones that have the accelerator; empty for the first of the region. */
  gpuZones: string[];
}

/** Reads the configuration; refuses what is wrong or missing, all at once. */
export function readSettings(): Settings {
  const reader = new SettingsReader();
  const settings: Settings = {
    ...reader.assistant(Platform.Gcp),
    ...reader.cluster("c3-standard-4", 3),
    ...reader.records(),
    gpuZones: reader.list("gpuZones"),
  };
  reader.done(settings);
  if (new pulumi.Config("gcp").get("project") === "my-project")
    pulumi.log.warn(
      "gcp:project is my-project, which stands for yours. Before `pulumi up`: pulumi config set gcp:project <project>",
    );
  return settings;
}

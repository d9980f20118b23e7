import * as pulumi from "@pulumi/pulumi";
import { listOf, oneOf, Platform, Regulation, resolutionFault } from "aistack-core";
import { type AssistantSettings, type ClusterSettings, SettingsReader } from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings extends AssistantSettings, ClusterSettings {
  /** Zones that have the accelerator; empty for the first of the region. */
  gpuZones: string[];
  /** Regulations that the audit records serve. */
  compliance: Regulation[];
  /** What was decided where they contradict each other. */
  resolutions: { [contradiction: string]: string };
}

/** Reads the configuration; refuses what is wrong or missing, all at once. */
export function readSettings(): Settings {
  const reader = new SettingsReader();
  const settings: Settings = {
    ...reader.assistant(Platform.Gcp),
    ...reader.cluster("c3-standard-4", 3),
    gpuZones: reader.list("gpuZones"),
    compliance: reader.check.value(
      "compliance",
      reader.list("compliance") as Regulation[],
      listOf(oneOf(Object.values(Regulation))),
    ) as Regulation[],
    resolutions: reader.check.value(
      "resolutions",
      new pulumi.Config().getObject<{ [contradiction: string]: string }>("resolutions") ?? {},
      resolutionFault,
    ) as { [contradiction: string]: string },
  };
  reader.done(settings);
  if (new pulumi.Config("gcp").get("project") === "my-project")
    pulumi.log.warn(
      "gcp:project is my-project, which stands for yours. Before `pulumi up`: pulumi config set gcp:project <project>",
    );
  return settings;
}

import type { Mode } from "aistack-engine";
import type { Colors } from "picocolors/types";
import { secretPlaceholder } from "../manifests/content";
import type { Manifests } from "../manifests/files";
import { shortUrn } from "./names";
import { counted } from "./text";

/** What was written to the manifests directory, what was not, and why. */
export function renderManifests({ files, unwritten }: Manifests, directory: string, { bold, dim }: Colors): string {
  const placeholders = files.filter((file) => file.placeholders).length;
  const lines = [
    files.length === 0
      ? bold("no Kubernetes object to write")
      : `${bold(counted(files.length, "manifest"))} written to ${directory}`,
    ...(placeholders === 0
      ? []
      : [`  ${placeholders} with ${secretPlaceholder} in the place of secrets, listed at the top of the file`]),
    ...unwritten.map(({ urn, reason }) => dim(`  not written: ${shortUrn(urn)}, ${reason}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Why objects are missing from the manifests; empty when none is. */
export function renderIncomplete({ incomplete }: Manifests, mode: Mode, { red }: Colors): string {
  if (incomplete.length === 0) return "";
  const lines = incomplete.map(({ urn, unknowns }) => `  ${shortUrn(urn)}: ${unknowns.join(", ")}`);
  return (
    `${red("error:")} ${counted(incomplete.length, "object")} could not be written, ` +
    "because these values are only known after up:\n" +
    `${lines.join("\n")}\n` +
    `  ${mode === "preview" ? "Plan with --mode simulate" : "Set them in the program"}, or give them in --answers under \`resources\`.\n`
  );
}

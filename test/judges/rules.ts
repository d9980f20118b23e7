import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The object of the Prometheus operator that holds alerts and recordings. */
export interface PrometheusRule {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[] };
}

/** What `promtool check rules` has against a rule object; undefined where nothing. */
export function faultOf({ metadata, spec }: PrometheusRule): string | undefined {
  const rules = spec.groups.reduce((sum, group) => sum + group.rules.length, 0);
  if (rules === 0) return `${metadata.name} holds no rule`;
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  try {
    const file = join(folder, "rules.json");
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: spec.groups }));
    const judged = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
    if (judged.error) throw judged.error;
    const output = `${judged.stdout}${judged.stderr}`.replaceAll(file, metadata.name);
    return judged.status === 0 && output.includes(`SUCCESS: ${rules} rules found`) ? undefined : output.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

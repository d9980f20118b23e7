import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { PlanDocument } from "aistack-engine";
import {
  type Assessment,
  assess,
  evidenceOf,
  evidenceReport,
  type Settings,
  settingFaults,
  viewOfPlan,
} from "aistack-policy";
import type { Io, OutputStream } from "../io";
import { reasonOf, UsageError } from "../usage-error";
import { jsonText, writeText } from "../write";
import type { PlanArguments } from "./plan";
import type { Reported } from "./plan-run";

/** Judges a plan by the rules, and by the controls of its regulations and of those asked for. */
export async function assessed(document: PlanDocument, args: PlanArguments, io: Io): Promise<Assessment> {
  const settings = await policySettings(args, io);
  return assess(viewOfPlan(document), { regulations: args.compliance, settings });
}

/** `--policy-config`: the level of each rule; refuses a file that says something else. */
export async function policySettings({ policyConfig }: PlanArguments, io: Io): Promise<Settings> {
  if (policyConfig === undefined) return {};
  const refuse = (reason: string) => new UsageError(`--policy-config ${policyConfig}: ${reason}`);
  const text = await readFile(resolve(io.cwd, policyConfig), "utf8").catch((error) => {
    throw refuse(`the file cannot be read (${reasonOf(error)}).`);
  });
  let settings: Settings;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw refuse(`the file is no JSON (${error instanceof Error ? error.message : error}).`);
  }
  const faults = settingFaults(settings);
  if (faults.length > 0) throw refuse(`${faults.join("; ")}.`);
  return settings;
}

/** `--evidence`: what each control was judged by, as JSON, and beside it as a report. */
export async function exportEvidence(
  { document, assessment }: Reported,
  file: string,
  messages: OutputStream,
  io: Io,
): Promise<void> {
  const evidence = evidenceOf(assessment, document);
  const report = `${file.replace(/\.json$/, "")}.md`;
  await writeText("--evidence", file, jsonText(evidence), io);
  await writeText("--evidence", report, evidenceReport(evidence), io);
  messages.write(`evidence written to ${file}, as a report to ${report}\n`);
}

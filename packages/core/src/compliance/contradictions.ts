import { type Control, controlsOf } from "./controls";
import type { Regulation } from "./regulation";
import { Requirement } from "./requirement";

/** Where controls of several regulations pull in different directions. People decide which way, and write it down. */
export enum Contradiction {
  /** Records must be kept for years, and personal data erased on request. */
  RetentionAgainstErasure = "retention-against-erasure",
  /** Records must be kept for years, and personal data no longer than needed. */
  RetentionAgainstStorageLimitation = "retention-against-storage-limitation",
  /** What models are asked must be recorded, and records hold no personal data. */
  RecordingAgainstErasure = "recording-against-erasure",
  /** A copy must lie elsewhere, and data stay in some countries. */
  ReplicaAgainstResidency = "replica-against-residency",
}

/** A contradiction between the controls that apply. */
export interface FoundContradiction {
  id: Contradiction;
  /** What has to be decided. */
  question: string;
  /** Ids of the controls of the one side, and of the other. */
  between: [string[], string[]];
  /** The decision, as it was written down; undefined while it is open. */
  resolution?: string;
}

const rules: { id: Contradiction; sides: [Requirement, Requirement]; question: string }[] = [
  {
    id: Contradiction.RetentionAgainstErasure,
    sides: [Requirement.KeptLongEnough, Requirement.Redacted],
    question:
      "Locked records cannot be erased before their time. How is a request for erasure met for personal data in them?",
  },
  {
    id: Contradiction.RetentionAgainstStorageLimitation,
    sides: [Requirement.KeptLongEnough, Requirement.DeletedInTime],
    question: "Records are kept as long as the longest rule asks. Why is that no longer than needed?",
  },
  {
    id: Contradiction.RecordingAgainstErasure,
    sides: [Requirement.DecisionsRecorded, Requirement.Redacted],
    question: "Events of models must be recorded without personal data. By what are they still traced to a case?",
  },
  {
    id: Contradiction.ReplicaAgainstResidency,
    sides: [Requirement.Replicated, Requirement.Residency],
    question: "The records' copy lies in another region. Why may the data be there?",
  },
];

/** Shortest text that is taken as a decision. */
const shortestResolution = 20;

/** The contradictions between the controls of several regulations, each with its resolution if there is one. */
export function contradictionsOf(
  regulations: readonly Regulation[],
  resolutions: Readonly<Record<string, string>> = {},
): FoundContradiction[] {
  const applicable = controlsOf(regulations);
  return rules.flatMap(({ id, sides, question }) => {
    const [one, other] = sides.map((side) => applicable.filter(({ requirement }) => requirement === side));
    if (!one?.length || !other?.length || isOfOneText(one, other)) return [];
    const resolution = resolutions[id]?.trim();
    const isDecided = resolution !== undefined && resolution.length >= shortestResolution;
    return [{ id, question, between: [idsOf(one), idsOf(other)], ...(isDecided ? { resolution } : {}) }];
  });
}

/** A single text is read as a whole, in which its authors have settled such questions. */
function isOfOneText(one: Control[], other: Control[]): boolean {
  return new Set([...one, ...other].map(({ regulation }) => regulation)).size === 1;
}

function idsOf(controls: Control[]): string[] {
  return controls.map(({ id }) => id);
}

/** Says what is wrong with resolutions that were given; undefined if nothing is. */
export function resolutionFault(resolutions: { [contradiction: string]: string }): string | undefined {
  const known: string[] = Object.values(Contradiction);
  const unknown = Object.keys(resolutions).find((id) => !known.includes(id));
  if (unknown !== undefined) return `"${unknown}" is no contradiction; name one of ${known.join(", ")}`;
  const short = Object.entries(resolutions).find(
    ([, text]) => typeof text !== "string" || text.trim().length < shortestResolution,
  );
  if (short === undefined) return undefined;
  return `the text of "${short[0]}" must say in ${shortestResolution} characters or more what was decided, and why`;
}

/** The warning of a component whose regulations contradict each other without a decision; undefined if there is none. */
export function openContradictions(
  regulations: readonly Regulation[],
  resolutions?: Readonly<Record<string, string>>,
): string | undefined {
  const open = contradictionsOf(regulations, resolutions).filter(({ resolution }) => resolution === undefined);
  if (open.length === 0) return undefined;
  const lines = open.map(({ id, between, question }) => `  ${id} (${between.flat().join(", ")}): ${question}`);
  return `${regulations.join(" and ")} contradict each other. Decide, and write it into \`resolutions\`:\n${lines.join("\n")}`;
}

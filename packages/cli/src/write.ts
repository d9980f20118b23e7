import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Io } from "./io";
import { reasonOf, UsageError } from "./usage-error";

/** A document as the text of a JSON file. */
export function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Writes a file that an option asked for, with the directories that it needs. */
export async function writeText(option: string, shown: string, text: string, io: Io): Promise<void> {
  const file = resolve(io.cwd, shown);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw new UsageError(`${option} ${shown}: the file cannot be written (${reasonOf(error)}).`);
  }
}

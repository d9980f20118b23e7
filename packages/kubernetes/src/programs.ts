import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Text of a program that a pod runs. The folder is beside both `src` and `dist`. */
export function programText(file: string): string {
  return readFileSync(join(__dirname, "../programs", file), "utf8");
}

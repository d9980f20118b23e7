/** The command was used wrongly: exit code 2, and the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Why the system refused a file: its code, such as EACCES. */
export function reasonOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}

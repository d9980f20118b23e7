import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A query that an auditor asks, by the file that it stands in. */
export interface Question {
  /** Name of the table function: `denied_calls` of the file `denied-calls.sql`. */
  id: string;
  /** The comment that the file begins with. */
  description: string;
  /** The query, with the days `from_day` and `to_day`, and `{dataset}` in place of the data set. */
  query: string;
  /** Tables that it reads. */
  tables: string[];
}

/** Files of this package; whoever has another data set can run them as they are. */
const folder = join(__dirname, "../../queries/audit-log");

/** All queries, by name. */
export function questions(): Question[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => {
      const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
      const comments = lines.filter((line) => line.startsWith("--")).map((line) => line.slice(2).trim());
      const query = lines.filter((line) => !line.startsWith("--")).join("\n");
      return {
        id: file.replace(/\.sql$/, "").replaceAll("-", "_"),
        description: comments.join(" "),
        query,
        tables: [...new Set([...query.matchAll(/\{dataset\}\.(\w+)/g)].map(([, table]) => table as string))],
      };
    });
}

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { root } from "../programs";

const skipped = new Set(["node_modules", "dist", ".git", ".cache"]);

function markdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdown(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** The TypeScript snippets of a document; those in a list item lose the item's indentation. */
function snippets(file: string): { name: string; code: string }[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```/gm)].map(([, indent = "", code = ""], index) => ({
    name: `${relative(root, file)} snippet ${index + 1}`,
    code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

test("every TypeScript snippet in the documentation compiles", () => {
  const all = markdown(root).flatMap(snippets);
  expect(all.length).toBeGreaterThan(4);
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  Object.assign(options, {
    noEmit: true,
    composite: false,
    incremental: false,
    noUnusedLocals: false,
    types: ["node", "jest"],
  });
  const host = ts.createCompilerHost(options);
  const sources = new Map(
    all.map(({ code }, index) => [join(root, "test", `snippet-${index}.mts`), `${code}\nexport {};\n`]),
  );
  const read = host.readFile;
  host.fileExists = (file) => sources.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => sources.get(file) ?? read(file);
  const program = ts.createProgram([...sources.keys()], options, host);
  const names = [...sources.keys()];
  const faults = ts.getPreEmitDiagnostics(program).map((row) => {
    const snippet = all[names.indexOf(row.file?.fileName ?? "")];
    return `${snippet?.name ?? row.file?.fileName}: ${ts.flattenDiagnosticMessageText(row.messageText, " ")}`;
  });
  expect(faults).toEqual([]);
}, 60_000);

/**
 * Checks the types of a program with its own TypeScript: `node type-check.js DIRECTORY ENTRY TSCONFIG`. Prints the first
 * errors as JSON lines; exits 0.
 *
 * A check takes seconds (the providers' declarations are large), so its success is remembered together with every file
 * that it read. As long as none of these has changed, nothing is checked again. It runs beside the plan.
 */

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire } = require("node:module");
const os = require("node:os");
const path = require("node:path");

const [directory, entry, tsconfig] = process.argv.slice(2);

function cacheFile() {
  const modules = path.join(directory, "node_modules");
  const name = `aistack-types-${createHash("sha256").update(`${directory}\n${entry}`).digest("hex").slice(0, 16)}.json`;
  return path.join(fs.existsSync(modules) ? path.join(modules, ".cache") : os.tmpdir(), name);
}

const stamp = (file) => {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.mtimeMs}:${stat.size}`;
};

function isUnchanged(cache) {
  try {
    const { files } = JSON.parse(fs.readFileSync(cache, "utf8"));
    return Object.entries(files).every(([file, was]) => stamp(file) === was);
  } catch {
    return false;
  }
}

function check(cache) {
  const ts = createRequire(path.join(directory, "index.js"))("typescript");
  const config = fs.existsSync(tsconfig) ? ts.readConfigFile(tsconfig, ts.sys.readFile).config : {};
  // The defaults are those of Pulumi's runner.
  const defaults = { target: "es2020", module: "nodenext", moduleResolution: "nodenext" };
  const options = { ...config, compilerOptions: { ...defaults, ...config?.compilerOptions } };
  const parsed = ts.parseJsonConfigFileContent(options, ts.sys, directory);
  const roots = [path.resolve(directory, entry)];
  const program = ts.createProgram(roots, { ...parsed.options, noEmit: true, composite: false, incremental: false });
  const errors = ts.getPreEmitDiagnostics(program).filter(({ category }) => category === ts.DiagnosticCategory.Error);
  for (const { file, start, messageText } of errors) {
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    const place = file && ts.getLineAndCharacterOfPosition(file, start);
    const where = file ? `${path.relative(directory, file.fileName)}:${place.line + 1}:${place.character + 1}: ` : "";
    console.log(JSON.stringify(where + message));
  }
  if (errors.length > 0) return;
  const files = [...program.getSourceFiles().map(({ fileName }) => fileName), tsconfig];
  fs.mkdirSync(path.dirname(cache), { recursive: true });
  fs.writeFileSync(cache, JSON.stringify({ files: Object.fromEntries(files.map((file) => [file, stamp(file)])) }));
}

const cache = cacheFile();
if (!isUnchanged(cache)) check(cache);

/**
 * Loaded into the child before Pulumi's own `cmd/run`, which stays as it is. JavaScript, so that it runs from the sources
 * and from the package alike.
 *
 * - What the program throws is reported as data on descriptor 3; on the log it would only be a text with a stack.
 * - What the SDK does for debugging only is turned off.
 * - Compiled code is cached between runs where Node can (22 and later).
 */

const fs = require("node:fs");
const nodeModule = require("node:module");
const path = require("node:path");
const { isMainThread } = require("node:worker_threads");
const { quiet } = require("./quiet");

if (!process.env.NODE_COMPILE_CACHE) nodeModule.enableCompileCache?.();

function report(message) {
  fs.writeSync(3, `${JSON.stringify(message)}\n`);
}

function reportError(error) {
  if (error === null || typeof error !== "object") return report({ error: { message: String(error) } });
  const { name, message, stack, propertyPath, reason, errors, diagnosticText, code } = error;
  const { __pulumiInputPropertyError, __pulumiInputPropertiesError } = error;
  const marks = { __pulumiInputPropertyError, __pulumiInputPropertiesError };
  report({ error: { name, message, stack, propertyPath, reason, errors, diagnosticText, code, ...marks } });
}

process.on("uncaughtException", reportError);
process.on("unhandledRejection", reportError);

const exit = process.exit;
process.exit = (code) => {
  report({ exit: code ?? process.exitCode ?? 0 });
  return exit(code);
};

// Node runs a loader of ES modules, which such a program has, in a thread of its own that knows no runner.
if (isMainThread && process.env.AISTACK_ENGINE_DEBUG !== "true") {
  const sdk = (module) => require(path.resolve(path.dirname(process.argv[1]), "../..", module));
  const { Resource } = sdk("resource");
  quiet({ log: sdk("log"), debuggable: sdk("runtime/debuggable"), Resource }, () => true, { leaks: true });
}

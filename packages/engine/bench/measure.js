/** One measurement in a process of its own: `node measure.js setMocks|plan COUNT`. Prints JSON. */

const pulumi = require("@pulumi/pulumi");
const { program } = require("./program");

const [how, text] = process.argv.slice(2);
const count = Number(text);

async function setMocks(run) {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }), call: () => ({}) },
    "project",
    "dev",
    true,
  );
  await pulumi.runtime.runInPulumiStack(async () => run());
  await pulumi.runtime.disconnect();
}

async function plan(run, expected) {
  const graph = await require("..").plan(run);
  if (graph.resources.length !== expected + 1) throw new Error(`${graph.resources.length} resources`);
}

const runners = { setMocks, plan };
async function main() {
  // Both load all that they need first: measured is the run, not the imports.
  await runners[how](program(10), 10);
  const started = performance.now();
  await runners[how](program(count), count);
  const milliseconds = performance.now() - started;
  console.log(JSON.stringify({ milliseconds, megabytes: process.resourceUsage().maxRSS / 1024 }));
}
main();

import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { aistack, program, scratchDirectory } from "./command-line.test.fixture";
import { Changes } from "./watch/changes";
import { watchRoots } from "./watch/roots";

// A child process takes one to two seconds, and several times that on a machine that is busy.
jest.setTimeout(60_000);

let directory: string;
beforeEach(async () => {
  directory = await scratchDirectory();
});
afterEach(() => rm(directory, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

test("a program is watched with the build of each workspace package it uses, not with what is installed", async () => {
  const manifest = (fields: object) => JSON.stringify(fields);
  await write({
    "app/package.json": manifest({ dependencies: { built: "*", installed: "*", missing: "*" } }),
    "built/package.json": manifest({
      exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
      dependencies: { plain: "*", built: "*" },
    }),
    "plain/package.json": manifest({ main: "./index.js" }),
    "node_modules/.store/installed/package.json": manifest({ main: "lib/index.js" }),
  });
  await symlink(join(directory, "built"), join(directory, "node_modules", "built"));
  await symlink(join(directory, "plain"), join(directory, "node_modules", "plain"));
  await symlink(join(directory, "node_modules/.store/installed"), join(directory, "node_modules", "installed"));
  const roots = await watchRoots(join(directory, "app"));
  expect(roots.map((root) => relative(directory, root))).toEqual(["app", "built/dist", "plain"]);
});

describe("changes", () => {
  let changes: Changes;
  const stop = new AbortController();
  const next = async () => (await changes.next(stop.signal)).map((file) => relative(directory, file));
  beforeEach(async () => {
    await write({
      "app/index.ts": "1",
      "app/src/deep/part.ts": "1",
      "app/node_modules/x/index.js": "1",
      "app/dist/index.js": "1",
      "lib/dist/index.js": "1",
      "app/plan.json": "1",
      "answers.yaml": "1",
    });
    await symlink(directory, join(directory, "app/circle"));
    changes = new Changes({
      roots: ["app", "lib/dist", "answers.yaml"].map((root) => join(directory, root)),
      except: [join(directory, "app/plan.json"), join(directory, "app/out")],
    });
    await changes.start();
  });
  afterEach(() => changes.close());

  test("are what reads differently, each told once, in new directories too", async () => {
    await write({ "app/index.ts": "2", "app/src/deep/part.ts": "1", "app/new/file.ts": "1" });
    expect(await next()).toEqual(["app/index.ts", "app/new/file.ts"]);
    const waiting = next();
    await write({ "app/new/file.ts": "2", "lib/dist/index.js": "2" });
    expect(await waiting).toEqual(["app/new/file.ts", "lib/dist/index.js"]);
    await rm(join(directory, "app/src"), { recursive: true });
    expect(await next()).toEqual(["app/src/deep/part.ts"]);
    const answered = next();
    await write({ "answers.yaml": "2" });
    expect(await answered).toEqual(["answers.yaml"]);
  });

  test("are not: installed packages, builds of the program, what the plan writes, what reads the same", async () => {
    const waiting = next();
    await write({
      "app/node_modules/x/index.js": "2",
      "app/dist/index.js": "2",
      "app/plan.json": "2",
      "app/out/010-namespace-x.yaml": "2",
      "app/index.ts": "1",
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await write({ "app/src/deep/part.ts": "2" });
    expect(await waiting).toEqual(["app/src/deep/part.ts"]);
  });

  test("end when stopped", async () => {
    const waiting = next();
    stop.abort();
    expect(await waiting).toEqual([]);
    expect(await next()).toEqual([]);
  });
});

test("--watch shows what a change does to the plan, survives a broken program, and ends with Ctrl-C", async () => {
  const source = (name: string) => `new (require("@pulumi/pulumi").ComponentResource)("acme:index:Site", "${name}");\n`;
  const watched = await program(directory, "watched", source("one"));
  const output: string[] = [];
  let wrote = () => {};
  const stdout = {
    write(text: string) {
      output.push(text);
      wrote();
    },
  };
  const seen = async (text: string) => {
    while (!output.join("").includes(text)) {
      await new Promise<void>((resolve) => {
        wrote = resolve;
      });
    }
    return output.splice(0).join("");
  };
  let interrupt = () => {};
  const onInterrupt = (listener: () => void) => {
    interrupt = listener;
    return () => {};
  };
  const ended = aistack(["plan", watched, "--watch", "--no-type-check"], {
    stdout,
    stderr: stdout,
    onInterrupt,
    cwd: watched,
  });

  expect(await seen("Ctrl-C ends\n")).toContain("\nacme Site  one\n");
  await writeFile(join(watched, "Pulumi.yaml"), "name: watched\n");
  expect(await seen("nodejs.\n")).toBe(
    `\nchanged: Pulumi.yaml\nerror: ${watched}/Pulumi.yaml: runtime is missing; it should be nodejs.\n`,
  );
  await writeFile(join(watched, "Pulumi.yaml"), "name: watched\nruntime: nodejs\n");
  await writeFile(join(watched, "index.ts"), source("two"));
  expect((await seen("changed · ")).replace(/·.*$/s, "· TIME")).toBe(`
changed: Pulumi.yaml, index.ts
+ urn:pulumi:dev::watched::acme:index:Site::two
- urn:pulumi:dev::watched::acme:index:Site::one
1 resource added, 1 removed, 0 changed · TIME`);
  interrupt();
  expect((await ended).code).toBe(0);
});

import { createCipheriv, pbkdf2Sync } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type DirectoryOptions, loadAnswers, PlanError, planDirectory, toDocument, unknown } from "./index";

// Each child process takes a second or more, on a busy machine several.
jest.setTimeout(60_000);

const PROGRAMS = join(__dirname, "..", "test-programs");
const base = realpathSync(mkdtempSync(join(tmpdir(), "engine-")));
afterAll(() => rmSync(base, { recursive: true }));

/** A copy of a test program, with the SDK that these tests run against as its dependency. */
function program(name: string, copy = name): string {
  const directory = join(base, copy);
  cpSync(join(PROGRAMS, name), directory, { recursive: true });
  const modules = join(directory, "node_modules");
  mkdirSync(join(modules, "@pulumi"), { recursive: true });
  symlinkSync(dirname(require.resolve("@pulumi/pulumi/package.json")), join(modules, "@pulumi/pulumi"));
  symlinkSync(realpathSync(dirname(require.resolve("@pulumi/aws/package.json"))), join(modules, "@pulumi/aws"));
  symlinkSync(dirname(require.resolve("typescript/package.json")), join(modules, "typescript"));
  return directory;
}

/** A directory with just these files, for what is refused before any program runs. */
let directories = 0;
function files(contents: Readonly<Record<string, string>>): string {
  const directory = join(base, `files-${directories++}`);
  mkdirSync(directory);
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(directory, name), content);
  return directory;
}

async function failure(directory: string, options: DirectoryOptions = {}): Promise<PlanError> {
  const error = await planDirectory(directory, options).then(
    () => new Error("it was planned"),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(PlanError);
  return error;
}

const NODEJS = "name: shop\nruntime: nodejs\n";

describe("a directory", () => {
  test("is planned as it stands: TypeScript, configuration, transforms, outputs, the same bytes every time", async () => {
    const directory = program("typescript");
    const seen: string[] = [];
    const onResource = (urn: string) => seen.push(urn);
    const [graph, again] = await Promise.all([planDirectory(directory, { onResource }), planDirectory(directory)]);
    expect(graph).toMatchObject({ project: "shop", stack: "dev", mode: "preview" });
    expect(graph.outputs).toEqual({
      arn: unknown,
      limits: { cpu: 2, labels: { team: "data" } },
      zones: ["a", "b"],
      region: "eu-central-1",
    });
    const bucket = graph.resources.find(({ type }) => type === "aws:s3/bucket:Bucket");
    expect(bucket?.inputs).toEqual({ tags: { replicas: "2" }, forceDestroy: true });
    expect(graph.diagnostics).toEqual([{ severity: "info", message: "made the goods" }]);
    expect(seen).toEqual(graph.resources.map(({ urn }) => urn));
    const text = JSON.stringify({ ...toDocument(graph), timings: {} });
    expect(text).toBe(JSON.stringify({ ...toDocument(again), timings: {} }));
    expect(text).not.toContain(directory);
  });

  test("of ES modules with a loader is planned too", async () => {
    const graph = await planDirectory(program("modules"), { mode: "simulate" });
    expect(graph.resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack", "test:index:Module"]);
    expect(graph.outputs).toEqual({ urn: graph.resources[1]?.urn });
  });

  test("says why it cannot be planned, whatever the program does", async () => {
    const directory = program("faults");
    const config = (how: string) => ({ how, token: "hush-hush" });
    const run = (how: string, options: DirectoryOptions = {}) =>
      failure(directory, { config: config(how), secretConfigKeys: ["token"], ...options });
    const [throws, refuses, exits, hangs] = await Promise.all([
      run("throws"),
      run("refuses"),
      run("exits"),
      run("hangs", { timeoutMs: 1_500 }),
    ]);
    expect(throws).toMatchObject({ kind: "program", message: "no luck with [secret]", diagnostics: [] });
    expect(throws?.details).toContain("at ");
    expect(refuses?.kind).toBe("input");
    expect(refuses?.faults.map(({ propertyPath }) => propertyPath)).toEqual(["sizes[0].width", "color"]);
    expect(exits).toMatchObject({ kind: "exit", message: "The program called process.exit(3) before it had ended." });
    expect(hangs?.kind).toBe("timeout");
    expect(hangs?.message).toContain("The program did not end within 1500 ms.");
  });

  test("with a program that does not compile is refused with the place", async () => {
    const unfinished = program("mistyped", "unfinished");
    writeFileSync(join(unfinished, "index.ts"), 'import * as pulumi from "@pulumi/pulumi";\n\npulumi.output(1;\n');
    const [broken, mistyped] = await Promise.all([
      failure(unfinished),
      failure(program("mistyped"), { typeCheck: true }),
    ]);
    expect(broken?.kind).toBe("compile");
    expect(broken?.message).toBe("The program does not compile: index.ts:3:16: ')' expected.");
    expect(mistyped?.message).toBe(
      "The program does not compile: index.ts:1:7: Type 'string' is not assignable to type 'number'.",
    );
  });
});

describe("before any program runs", () => {
  test.each<[string, Readonly<Record<string, string>>, DirectoryOptions, string, string]>([
    ["no Pulumi.yaml", {}, {}, "no-project", "has no Pulumi.yaml: it is not a Pulumi program."],
    ["a broken Pulumi.yaml", { "Pulumi.yaml": "name: [" }, {}, "bad-project-file", "Pulumi.yaml is not valid YAML"],
    ["no name", { "Pulumi.yaml": "runtime: nodejs" }, {}, "bad-project-file", "name is missing"],
    [
      "another runtime",
      { "Pulumi.yaml": "name: shop\nruntime: python" },
      {},
      "bad-project-file",
      "runtime is python, but only nodejs programs can be planned.",
    ],
    [
      "a main that is not there",
      { "Pulumi.yaml": `${NODEJS}main: src/` },
      {},
      "bad-project-file",
      "main is src/, which does not exist.",
    ],
    [
      "an unknown stack",
      { "Pulumi.yaml": NODEJS, "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": "" },
      { stack: "live" },
      "unknown-stack",
      "The stack live has no Pulumi.live.yaml",
    ],
    [
      "several stacks and no dev",
      { "Pulumi.yaml": NODEJS, "Pulumi.test.yaml": "", "Pulumi.prod.yaml": "" },
      {},
      "unknown-stack",
      "The project shop has no stack dev; choose one of prod and test.",
    ],
    [
      "a value of the wrong type",
      {
        "Pulumi.yaml": `${NODEJS}config: { size: { type: integer } }`,
        "Pulumi.dev.yaml": "config: { shop:size: big }",
      },
      {},
      "bad-config",
      "The configuration value shop:size should be of type integer, but is 'big'.",
    ],
    [
      "a missing value",
      { "Pulumi.yaml": `${NODEJS}config: { size: { type: integer } }` },
      {},
      "bad-config",
      "The stack dev is missing the configuration value shop:size (integer): set it in Pulumi.dev.yaml.",
    ],
    [
      "a malformed key",
      { "Pulumi.yaml": NODEJS },
      { config: { "a:b:c": "1" } },
      "bad-config",
      "The configuration key 'a:b:c' should be key or namespace:key.",
    ],
  ])("%s is refused", async (_, contents, options, kind, message) => {
    const error = await failure(files(contents), options);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(message);
  });

  // The lowest SDK is found from anywhere, because jest maps its name.
  const mapped = require("@pulumi/pulumi/package.json").version === "3.200.0";
  (mapped ? test.skip : test)(
    "packages that are not installed are named, with the command that installs them",
    async () => {
      const error = await failure(files({ "Pulumi.yaml": NODEJS, "pnpm-lock.yaml": "" }));
      expect(error.kind).toBe("missing-dependencies");
      expect(error.message).toContain("@pulumi/pulumi is not found from");
      expect(error.message).toContain("Run pnpm install there first.");
    },
  );

  test("the stack is dev, else the only one, else any name", async () => {
    const { chooseStack, readProject } = jest.requireActual("./project/project-file");
    const stack = (contents: Readonly<Record<string, string>>, asked?: string) =>
      chooseStack(readProject(files({ "Pulumi.yaml": NODEJS, ...contents })), asked);
    expect(stack({ "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": "" })).toBe("dev");
    expect(stack({ "Pulumi.prod.yaml": "" })).toBe("prod");
    expect(stack({})).toBe("dev");
    expect(stack({}, "live")).toBe("live");
  });
});

describe("the configuration of a stack", () => {
  const { readProject } = jest.requireActual("./project/project-file");
  const { readStackConfig } = jest.requireActual("./project/stack-config");
  // The salt is from Pulumi's own tests, where the passphrase is "password".
  const salt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";

  function seal(text: string): string {
    const key = pbkdf2Sync("password", Buffer.from("fozI5u6B030=", "base64"), 1_000_000, 32, "sha256");
    const nonce = Buffer.alloc(12, 7);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  }

  const read = (stack: string, environment: NodeJS.ProcessEnv, given = {}) => {
    const declared =
      "config:\n  aws:region: { value: eu-west-1 }\n  size: { type: integer, default: 3 }\n  flat: yes\n";
    const directory = files({ "Pulumi.yaml": NODEJS + declared, "Pulumi.dev.yaml": stack });
    return readStackConfig(readProject(directory), "dev", given, environment);
  };

  test("joins the stack's file, what is given beside it, and the project's defaults", () => {
    const config = read(
      "config:\n  shop:zones: [a, b]\n  aws:config:profile: me\n  on: true\n",
      {},
      {
        config: { on: "false", "other:key": "x" },
        secretConfigKeys: ["on"],
      },
    );
    expect(config).toEqual({
      values: {
        "shop:zones": '["a","b"]',
        "aws:profile": "me",
        "shop:on": "false",
        "other:key": "x",
        "aws:region": "eu-west-1",
        "shop:size": "3",
        "shop:flat": "yes",
      },
      secretKeys: ["shop:on"],
      warnings: [],
    });
  });

  test("opens secrets with the passphrase, and without it names those that stay closed", () => {
    const sealed = seal("hush-hush");
    const stack = `encryptionsalt: ${salt}\nconfig:\n  token: { secure: "${sealed}" }\n  db: { user: me, password: { secure: "${sealed}" } }\n`;
    const open = read(stack, { PULUMI_CONFIG_PASSPHRASE: "password" });
    expect(open.values["shop:token"]).toBe("hush-hush");
    expect(open.values["shop:db"]).toBe('{"user":"me","password":"hush-hush"}');
    expect(open.secretKeys).toEqual(["shop:token", "shop:db"]);
    expect(open.warnings).toEqual([]);

    const closed = read(stack, {});
    expect(closed.secretKeys).toEqual(["shop:token", "shop:db"]);
    expect(closed.values["shop:token"]).toBe("secret:shop:token");
    expect(closed.warnings.map(({ message }: { message: string }) => message.split(" is a placeholder")[0])).toEqual([
      "The secret configuration value shop:token",
      "The secret configuration value shop:db",
    ]);
    expect(() => read(stack, { PULUMI_CONFIG_PASSPHRASE: "wrong" })).toThrow("does not open the secret shop:token");
  });
});

test("an answers file is read, or refused with all its faults", () => {
  const answers = (text: string) => loadAnswers(join(files({ "answers.yaml": text }), "answers.yaml"));
  const stackReferences = { "acme/network/prod": { vpcId: "vpc-1" } };
  expect(answers("stackReferences:\n  acme/network/prod: { vpcId: vpc-1 }\n")).toEqual({ stackReferences });
  expect(answers(JSON.stringify({ stackReferences }))).toEqual({ stackReferences });
  expect(answers("")).toEqual({});
  expect(() => answers("invokes:\n  a: { return: 1 }\n  b: [{ when: 1 }]\nextra: {}\n")).toThrow(
    /should have a list of .* in invokes\['a'\].*lacks 'return' in invokes\['b'\]\[0\].*unknown section 'extra'/,
  );
  expect(() => answers("invokes: [")).toThrow("is not valid YAML");
  expect(() => loadAnswers("/nowhere.yaml")).toThrow("The answers file /nowhere.yaml does not exist.");
});

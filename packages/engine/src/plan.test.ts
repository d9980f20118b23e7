import * as pulumi from "@pulumi/pulumi";
import {
  type Answers,
  children,
  type Graph,
  PlanError,
  type PlannedResource,
  plan,
  resource,
  Secret,
  toDocument,
  unknown,
} from "./index";

interface ThingArgs {
  [key: string]: unknown;
}
class Thing extends pulumi.CustomResource {
  declare readonly size: pulumi.Output<number>;
  declare readonly arn: pulumi.Output<string>;
  declare readonly plain: pulumi.Output<number>;
  constructor(name: string, args: ThingArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    super("test:index:Thing", name, { arn: undefined, ...args }, opts);
  }
}
class Group extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions = {}, fill: (group: Group) => void = () => {}) {
    super("test:index:Group", name, {}, opts);
    fill(this);
    this.registerOutputs({ label: `the ${name}` });
  }
}
class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ThingArgs = {}) {
    super("test", name, args as pulumi.Inputs);
  }
}

const urn = (types: string, name: string) => `urn:pulumi:dev::project::${types}::${name}`;
const THING = "test:index:Thing";

async function failure(program: () => unknown, options: Parameters<typeof plan>[1] = {}): Promise<PlanError> {
  const error = await plan(program, options).then(
    () => new Error("it was planned"),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(PlanError);
  return error;
}

describe("resources", () => {
  test("have the full chain of parent types in their URN, without the stack's", async () => {
    const graph = await plan(() => {
      new Group("outer", {}, (outer) => {
        new Group("inner", { parent: outer }, (inner) => new Thing("leaf", {}, { parent: inner }));
      });
      new Thing("top");
    });
    const stack = urn("pulumi:pulumi:Stack", "project-dev");
    expect(graph.resources.map((found) => [found.urn, found.parent])).toEqual(
      expect.arrayContaining([
        [stack, undefined],
        [urn("test:index:Group", "outer"), stack],
        [urn("test:index:Group$test:index:Group", "inner"), urn("test:index:Group", "outer")],
        [urn(`test:index:Group$test:index:Group$${THING}`, "leaf"), urn("test:index:Group$test:index:Group", "inner")],
        [urn(THING, "top"), stack],
      ]),
    );
    expect(graph.resources).toHaveLength(5);
    expect(resource(graph, "outer").outputs).toEqual({ label: "the outer" });
    expect(children(graph, "inner").map(({ name }) => name)).toEqual(["leaf"]);
    expect(() => resource(graph, "test:index:Group")).toThrow("2 resources in the plan");
    expect(() => resource(graph, "absent")).toThrow("No resource in the plan with the URN, type or name absent");
  });

  test("depend on what their options and inputs name, and on the children of a component", async () => {
    const graph = await plan(() => {
      const base = new Thing("base");
      const group = new Group("group", {}, (self) => {
        new Thing("child-b", {}, { parent: self });
        new Thing("child-a", {}, { parent: self });
      });
      new Thing("user", { from: base.id, list: [{ deep: base.arn }], plain: 1 }, { dependsOn: [group] });
    });
    const user = resource(graph, "user");
    const base = urn(THING, "base");
    const inGroup = (name: string) => urn(`test:index:Group$${THING}`, name);
    expect(user.dependencies).toEqual([base, inGroup("child-a"), inGroup("child-b")].sort());
    expect(user.propertyDependencies).toEqual({ from: [base], list: [base] });
    expect(user.inputs).toEqual({ from: unknown, list: [{ deep: unknown }], plain: 1 });
  });

  test("show the options in effect, those inherited from the parent included", async () => {
    const graph = await plan(() => {
      const other = new Thing("other");
      new Group("kept", { protect: true, retainOnDelete: true }, (self) => {
        new Thing("heir", {}, { parent: self });
        new Thing("free", {}, { parent: self, protect: false, retainOnDelete: false });
      });
      new Thing(
        "full",
        {},
        {
          deleteBeforeReplace: true,
          deletedWith: other,
          ignoreChanges: ["size"],
          replaceOnChanges: ["color"],
          additionalSecretOutputs: ["arn"],
          aliases: ["urn:old", { name: "was" }, { type: "test:index:Old", parent: pulumi.rootStackResource }],
          customTimeouts: { create: "5m" },
          import: "thing-1",
          version: "1.2.3",
          pluginDownloadURL: "https://plugins.example",
        },
      );
    });
    expect(resource(graph, "heir").options).toEqual({ protect: true, retainOnDelete: true });
    expect(resource(graph, "free").options).toEqual({ protect: false, retainOnDelete: false });
    const full = resource(graph, "full");
    expect(full.options).toEqual({
      deleteBeforeReplace: true,
      deletedWith: urn(THING, "other"),
      ignoreChanges: ["size"],
      replaceOnChanges: ["color"],
      additionalSecretOutputs: ["arn"],
      aliases: ["urn:old", urn(THING, "was"), urn("test:index:Old", "full")],
      customTimeouts: { create: "5m" },
      importId: "thing-1",
      version: "1.2.3",
      pluginDownloadUrl: "https://plugins.example",
    });
    expect(full.id).toBe("thing-1");
    expect(resource(graph, "other").options).toEqual({});
  });

  test("name an explicit provider, and components hand it down", async () => {
    const graph = await plan(() => {
      const provider = new Provider("near", { region: "here" });
      new Group("group", { providers: [provider] }, (self) => new Thing("inside", {}, { parent: self }));
      new Thing("outside", {}, { provider });
      new Thing("default");
    });
    const reference = `${urn("pulumi:providers:test", "near")}::unknown`;
    expect(resource(graph, "inside").provider).toBe(reference);
    expect(resource(graph, "outside").provider).toBe(reference);
    expect(resource(graph, "group").providers).toEqual({ test: reference });
    expect(resource(graph, "default")).not.toHaveProperty("provider");
  });

  test("carry assets, archives and references to one another", async () => {
    const graph = await plan(() => {
      const base = new Thing("base");
      const group = new Group("group");
      new Thing("user", {
        text: new pulumi.asset.StringAsset("hello"),
        code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.FileAsset("./index.js") }),
        base,
        group,
      });
    });
    expect(JSON.parse(JSON.stringify(resource(graph, "user").inputs))).toEqual({
      text: { $asset: { text: "hello" } },
      code: { $archive: { assets: { "index.js": { $asset: { path: "./index.js" } } } } },
      base: { $resource: urn(THING, "base") },
      group: { $resource: urn("test:index:Group", "group") },
    });
  });

  test("with the same URN are refused in the engine's words", async () => {
    const error = await failure(() => [new Thing("twin"), new Thing("twin")]);
    expect(error.kind).toBe("duplicate");
    expect(error.message).toBe(`Duplicate resource URN '${urn(THING, "twin")}'; try giving it a unique name`);
    expect(error.urn).toBe(urn(THING, "twin"));
  });

  test("that another process would construct are recorded without children, and said to be opaque", async () => {
    class Remote extends pulumi.ComponentResource {
      declare readonly answer: pulumi.Output<string>;
      constructor(name: string, args: ThingArgs) {
        super("test:index:Remote", name, { answer: undefined, ...args }, {}, true);
      }
    }
    const graph = await plan(() => {
      const base = new Thing("base");
      const remote = new Remote("far", { plain: 1, from: base.arn, hidden: pulumi.secret("hush") });
      return { answer: remote.answer };
    });
    const far = resource(graph, "far");
    expect(far).toMatchObject({ remote: true, custom: false, inputs: { plain: 1, from: unknown }, outputs: {} });
    expect((far.inputs.hidden as Secret).reveal()).toBe("hush");
    expect(far.propertyDependencies).toEqual({ from: [urn(THING, "base")] });
    expect(graph.outputs).toEqual({ answer: unknown });
    expect(graph.diagnostics).toEqual([
      {
        severity: "warning",
        message:
          'Another process would construct test:index:Remote "far": its children and outputs are not in this plan.',
        urn: far.urn,
      },
    ]);
  });

  test("that exist already are read, and their outputs come from the answers", async () => {
    const program = () => ({ arn: new Thing("old", { arn: undefined }, { id: "thing-7" }).arn });
    const graph = await plan(program);
    expect(resource(graph, "old")).toMatchObject({ read: true, custom: true, id: "thing-7" });
    expect(graph.outputs).toEqual({ arn: unknown });
    const answered = await plan(program, { answers: { resources: { [THING]: { arn: "arn:7" } } } });
    expect(answered.outputs).toEqual({ arn: "arn:7" });
  });

  test("name the hooks that would run", async () => {
    const graph = await plan(() => {
      const hook = new pulumi.ResourceHook("check", () => {});
      new Thing("hooked", {}, { hooks: { beforeCreate: [hook], afterDelete: [hook] } });
    });
    expect(resource(graph, "hooked").options.hooks).toEqual({ beforeCreate: ["check"], afterDelete: ["check"] });
  });
});

describe("transforms", () => {
  const add = (key: string): pulumi.ResourceTransform => {
    return ({ props, opts }) => ({ props: { ...props, order: [...(props.order ?? []), key] }, opts });
  };

  test("apply to own, to children's and to all resources, in this order", async () => {
    const graph = await plan(() => {
      pulumi.runtime.registerResourceTransform(add("stack"));
      new Group("group", { transforms: [add("parent")] }, (self) => {
        new Thing("child", {}, { parent: self, transforms: [add("own")] });
      });
      new Thing("other");
    });
    expect(resource(graph, "child").inputs.order).toEqual(["own", "parent", "stack"]);
    expect(resource(graph, "other").inputs.order).toEqual(["stack"]);
  });

  test("change options, and keep unknowns and secrets as they are", async () => {
    const graph = await plan(() => {
      const base = new Thing("base");
      const protect: pulumi.ResourceTransform = ({ props, opts }) => ({ props, opts: { ...opts, protect: true } });
      new Thing("user", { arn: base.arn, token: pulumi.secret("hush") }, { transforms: [protect] });
    });
    const user = resource(graph, "user");
    expect(user.options.protect).toBe(true);
    expect(user.inputs.arn).toBe(unknown);
    expect((user.inputs.token as Secret).reveal()).toBe("hush");
    expect(user.propertyDependencies).toEqual({ arn: [urn(THING, "base")] });
  });

  test("apply to invokes", async () => {
    const answers = { invokes: { "test:index:look": [{ when: { name: "changed" }, return: { found: 1 } }] } };
    const graph = await plan(
      () => {
        pulumi.runtime.registerInvokeTransform(({ opts }) => ({ args: { name: "changed" }, opts }));
        return pulumi.runtime.invokeOutput("test:index:look", { name: "given" });
      },
      { answers },
    );
    expect(graph.outputs).toEqual({ found: 1 });
  });
});

describe("values", () => {
  test("are unknown in a preview unless an input gives them, and nothing branches on them", async () => {
    let branched = false;
    const graph = await plan(() => {
      const thing = new Thing("thing", { size: 3 });
      thing.arn.apply(() => {
        branched = true;
      });
      return { size: thing.size, arn: thing.arn, id: thing.id, text: pulumi.interpolate`at ${thing.arn}` };
    });
    expect(graph.outputs).toEqual({ size: 3, arn: unknown, id: unknown, text: unknown });
    expect(resource(graph, "thing")).not.toHaveProperty("id");
    expect(branched).toBe(false);
  });

  test("that are secret stay so on every way", async () => {
    const graph = await plan(
      () => {
        const token = new pulumi.Config().requireSecret("token");
        const thing = new Thing("thing", { token, plain: 1 }, { additionalSecretOutputs: ["arn"] });
        pulumi.log.warn("the token is hush-hush");
        return { derived: pulumi.interpolate`Bearer ${token}`, plain: thing.plain };
      },
      { config: { token: "hush-hush" }, secretConfigKeys: ["token"] },
    );
    expect((graph.outputs.derived as Secret).reveal()).toBe("Bearer hush-hush");
    const { arn } = resource(graph, "thing").outputs;
    expect((arn as Secret).reveal()).toBe(unknown);
    expect(resource(graph, "thing").inputs.token).toBeInstanceOf(Secret);
    expect(graph.diagnostics).toEqual([{ severity: "warning", message: "the token is [secret]" }]);
    const text = JSON.stringify(toDocument(graph));
    expect(text).not.toContain("hush-hush");
    expect(JSON.parse(text).outputs).toEqual({
      derived: { $secret: true },
      plain: 1,
    });
  });

  test("of the configuration are found by key and by namespace", async () => {
    const graph = await plan(
      () => ({
        own: new pulumi.Config().require("size"),
        other: new pulumi.Config("aws").require("region"),
        stack: pulumi.getStack(),
        project: pulumi.getProject(),
        organization: pulumi.getOrganization(),
      }),
      { project: "shop", stack: "prod", config: { size: "3", "aws:region": "eu-west-1" } },
    );
    const expected = { own: "3", other: "eu-west-1", stack: "prod", project: "shop", organization: "organization" };
    expect(graph.outputs).toEqual(expected);
  });
});

describe("the outside world", () => {
  test("answers an invoke by its arguments, and is unknown where these are", async () => {
    const look = "test:index:look";
    const answers: Answers = {
      invokes: {
        [look]: [
          { when: { tags: { stage: "dev" } }, return: { id: "dev-1", key: { $secret: "hush" } } },
          { return: { id: "any" } },
        ],
      },
    };
    const graph = await plan(
      () => {
        const invoke = (args: pulumi.Inputs) => pulumi.runtime.invokeOutput<{ id: string }>(look, args);
        return {
          dev: invoke({ tags: { stage: "dev", more: 1 } }),
          any: invoke({ tags: { stage: "prod" } }),
          later: invoke({ id: new Thing("thing").id }).id,
        };
      },
      { answers },
    );
    expect((graph.outputs.dev as Secret).reveal()).toEqual({ id: "dev-1", key: "hush" });
    expect(graph.outputs.any).toEqual({ id: "any" });
    expect(graph.outputs.later).toBe(unknown);
  });

  test("does not answer an invoke that nothing covers, and shows how to", async () => {
    const error = await failure(() => pulumi.runtime.invoke("test:index:look", { name: "x" }));
    expect(error.kind).toBe("unanswered");
    expect(error.message).toBe(
      [
        "The program asks for test:index:look, which no answer covers. An answers file answers it so:",
        "invokes:",
        "  test:index:look:",
        '    - when: {"name":"x"}',
        '      return: {"property":"value"}',
      ].join("\n"),
    );
  });

  test("answers a call on a component", async () => {
    const program = () => {
      const call = (self: pulumi.Resource) => pulumi.runtime.call("test:index:Group/ask", { __self__: self });
      return { asked: call(new Group("group")) };
    };
    const answers = { calls: { "test:index:Group/ask": [{ return: { mood: "fine" } }] } };
    expect((await plan(program, { answers })).outputs).toEqual({ asked: { mood: "fine" } });
    const error = await failure(program);
    expect(error.kind).toBe("unanswered");
    expect(error.message).toContain('test:index:Group/ask of test:index:Group "group"');
  });

  test("answers a stack reference, secret outputs being secret", async () => {
    const program = () => {
      const network = new pulumi.StackReference("acme/network/prod");
      return { vpc: network.requireOutput("vpcId"), key: network.getOutput("key"), none: network.getOutput("none") };
    };
    const stackReferences = { "acme/network/prod": { vpcId: "vpc-1", key: { $secret: "hush" } } };
    const graph = await plan(program, { answers: { stackReferences } });
    expect(graph.outputs.vpc).toBe("vpc-1");
    expect((graph.outputs.key as Secret).reveal()).toBe("hush");
    expect(resource(graph, "acme/network/prod")).toMatchObject({ read: true, id: "acme/network/prod" });

    const error = await failure(program);
    expect(error.kind).toBe("unanswered");
    expect(error.message).toContain('stackReferences:\n  acme/network/prod: {"outputName":"value"}');
    const wrong = { answers: { stackReferences: { "acme/network/prod": {} } } };
    expect((await failure(program, wrong)).message).toBe(
      "Required output 'vpcId' does not exist on stack 'acme/network/prod'.",
    );
  });
});

describe("a program that fails", () => {
  test.each<[string, () => unknown, string, string]>([
    [
      "throws",
      () => {
        throw new Error("no luck");
      },
      "program",
      "no luck",
    ],
    ["rejects", () => Promise.reject(new Error("came to nothing")), "program", "came to nothing"],
    [
      "fails in an apply that a resource uses",
      () => new Thing("thing", { size: pulumi.output(1).apply(() => Promise.reject(new Error("no size"))) }),
      "program",
      "no size",
    ],
    [
      "fails in an apply that nobody waits for",
      () => {
        pulumi.output(1).apply(() => Promise.reject(new Error("nobody cares")));
      },
      "program",
      "nobody cares",
    ],
    ["logs an error", () => pulumi.log.error("does not fit"), "program", "does not fit"],
    ["calls process.exit", () => process.exit(3), "exit", "The program called process.exit(3) before it had ended."],
  ])("because it %s is refused", async (_, program, kind, message) => {
    const error = await failure(program);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/\n\s+at /);
    expect((await plan(() => ({ fine: true }))).outputs).toEqual({ fine: true });
  });

  test("on its input names every fault", async () => {
    const faults = [
      { propertyPath: "sizes[0].width", reason: "-1 is below 1" },
      { propertyPath: "color", reason: '"pink" is none of red, green' },
    ];
    const error = await failure(() => {
      throw new pulumi.InputPropertiesError({ message: "Thing big is not valid:", errors: faults });
    });
    expect(error.kind).toBe("input");
    expect(error.faults).toEqual(faults);
    expect(error.message).toBe(
      'Thing big is not valid:\n  sizes[0].width: -1 is below 1\n  color: "pink" is none of red, green',
    );
    const one = await failure(() => {
      throw new pulumi.InputPropertyError({ propertyPath: "color", reason: "is pink" });
    });
    expect(one).toMatchObject({ kind: "input", message: "color: is pink", faults: [{ propertyPath: "color" }] });
  });

  test("by never ending is given up, and what was pending is listed", async () => {
    const error = await failure(
      () => {
        new Thing("first");
        new Thing("second", { size: new Promise(() => {}) });
        return new Promise(() => {});
      },
      { timeoutMs: 150 },
    );
    expect(error.kind).toBe("timeout");
    expect(error.message).toContain("The program did not end within 150 ms.");
    expect(error.message).toContain(
      `Last registered: ${urn("pulumi:pulumi:Stack", "project-dev")}, ${urn(THING, "first")}.`,
    );
    const slow: pulumi.ResourceTransform = () => new Promise(() => {});
    const inTransform = await failure(() => new Thing("stuck", {}, { transforms: [slow] }), { timeoutMs: 150 });
    expect(inTransform.message).toContain('Pending: registration of test:index:Thing "stuck".');
  });

  test("does not disturb one that runs at the same time", async () => {
    const good = (name: string) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { name: new Thing(name, { size: 1 }).urn, project: pulumi.getProject() };
    };
    const bad = () => {
      pulumi.output(1).apply(() => Promise.reject(new Error("mine alone")));
      return new Promise((resolve) => setTimeout(resolve, 10));
    };
    const results = await Promise.allSettled([
      plan(good("a"), { project: "one" }),
      plan(bad, { project: "two" }),
      plan(good("b"), { project: "three" }),
    ]);
    const outputs = results.map((result) =>
      result.status === "fulfilled" ? (result.value as Graph).outputs : result.reason.message,
    );
    expect(outputs).toEqual([
      { name: `urn:pulumi:dev::one::${THING}::a`, project: "one" },
      "mine alone",
      { name: `urn:pulumi:dev::three::${THING}::b`, project: "three" },
    ]);
  });
});

test("progress is told resource by resource", async () => {
  const seen: string[] = [];
  await plan(() => new Thing("thing"), { onResource: (registered) => seen.push(registered) });
  expect(seen).toEqual([urn("pulumi:pulumi:Stack", "project-dev"), urn(THING, "thing")]);
});

test("the document is sorted, and the same in every run but for its timings", async () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
  const program = async () => {
    const names = ["c", "a", "b"];
    for (const name of names) new Thing(name, { z: pause().then(() => 1), a: 2 });
    await Promise.all(names.map((name) => pause().then(() => pulumi.log.info(`made ${name}`))));
  };
  const [first, second] = (await Promise.all([plan(program), plan(program)])).map(toDocument);
  expect(first?.schema).toBe("aistack/plan/v1");
  expect(JSON.stringify({ ...first, timings: {} })).toBe(JSON.stringify({ ...second, timings: {} }));
  const names = first?.resources.map(({ name }) => name);
  expect(names).toEqual(["project-dev", "a", "b", "c"]);
  const thing = first?.resources.find(({ name }) => name === "a") as unknown as PlannedResource;
  expect(Object.keys(thing.inputs)).toEqual(["a", "z"]);
  expect(thing).toMatchObject({ protect: false, retainOnDelete: false, aliases: [], options: {} });
});

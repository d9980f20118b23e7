import { PlanError, Secret, toDocument, unknown } from "aistack-engine";
import { assess, viewOfPlan } from "aistack-policy";
import { createColors } from "picocolors";
import { assistant, graph, resource, urnOf } from "./graphs.test.fixture";
import { renderDiff } from "./render/diff";
import { renderPlanError } from "./render/error";
import { renderMarkdown } from "./render/markdown";
import { shortType, shortUrn } from "./render/names";
import { inlineValue } from "./render/outputs";
import { renderPlan } from "./render/summary";
import { nameList, wrap } from "./render/text";
import { diffPlans } from "./watch/diff";

const plain = createColors(false);
const render = (width: number, debug = false, colors = plain) =>
  renderPlan(assistant(), { width, debug, colors, milliseconds: 2134 });

describe("the plan in Markdown", () => {
  const markdown = (plan = assistant()) => renderMarkdown(plan, assess(viewOfPlan(toDocument(plan))));

  test("has a row for each component, with what it creates and what outlives it", () => {
    expect(markdown()).toContain(`### assistant · stack dev

The plan has 24 resources.

|  | resources | of |  |
| --- | --- | --- | --- |
| aws GpuCluster train | 17 | aws 17 | 1 protected |
| aws AuditLogBucket audit | 2 | aws 2 | 1 protected, 1 kept on delete |
| kubernetes VectorStore vectors | 5 | random 1, kubernetes 4 |  |
`);
  });

  test("says that nothing is created", () => {
    expect(markdown(graph([]))).toContain("No resources.");
  });

  test("names are neither Markdown nor HTML, and mention nobody", () => {
    const odd = resource({ type: "aws:s3/bucket:Bucket", name: "a|b`c`<img> @team [x](y)\n# z" });
    expect(markdown(graph([odd]))).toContain(
      "| s3 Bucket a\\|b\\`c\\`&lt;img> &#64;team \\[x\\](y) \\# z | 1 | aws 1 |  |\n",
    );
  });
});

describe("the plan on a terminal", () => {
  test("shows components, what they create, counts, outputs, diagnostics and time within 80 columns", () => {
    expect(render(80)).toBe(`assistant · stack dev · simulate

aws GpuCluster                  train
├─ ec2 Vpc                      train-vpc
├─ ec2 Subnet ×3                train-private-{a,b,c}
├─ iam Role ×5                  train-{cluster,nodes,storage,autoscaler,system}
├─ iam RolePolicyAttachment ×5  train-{cluster-policy,worker-policy} +3 more
├─ eks Cluster                  train-cluster  protected
├─ aws AcceleratorPool          train-h100
│  ├─ ec2 LaunchTemplate        train-h100-template
│  └─ eks NodeGroup             train-h100-nodes
└─ ec2 Shared                   shared-vpc  read, not created
aws AuditLogBucket              audit
└─ s3 Bucket                    audit-records  protected, kept on delete
   └─ s3 BucketPolicy           audit-tls
provider kubernetes             train
kubernetes VectorStore          vectors
├─ random RandomPassword        vectors-api-key
├─ k8s Secret                   vectors-api-key
├─ k8s StatefulSet              vectors
├─ helm Release                 vectors-operator
└─ monitoring ServiceMonitor    vectors
acme Opaque                     elsewhere  contents not shown

24 resources in 5 components (2 protected, 1 kept on delete)
  aws         19
  kubernetes   4
  random       1

outputs
  endpoint  https://vectors.assistant.svc:6333
  apiKey    [secret]
  address   [known after up]
  replicas  3
  empty     {}
  cluster
    name         train
    region       eu-central-1
    token        [secret]
    zones        [eu-central-1a, eu-central-1b]
    certificate  -----BEGIN CERTIFICATE----- … (3 lines)

1 warning
  kubernetes VectorStore vectors: one replica: an update interrupts it
    set replicas to 3

1 message
  Using the shared network.

Planned in 2.1 s. Nothing was created.
`);
  });

  test("uses the width there is, and cuts nothing where the output is piped", () => {
    for (const width of [40, 60, 80, 120]) {
      const tree = render(width).split("\n\n")[1]?.split("\n") ?? [];
      const tooWide = tree.filter((line) => line.length > width && !line.includes("…"));
      expect({ width, tooWide: width < 80 ? [] : tooWide }).toEqual({ width, tooWide: [] });
    }
    expect(render(Number.POSITIVE_INFINITY)).toContain("{cluster-policy,worker-policy,network-policy,registry-policy,");
  });

  test("has debug messages only with --debug, and never a secret", () => {
    expect(render(80)).not.toContain("resolved 3 zones");
    expect(render(80, true)).toContain("\n1 debug message\n  resolved 3 zones\n");
    expect(render(80, true)).not.toContain("hunter2");
  });

  test("has colours only where asked, and they change no text", () => {
    expect(render(80)).not.toContain("\u001b[");
    const coloured = render(80, false, createColors(true));
    expect(coloured).toContain("\u001b[33m  protected\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is to be taken out
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(render(80));
  });

  test("shows an empty program as such", () => {
    const text = renderPlan(graph([]), { width: 80, debug: false, colors: plain, milliseconds: 840 });
    expect(text).toBe("assistant · stack dev · simulate\n\nno resources\n\nPlanned in 840 ms. Nothing was created.\n");
  });
});

test("type tokens and URNs are shortened to two words and a name", () => {
  expect(
    [
      "aws:eks/cluster:Cluster",
      "aistack-aws:index:GpuCluster",
      "random:index/randomPassword:RandomPassword",
      "kubernetes:core/v1:Service",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "kubernetes:gateway.networking.k8s.io/v1:Gateway",
      "kubernetes:helm.sh/v3:Release",
      "kubernetes:yaml:ConfigFile",
      "pulumi:providers:aws",
      "pulumi:pulumi:StackReference",
      "acme:Thing",
      "Thing",
    ].map(shortType),
  ).toEqual([
    "eks Cluster",
    "aws GpuCluster",
    "random RandomPassword",
    "k8s Service",
    "k8s NetworkPolicy",
    "gateway Gateway",
    "helm Release",
    "k8s ConfigFile",
    "provider aws",
    "pulumi StackReference",
    "acme Thing",
    "Thing Thing",
  ]);
  const urn = "urn:pulumi:dev::p::aistack-aws:index:GpuCluster$aws:eks/cluster:Cluster::a::b";
  expect([shortUrn(urn), shortUrn("not-a-urn")]).toEqual(["eks Cluster a::b", "not-a-urn"]);
});

test("names share the words in front and behind, and are counted where they do not fit", () => {
  expect(nameList(["a-b-one", "a-b-two"], 80)).toBe("a-b-{one,two}");
  expect(nameList(["net-public-1-routes", "net-private-1-routes"], 80)).toBe("net-{public,private}-1-routes");
  expect(nameList(["one-role", "two-role"], 80)).toBe("{one,two}-role");
  expect(nameList(["a-b", "a-bc"], 80)).toBe("a-{b,bc}");
  expect(nameList(["a", "a-b"], 80)).toBe("a, a-b");
  expect(nameList(["alpha", "beta"], 80)).toBe("alpha, beta");
  expect(nameList(["alpha", "beta", "gamma"], 14)).toBe("alpha +2 more");
  expect(nameList(["network-one-out", "network-two-out", "network-six-out"], 20)).toBe("…{one,two,six}-out");
  expect(nameList(["network-one-out", "network-two-out", "network-six-out"], 16)).toBe("…{one}-out +2 m…");
  expect(nameList(["a-very-long-name"], 10)).toBe("a-v…g-name");
});

test("long messages break between words, and keep the indentation that they came with", () => {
  expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrap("  - return: value", 12)).toEqual(["  - return:", "  value"]);
  expect(wrap("unbreakable-word x", 6)).toEqual(["unbreakable-word", "x"]);
  expect(wrap("one two", Number.POSITIVE_INFINITY)).toEqual(["one two"]);
  expect(wrap("", 10)).toEqual([""]);
});

test("values fit one line and say what is secret or unknown, at any depth", () => {
  expect(inlineValue({ a: [1, null, unknown], b: { c: new Secret("hunter2") }, d: 'say "hi"' })).toBe(
    '{ a: [1, null, [known after up]], b: { c: [secret] }, d: say "hi" }',
  );
  expect(inlineValue({ $resource: "urn:pulumi:x" })).toBe("urn:pulumi:x");
});

describe("a plan that failed", () => {
  const urn = urnOf("aistack-aws:index:GpuCluster", "train");
  const error = new PlanError("input", 'pools[0].accelerator: "nvidia-h999" is none of nvidia-h100, nvidia-l4', {
    urn,
    faults: [],
    details: "Error: at new GpuCluster (index.ts:3)",
    diagnostics: [
      { severity: "warning", message: "config key gpu is deprecated" },
      { severity: "info", message: "hello" },
    ],
  });

  test("names the component, and what the program warned of; no stack trace", () => {
    expect(renderPlanError(error, false, 80, plain)).toBe(
      'error: aws GpuCluster train: pools[0].accelerator: "nvidia-h999" is none of nvidia-h100, nvidia-l4\n' +
        "warning: config key gpu is deprecated\n",
    );
  });

  test("has the stack trace with --debug", () => {
    expect(renderPlanError(error, true, 80, plain)).toContain("\nError: at new GpuCluster (index.ts:3)\n");
  });
});

test("an error that nobody foresaw is told with its place in the program", () => {
  const details = `TypeError: no such thing
    at helper (/app/node_modules/.pnpm/x/index.js:1:2)
    at node:internal/process/task_queues:95:5
    at new Cluster (/app/src/cluster.ts:12:5)
    at /app/index.ts:3:30`;
  const error = new PlanError("program", "no such thing", { details });
  expect(renderPlanError(error, false, 80, plain)).toBe(
    "error: no such thing\n  at /app/src/cluster.ts:12:5; --debug shows the stack trace\n",
  );
  expect(renderPlanError(error, true, 80, plain)).toBe(`error: no such thing\n${details}\n`);
  expect(renderPlanError(new PlanError("program", "logged"), false, 80, plain)).toBe("error: logged\n");
});

describe("the difference of two plans", () => {
  const bucket = resource({
    type: "aws:s3/bucket:Bucket",
    name: "b",
    inputs: { key: new Secret("one"), tags: { a: "1" } },
  });
  const role = resource({ type: "aws:iam/role:Role", name: "r" });

  test("is by URN, names what differs, and shows no value", () => {
    const after = graph(
      [
        { ...bucket, inputs: { key: new Secret("two"), tags: { a: "2" }, acl: "private" }, options: { protect: true } },
        resource({ type: "aws:iam/role:Role", name: "s" }),
      ],
      { outputs: { url: "https://example.org" } },
    );
    expect(renderDiff(diffPlans(graph([bucket, role]), after), plain)).toEqual([
      "+ urn:pulumi:dev::assistant::aws:iam/role:Role::s",
      "- urn:pulumi:dev::assistant::aws:iam/role:Role::r",
      "~ urn:pulumi:dev::assistant::aws:s3/bucket:Bucket::b (acl, key, tags, protect)",
      "~ stack outputs (url)",
      "1 resource added, 1 removed, 1 changed",
    ]);
  });

  test("is none for the same plan made twice", () => {
    const again = { ...bucket, inputs: { key: new Secret("one"), tags: { a: "1" } } };
    expect(renderDiff(diffPlans(graph([bucket, role]), graph([again, role])), plain)).toEqual([
      "no change in the plan",
    ]);
  });
});

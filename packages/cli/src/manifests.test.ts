import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, unknown } from "aistack-engine";
import { createColors } from "picocolors";
import { parse } from "yaml";
import { graph, object, resource, urnOf } from "./graphs.test.fixture";
import { earlierManifests, writeManifests } from "./manifests/directory";
import { manifestsOf, marker } from "./manifests/files";
import { renderIncomplete, renderManifests } from "./render/manifests";

const pathsOf = (...resources: Parameters<typeof graph>[0]) =>
  manifestsOf(graph(resources)).files.map(({ path }) => path);

describe("file names", () => {
  test("sort in the order to apply in, whatever the order in the program", () => {
    const kinds: [string, string][] = [
      ["monitoring.coreos.com/v1", "ServiceMonitor"],
      ["serving.knative.dev/v1", "Service"],
      ["apps/v1", "StatefulSet"],
      ["batch/v1", "Job"],
      ["v1", "Service"],
      ["v1", "Secret"],
      ["v1", "ConfigMap"],
      ["networking.k8s.io/v1", "NetworkPolicy"],
      ["rbac.authorization.k8s.io/v1", "RoleBinding"],
      ["rbac.authorization.k8s.io/v1", "Role"],
      ["v1", "ServiceAccount"],
      ["storage.k8s.io/v1", "StorageClass"],
      ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
      ["v1", "Namespace"],
    ];
    expect(pathsOf(...kinds.map(([apiVersion, kind]) => object(apiVersion, kind, "x")))).toEqual([
      "010-namespace-x.yaml",
      "020-customresourcedefinition-x.yaml",
      "030-storageclass-x.yaml",
      "050-serviceaccount-x.yaml",
      "060-role-x.yaml",
      "070-rolebinding-x.yaml",
      "080-networkpolicy-x.yaml",
      "090-configmap-x.yaml",
      "100-secret-x.yaml",
      "130-service-x.yaml",
      "160-statefulset-x.yaml",
      "180-job-x.yaml",
      "220-service-x.yaml",
      "220-servicemonitor-x.yaml",
    ]);
  });

  test("hold the namespace, are safe for a file system, and never collide", () => {
    const named = (urn: string, metadata: Record<string, string>) => ({
      ...object("v1", "ConfigMap", urn),
      inputs: { apiVersion: "v1", kind: "ConfigMap", metadata },
    });
    expect(
      pathsOf(
        named("one", { name: "c", namespace: "a-b" }),
        named("two", { name: "b-c", namespace: "a" }),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", "system:node/../x"),
      ),
    ).toEqual(["060-clusterrole-system-node-..-x.yaml", "090-configmap-a-b-c-2.yaml", "090-configmap-a-b-c.yaml"]);
  });

  test("are in a folder for each cluster where there are several", () => {
    const provider = (name: string, inputs = {}) => resource({ type: "pulumi:providers:kubernetes", name, inputs });
    const on = (cluster: string, kind: string, name: string) => ({
      ...object("v1", kind, name),
      provider: `${urnOf("pulumi:providers:kubernetes", cluster)}::some-id`,
    });
    const { files } = manifestsOf(
      graph([
        provider("edge", { namespace: "site" }),
        provider("cloud"),
        on("edge", "ConfigMap", "a"),
        on("edge", "Namespace", "site"),
        on("cloud", "ConfigMap", "b"),
        object("v1", "ConfigMap", "c"),
      ]),
    );
    expect(files.map(({ path }) => path)).toEqual([
      "cloud/090-configmap-b.yaml",
      "default/090-configmap-c.yaml",
      "edge/010-namespace-site.yaml",
      "edge/090-configmap-site-a.yaml",
    ]);
    // The provider's namespace is for objects that live in one.
    expect(files.map(({ text }) => parse(text).metadata)).toEqual([
      { name: "b" },
      { name: "c" },
      { name: "site" },
      { name: "a", namespace: "site" },
    ]);
  });
});

describe("content", () => {
  test("is the object as the program declares it, readable by YAML 1.1", () => {
    const { files } = manifestsOf(
      graph([
        object("v1", "ConfigMap", "settings", { data: { flag: "on", mode: "0644", at: "12:30", text: "a\nb\n" } }),
      ]),
    );
    expect(files).toEqual([
      {
        path: "090-configmap-settings.yaml",
        placeholders: false,
        text: `${marker}
# From assistant, stack dev: k8s ConfigMap settings
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  flag: "on"
  mode: "0644"
  at: "12:30"
  text: |
    a
    b
`,
      },
    ]);
  });

  test("holds no secret: placeholders of the same shape, listed at the top", () => {
    const { files } = manifestsOf(
      graph([
        object("v1", "Secret", "keys", {
          type: "Opaque",
          data: new Secret({ "tls.key": "aHVudGVyMg==", ".dockerconfigjson": "aHVudGVyMg==" }),
          stringData: { token: "hunter2", late: unknown },
        }),
        object("apps/v1", "Deployment", "server", {
          spec: new Secret({
            replicas: 3,
            paused: true,
            nothing: null,
            args: ["hunter2", "", new Secret("hunter2")],
          }),
        }),
        object("v1", "ConfigMap", "mixed", { data: { open: "yes it is", closed: new Secret("hunter2") } }),
      ]),
    );
    const [config, secret, deployment] = files.map(({ text }) => text);
    expect(files.every(({ placeholders }) => placeholders)).toBe(true);
    expect(files.map(({ text }) => text).join()).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(parse(config ?? "").data).toEqual({ open: "yes it is", closed: "aistack-secret-placeholder" });
    expect(config).toContain("# A placeholder stands for the secret in: data.closed\n");
    expect(parse(secret ?? "")).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "keys" },
      type: "Opaque",
      data: {
        "tls.key": Buffer.from("aistack-secret-placeholder").toString("base64"),
        // The API server takes only JSON here.
        ".dockerconfigjson": Buffer.from('{"auths":{"aistack-secret-placeholder":{}}}').toString("base64"),
      },
      stringData: { token: "aistack-secret-placeholder", late: "aistack-secret-placeholder" },
    });
    expect(parse(deployment ?? "").spec).toEqual({
      replicas: 0,
      paused: false,
      nothing: null,
      args: Array(3).fill("aistack-secret-placeholder"),
    });
  });

  test("has the name that the plan gives where the program leaves it open", () => {
    const unnamed = { ...object("v1", "ConfigMap", "c"), inputs: { apiVersion: "v1", kind: "ConfigMap" } };
    expect(pathsOf({ ...unnamed, outputs: { metadata: { name: "c-1a2b3c4d" } } })).toEqual([
      "090-configmap-c-1a2b3c4d.yaml",
    ]);
    expect(manifestsOf(graph([unnamed])).incomplete).toEqual([{ urn: unnamed.urn, unknowns: ["metadata.name"] }]);
  });

  test("of a list is a file for each item", () => {
    const list = object("v1", "ConfigMapList", "list", {
      items: [{ metadata: { name: "a" } }, { metadata: { name: "b" }, data: { k: "v" } }],
    });
    const { files } = manifestsOf(graph([list]));
    expect(files.map(({ path }) => path)).toEqual(["090-configmap-a.yaml", "090-configmap-b.yaml"]);
    expect(parse(files[1]?.text ?? "")).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "b" },
      data: { k: "v" },
    });
  });
});

describe("what is not written", () => {
  const release = {
    ...object("helm.sh/v3", "Release", "operator"),
    inputs: { chart: "qdrant" },
  };
  const opaque = { ...object("yaml/v2", "ConfigGroup", "files"), custom: false, remote: true };
  const chart = { ...object("helm.sh/v3", "Chart", "old"), custom: false };
  const existing = { ...object("v1", "Namespace", "there"), read: true };
  const open = object("apps/v1", "Deployment", "server", {
    spec: { template: { containers: [{ image: unknown, env: { "a.b": unknown } }] } },
  });
  const closed = object("v1", "Secret", "keys", { data: new Secret(unknown) });
  const hidden = object("batch/v1", "Job", "once", { spec: new Secret({ image: unknown }) });
  const aws = resource({ type: "aws:s3/bucket:Bucket", name: "b" });
  const manifests = manifestsOf(
    graph([release, opaque, chart, existing, open, closed, hidden, aws, object("v1", "Namespace", "n")]),
  );

  test("is told with the reason: charts, what the provider expands, what exists", () => {
    expect(manifests.files.map(({ path }) => path)).toEqual(["010-namespace-n.yaml"]);
    expect(renderManifests(manifests, "out", createColors(false))).toBe(`1 manifest written to out
  not written: k8s Namespace there, read from the cluster, where it exists
  not written: helm Release operator, created by the chart qdrant
  not written: k8s ConfigGroup files, expanded by the Kubernetes provider during up
`);
  });

  test("for want of a value is told with its path", () => {
    expect(renderIncomplete(manifests, "simulate", createColors(false))).toBe(
      "error: 3 objects could not be written, because these values are only known after up:\n" +
        '  k8s Deployment server: spec.template.containers[0].image, spec.template.containers[0].env["a.b"]\n' +
        "  k8s Job once: spec.image\n" +
        "  k8s Secret keys: data\n" +
        "  Set them in the program, or give them in --answers under `resources`.\n",
    );
    expect(renderIncomplete(manifestsOf(graph([aws])), "simulate", createColors(false))).toBe("");
  });
});

describe("the directory", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "aistack-manifests-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("is made, and holds after a second run what that run wrote and nothing older", async () => {
    const target = join(directory, "deep", "out");
    const { files } = manifestsOf(graph([object("v1", "ConfigMap", "a"), object("v1", "ConfigMap", "b")]));
    await writeManifests(target, "out", files, await earlierManifests(target, "out"));
    await writeManifests(target, "out", files.slice(1), await earlierManifests(target, "out"));
    expect(await readdir(target)).toEqual(["090-configmap-b.yaml"]);
  });

  test.each([
    ["a foreign file", "notes.txt", "mine"],
    ["a manifest of another origin", "pod.yaml", "apiVersion: v1\n"],
    ["one in a folder", "sub/pod.yaml", "apiVersion: v1\n"],
    ["a file that only claims it", "pod.txt", `${marker}\n`],
  ])("is refused with %s in it", async (_case, file, text) => {
    await mkdir(join(directory, "sub"));
    await writeFile(join(directory, file), text);
    await expect(earlierManifests(directory, "out")).rejects.toThrow(
      `--manifests out: the directory holds ${file}, which this command has not written. Name an empty directory or a new one.`,
    );
  });

  test("is refused where it is a file", async () => {
    await writeFile(join(directory, "file"), "");
    await expect(earlierManifests(join(directory, "file"), "file")).rejects.toThrow(
      "--manifests file: not a directory that can be read (ENOTDIR).",
    );
  });
});

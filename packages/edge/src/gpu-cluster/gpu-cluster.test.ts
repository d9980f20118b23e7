import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { Accelerator, bindingField, kubernetesProvider, Platform, SharingStrategy, TaintEffect } from "aistack-core";
import { children, type Graph, type Mode, resource, Secret, toDocument } from "aistack-engine";
import { parse } from "yaml";
import { created, custom, fileIn, hostKey, inputs, machine, modes, planned, script, waitsFor } from "../testing";
import type { GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";
import { kubeconfigFor } from "./kubeconfig";
import { k3sVersions, versionFault, versionsRead } from "./versions";

const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nnobody-may-see-this\n-----END OPENSSH PRIVATE KEY-----\n";
const l4 = { name: "inference", accelerator: Accelerator.NvidiaL4 };

/** Three servers and two agents, one with GPUs. */
const site: GpuClusterArgs = {
  servers: [machine("cp-1", 11), machine("cp-2", 12), machine("cp-3", 13)],
  agents: [machine("gpu-1", 21, { pool: "inference", user: "ops" }), machine("worker-1", 31)],
  pools: [l4],
  privateKey,
};

const cluster = (args: GpuClusterArgs = {}, mode?: Mode): Promise<Graph> =>
  planned(() => new GpuCluster("site", { ...site, ...args }), mode);

/** The cluster's own children, without those of the runtime, which has its own tests. */
const own = (graph: Graph) => created(graph).filter((row) => !row.startsWith("site-runtime"));
const scriptOf = (graph: Graph, name: string, when = "create") => script(inputs(graph, name, when));
const config = (graph: Graph, name: string) =>
  parse(fileIn(scriptOf(graph, `site-${name}-k3s`), "/etc/rancher/k3s/config.yaml"));
/** What each resource is made from, by URN. */
const byUrn = (graph: Graph) => new Map(custom(graph).map((row) => [row.urn, JSON.stringify(inputs(graph, row.urn))]));
/** Names of the resources that are not the same in two plans. */
function changed(before: Graph, after: Graph): string[] {
  const [one, other] = [byUrn(before), byUrn(after)];
  const urns = [...new Set([...one.keys(), ...other.keys()])].filter((urn) => one.get(urn) !== other.get(urn));
  return urns.map((urn) => urn.split("::").at(-1) as string).sort();
}

describe.each(modes)("in %s", (mode) => {
  test("three servers and two agents create these children and no others", async () => {
    const graph = await cluster({}, mode);
    expect(own(graph)).toEqual([
      "site-agent-token RandomPassword",
      "site-bootstrap Command",
      "site-cp-1-k3s Command",
      "site-cp-2-k3s Command",
      "site-cp-3-k3s Command",
      "site-gpu-1-k3s Command",
      "site-gpu-1-member Command",
      "site-kubeconfig Command",
      "site-kubernetes kubernetes",
      "site-local-volumes StorageClass",
      "site-token RandomPassword",
      "site-tokens Command",
      "site-worker-1-k3s Command",
      "site-worker-1-member Command",
    ]);
    expect(
      children(graph, "site-gpu-1")
        .map((row) => row.name)
        .sort(),
    ).toEqual(["site-gpu-1-k3s", "site-gpu-1-member"]);
    expect(graph.resources.filter((row) => row.type !== "pulumi:pulumi:Stack" && !row.parent)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("a single machine needs nothing to join by", async () => {
    const graph = await cluster({ servers: [machine("box", 11)], agents: [], pools: [] }, mode);
    expect(own(graph)).toEqual([
      "site-agent-token RandomPassword",
      "site-bootstrap Command",
      "site-box-k3s Command",
      "site-kubeconfig Command",
      "site-kubernetes kubernetes",
      "site-local-volumes StorageClass",
      "site-token RandomPassword",
    ]);
  });

  test("tokens of service accounts name the issuer given, beside the cluster's own, and servers alone get its key", async () => {
    const signingKeyPem = "-----BEGIN PRIVATE KEY-----\nsigns\n-----END PRIVATE KEY-----\n";
    const serviceAccountIssuer = { url: pulumi.output("https://keys.example"), signingKeyPem };
    const graph = await cluster({ serviceAccountIssuer }, mode);
    for (const name of ["cp-1", "cp-2", "cp-3"]) {
      if (mode === "simulate")
        expect(config(graph, name)["kube-apiserver-arg"].slice(-3)).toEqual([
          "service-account-issuer-=https://keys.example",
          "service-account-key-file+=/etc/rancher/k3s/service-account.key",
          "service-account-signing-key-file=/etc/rancher/k3s/service-account.key",
        ]);
      if (mode === "simulate" || name === "cp-1") {
        const stdin = inputs(graph, `site-${name}-k3s`, "stdin");
        if (typeof stdin === "string")
          expect(Buffer.from(stdin.split("\n")[2] ?? "", "base64").toString()).toBe(signingKeyPem);
      }
    }
    const [without, others] = [await cluster({}, mode), changed(await cluster({}, mode), graph)];
    expect(JSON.stringify(inputs(without, "site-cp-1-k3s", "create"))).not.toContain("service-account-issuer");
    expect(others.filter((name) => /gpu-1|worker-1/.test(name))).toEqual([]);
    expect(JSON.stringify(toDocument(graph))).not.toMatch(/signs|PRIVATE KEY/);
  });

  test("no key, token or password is in any plain input, nor in the plan", async () => {
    const registry = { username: "edge", password: "nobody-may-see-that" };
    const graph = await cluster(
      {
        registry,
        mirror: { images: "registry.local" },
        bastion: { address: "192.0.2.1", hostKey, privateKey: privateKey.replace("this", "those") },
      },
      mode,
    );
    const text = JSON.stringify(toDocument(graph));
    expect(text).not.toMatch(/nobody-may-see/);
    for (const row of custom(graph).filter((found) => found.type.startsWith("command:"))) {
      expect(row.inputs.connection).toBeInstanceOf(Secret);
      expect(row.inputs.environment).toBeUndefined();
      expect(row.inputs.addPreviousOutputInEnv ?? false).toBe(false);
      if (row.inputs.stdin !== undefined && mode === "simulate") expect(row.inputs.stdin).toBeInstanceOf(Secret);
    }
    for (const name of ["site-token", "site-agent-token"]) {
      const { result } = resource(graph, name).outputs as { result?: { reveal?: () => unknown } };
      const token = result?.reveal?.();
      if (mode === "simulate") expect(token).toMatch(/^\w{48}$/);
      if (typeof token === "string") expect(text).not.toContain(token);
    }
    for (const name of ["site-tokens", "site-kubeconfig"]) {
      expect(resource(graph, name).options.additionalSecretOutputs).toEqual(
        expect.arrayContaining(["stdout", "stderr", "connection"]),
      );
      expect(inputs(graph, name, "logging")).toBe("none");
    }
  });

  test("servers come one after another, agents after them, workloads after all", async () => {
    const program = () => {
      const { binding } = new GpuCluster("site", site);
      const provider = kubernetesProvider(binding, "another");
      const storageClass = bindingField(binding, "storageClass").apply((name) => name as string);
      new ConfigMap("consumer", { data: { storageClass } }, { provider });
      return {
        storageClass,
        platform: bindingField(binding, "platform"),
        accelerators: bindingField(binding, "accelerators"),
      };
    };
    const graph = await planned(program, mode);
    expect(waitsFor(graph, "site-cp-1-k3s")).toContain("site-bootstrap");
    expect(waitsFor(graph, "site-cp-2-k3s")).toEqual(expect.arrayContaining(["site-cp-1-k3s", "site-tokens"]));
    expect(waitsFor(graph, "site-cp-2-k3s")).not.toContain("site-cp-3-k3s");
    expect(waitsFor(graph, "site-cp-3-k3s")).toContain("site-cp-2-k3s");
    expect(waitsFor(graph, "site-gpu-1-k3s")).toEqual(
      expect.arrayContaining(["site-cp-1-k3s", "site-cp-2-k3s", "site-cp-3-k3s"]),
    );
    expect(waitsFor(graph, "site-gpu-1-member")).toContain("site-gpu-1-k3s");
    expect(waitsFor(graph, "site-kubernetes")).toEqual(
      expect.arrayContaining(["site-cp-3-k3s", "site-gpu-1-member", "site-worker-1-member", "site-kubeconfig"]),
    );
    expect(custom(graph).filter((row) => row.type === "pulumi:providers:kubernetes")).toHaveLength(1);
    expect(graph.outputs).toEqual({
      storageClass: "aistack-local",
      platform: "edge",
      accelerators: [
        {
          accelerator: "nvidia-l4",
          perNode: 1,
          maxNodes: 1,
          nodeLabels: { "aistack.dev/accelerator": "nvidia-l4", "aistack.dev/pool": "inference" },
        },
      ],
    });
  });
});

describe("settings of k3s", () => {
  test("a server is hardened as the CIS guide of k3s asks", async () => {
    const graph = await cluster({ podSecurityExemptions: ["legacy"] });
    expect(config(graph, "cp-1")).toEqual({
      "node-name": "cp-1",
      "token-file": "/etc/rancher/k3s/token",
      "agent-token-file": "/etc/rancher/k3s/agent-token",
      "tls-san": ["192.0.2.11"],
      "write-kubeconfig-mode": "0600",
      "secrets-encryption": true,
      disable: ["traefik", "servicelb"],
      "flannel-backend": "wireguard-native",
      "etcd-snapshot-schedule-cron": "0 */6 * * *",
      "etcd-snapshot-retention": 28,
      "etcd-snapshot-compress": true,
      "kube-apiserver-arg": expect.arrayContaining([
        "enable-admission-plugins=NodeRestriction,EventRateLimit",
        "admission-control-config-file=/var/lib/rancher/k3s/server/admission.yaml",
        "audit-policy-file=/var/lib/rancher/k3s/server/audit.yaml",
        "audit-log-path=/var/lib/rancher/k3s/server/logs/audit.log",
      ]),
      "kube-controller-manager-arg": ["terminated-pod-gc-threshold=100"],
      "protect-kernel-defaults": true,
      "kubelet-arg": expect.arrayContaining(["streaming-connection-idle-timeout=5m"]),
      "node-label": [],
      "node-taint": [],
    });
    const text = scriptOf(graph, "site-cp-1-k3s");
    const admission = parse(fileIn(text, "/var/lib/rancher/k3s/server/admission.yaml"));
    expect(admission.plugins[0]).toMatchObject({
      name: "PodSecurity",
      configuration: { defaults: { enforce: "restricted" }, exemptions: { namespaces: ["kube-system", "legacy"] } },
    });
    expect(parse(fileIn(text, "/var/lib/rancher/k3s/server/audit.yaml"))).toMatchObject({
      kind: "Policy",
      rules: expect.arrayContaining([{ level: "Metadata" }]),
    });
  });

  test("a joining server and an agent differ in what they must, and only the agent gets the taint of its GPUs", async () => {
    const graph = await cluster();
    expect(config(graph, "cp-2")).toEqual({
      ...config(graph, "cp-1"),
      "node-name": "cp-2",
      server: "https://192.0.2.11:6443",
      "tls-san": ["192.0.2.12"],
    });
    expect(config(graph, "gpu-1")).toEqual({
      "node-name": "gpu-1",
      server: "https://192.0.2.11:6443",
      "token-file": "/etc/rancher/k3s/token",
      "protect-kernel-defaults": true,
      "kubelet-arg": expect.any(Array),
      "default-runtime": "nvidia",
      "node-label": ["aistack.dev/accelerator=nvidia-l4", "aistack.dev/pool=inference"],
      "node-taint": ["nvidia.com/gpu=present:NoSchedule"],
    });
    expect(config(graph, "worker-1")["default-runtime"]).toBeUndefined();
    const box = await cluster({ servers: [machine("box", 1, { pool: "inference" })], agents: [] });
    expect(config(box, "box")).toMatchObject({
      "default-runtime": "nvidia",
      "node-label": ["aistack.dev/accelerator=nvidia-l4", "aistack.dev/pool=inference"],
      "node-taint": [],
    });
  });

  test("fixed and internal addresses, labels, taints and sharing get where they belong", async () => {
    const graph = await cluster({
      servers: [machine("cp-1", 11, { internalAddress: "10.0.0.11" })],
      agents: [
        machine("gpu-1", 21, {
          pool: "inference",
          internalAddress: "10.0.0.21",
          labels: { line: "4" },
          taints: [{ key: "example.org/line", value: "4", effect: TaintEffect.NoExecute }],
        }),
      ],
      pools: [{ ...l4, sharing: { strategy: SharingStrategy.TimeSlicing, replicas: 4 }, labels: { tier: "edge" } }],
      tlsSans: ["k3s.example.org"],
      encryptPodTraffic: false,
    });
    expect(config(graph, "cp-1")).toMatchObject({
      "node-ip": "10.0.0.11",
      "tls-san": ["192.0.2.11", "10.0.0.11", "k3s.example.org"],
      "flannel-backend": "vxlan",
    });
    expect(config(graph, "gpu-1")).toMatchObject({
      server: "https://10.0.0.11:6443",
      "node-ip": "10.0.0.21",
      "node-label": expect.arrayContaining(["line=4", "tier=edge", "nvidia.com/device-plugin.config=time-slicing-4"]),
      "node-taint": ["example.org/line=4:NoExecute", "nvidia.com/gpu=present:NoSchedule"],
    });
    const fixed = await cluster({ apiAddress: "k3s.example.org" });
    expect(config(fixed, "gpu-1").server).toBe("https://k3s.example.org:6443");
    expect(config(fixed, "cp-1")["tls-san"]).toEqual(["192.0.2.11", "k3s.example.org"]);
  });

  test("the mirror stands in for every public registry, and its password comes on standard input", async () => {
    const mirror = { images: "registry.local:5000/mirror" };
    const caCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const graph = await cluster({ mirror, registry: { caCertificate, username: "edge", password: "pa55" } });
    const [token, agentToken, , ...lines] = inputs(graph, "site-cp-1-k3s", "stdin").split("\n");
    expect([token, agentToken]).toEqual([expect.stringMatching(/^\w{48}$/), expect.stringMatching(/^\w{48}$/)]);
    expect(parse(lines.join("\n"))).toEqual({
      mirrors: expect.objectContaining({
        "docker.io": {
          endpoint: ["https://registry.local:5000"],
          rewrite: { "^(.*)$": "mirror/docker.io/$1" },
        },
        "nvcr.io": { endpoint: ["https://registry.local:5000"], rewrite: { "^(.*)$": "mirror/nvcr.io/$1" } },
      }),
      configs: {
        "registry.local:5000": {
          auth: { username: "edge", password: "pa55" },
          tls: { ca_file: "/etc/rancher/k3s/registry-ca.pem" },
        },
      },
    });
    expect(config(graph, "cp-1")["disable-default-registry-endpoint"]).toBe(true);
    expect(fileIn(scriptOf(graph, "site-cp-1-k3s"), "/etc/rancher/k3s/registry-ca.pem")).toBe(caCertificate);
    expect(inputs(await cluster(), "site-cp-1-k3s", "stdin")).toMatch(/^\w{48}\n\w{48}\n\n$/);
  });

  test("with a bundle nothing is downloaded, without one the release is pinned", async () => {
    const offline = await cluster({ bundlePath: "bundles/k3s" });
    const names = own(offline).filter((row) => row.includes("gpu-1"));
    expect(names).toEqual([
      "site-gpu-1-bundle CopyToRemote",
      "site-gpu-1-images Command",
      "site-gpu-1-k3s Command",
      "site-gpu-1-member Command",
    ]);
    expect(waitsFor(offline, "site-gpu-1-k3s")).toContain("site-gpu-1-images");
    expect(waitsFor(offline, "site-gpu-1-images")).toContain("site-gpu-1-bundle");
    for (const row of custom(offline).filter((found) => found.type === "command:remote:Command"))
      expect(scriptOf(offline, row.name)).not.toMatch(/curl|wget|get\.k3s\.io/);
    const online = scriptOf(await cluster(), "site-gpu-1-k3s");
    expect(online).toContain('INSTALL_K3S_VERSION="v1.36.2+k3s1"');
    expect(online).toContain("https://get.k3s.io");
    expect(online).not.toMatch(/\| *(ba)?sh\b/);
  });

  test("every version of the table that is supported can be installed, and an exact release too", async () => {
    for (const { minor, release, supportEnds, source } of k3sVersions) {
      expect(release).toMatch(new RegExp(`^v${minor}\\.\\d+\\+k3s\\d+$`));
      expect(source).toContain("k3s");
      expect(versionFault(minor) === undefined).toBe(supportEnds > versionsRead);
    }
    const graph = await cluster({ kubernetesVersion: "v1.35.9+k3s1" });
    expect(scriptOf(graph, "site-cp-1-k3s")).toContain('wanted="v1.35.9+k3s1"');
  });
});

describe("how machines are reached", () => {
  test("with their host keys, through the bastion if there is one, and by sudo where the user is not root", async () => {
    const graph = await cluster({ bastion: { address: "192.0.2.1", user: "jump", hostKey } });
    expect(inputs(graph, "site-gpu-1-k3s", "connection")).toMatchObject({
      host: "192.0.2.21",
      user: "ops",
      port: 22,
      hostKey,
      privateKey,
      proxy: { host: "192.0.2.1", user: "jump", port: 22, hostKey, privateKey },
    });
    expect(inputs(graph, "site-gpu-1-k3s", "create")).toMatch(/^sudo -n bash -c '/);
    expect(inputs(graph, "site-cp-1-k3s", "create")).toMatch(/^bash -c '/);
    // A server speaks for the agent in the cluster.
    expect(inputs(graph, "site-gpu-1-member", "connection.host")).toBe("192.0.2.11");
  });

  test("without a key by the SSH agent of whoever runs Pulumi", async () => {
    const graph = await planned(() => new GpuCluster("site", { servers: [machine("box", 11)] }));
    expect(inputs(graph, "site-box-k3s", "connection").privateKey).toBeUndefined();
  });

  test("addresses may come from elsewhere", async () => {
    const program = () =>
      new GpuCluster("site", { servers: [machine("box", 0, { address: pulumi.output("192.0.2.77") })] });
    const graph = await planned(program);
    expect(inputs(graph, "site-box-k3s", "connection.host")).toBe("192.0.2.77");
    expect(config(graph, "box")["tls-san"]).toEqual(["192.0.2.77"]);
    const bad = () => new GpuCluster("site", { servers: [machine("box", 0, { address: pulumi.output("$(reboot)") })] });
    await expect(planned(bad)).rejects.toThrow(/servers\[0\]\.address is "\$\(reboot\)", but must be an IPv4 address/);
  });
});

describe("what a change touches", () => {
  const [gpu, worker] = site.agents as [ReturnType<typeof machine>, ReturnType<typeof machine>];
  const [cp1, cp2, cp3] = site.servers as [typeof gpu, typeof gpu, typeof gpu];

  test("another order of machines and pools: nothing", async () => {
    const pools = [l4, { name: "spare", accelerator: Accelerator.NvidiaT4 }];
    const agents = [gpu, worker, machine("gpu-2", 22, { pool: "spare" })];
    const before = await cluster({ pools, agents });
    const after = await cluster({
      pools: [...pools].reverse(),
      agents: [...agents].reverse(),
      servers: [cp1, cp3, cp2],
    });
    expect(changed(before, after)).toEqual([]);
  });

  test("an agent added or removed: its own children", async () => {
    const more = await cluster({ agents: [gpu, worker, machine("a-new-one", 41)] });
    expect(changed(await cluster(), more)).toEqual(["site-a-new-one-k3s", "site-a-new-one-member"]);
    expect(changed(await cluster(), await cluster({ agents: [gpu] }))).toEqual([
      "site-worker-1-k3s",
      "site-worker-1-member",
    ]);
  });

  test("an agent replaced by another machine: its own children, the old one first", async () => {
    const before = await cluster();
    const after = await cluster({ agents: [{ ...gpu, address: "192.0.2.99" }, worker] });
    expect(changed(before, after)).toEqual(["site-gpu-1-k3s", "site-gpu-1-member"]);
    for (const name of ["site-gpu-1-k3s", "site-gpu-1-member"]) {
      expect(inputs(after, name, "triggers")).toEqual(["192.0.2.99"]);
      expect(resource(after, name).options.deleteBeforeReplace).toBe(true);
    }
  });

  test("servers added: their own children, and who else the first one would find", async () => {
    const before = await cluster({ servers: [cp1] });
    expect(changed(before, await cluster())).toEqual(["site-bootstrap", "site-cp-2-k3s", "site-cp-3-k3s"]);
  });

  test("the first server replaced: on the others nothing is installed again", async () => {
    const fixed = { apiAddress: "k3s.example.org" };
    const before = await cluster(fixed);
    const after = await cluster({ ...fixed, servers: [{ ...cp1, address: "192.0.2.99" }, cp2, cp3] });
    expect(changed(before, after)).toEqual([
      "site-bootstrap",
      "site-cp-1-k3s",
      "site-gpu-1-member",
      "site-kubeconfig",
      "site-tokens",
      "site-worker-1-member",
    ]);
    expect(scriptOf(after, "site-bootstrap")).toContain('for server in "192.0.2.12" "192.0.2.13"; do');
  });

  test("a new version: every machine, in place", async () => {
    const [before, after] = [await cluster(), await cluster({ kubernetesVersion: "1.35" })];
    expect(changed(before, after)).toEqual([
      "site-cp-1-k3s",
      "site-cp-2-k3s",
      "site-cp-3-k3s",
      "site-gpu-1-k3s",
      "site-kubeconfig",
      "site-worker-1-k3s",
    ]);
    for (const name of ["site-cp-1-k3s", "site-gpu-1-k3s"])
      expect(inputs(after, name, "triggers")).toEqual(inputs(before, name, "triggers"));
  });
});

test("servers are protected unless told otherwise; agents can go", async () => {
  const graph = await cluster();
  expect(resource(graph, "site-cp-1-k3s").options.protect).toBe(true);
  expect(resource(graph, "site-gpu-1-k3s").options.protect ?? false).toBe(false);
  const open = await cluster({ deletionProtection: false });
  expect(resource(open, "site-cp-1-k3s").options.protect ?? false).toBe(false);
});

test("a removed agent is drained by a server before k3s is uninstalled, a server drains itself", async () => {
  const graph = await cluster();
  expect(scriptOf(graph, "site-gpu-1-member", "delete")).toMatch(/kubectl drain "gpu-1"[\s\S]+delete node "gpu-1"/);
  expect(scriptOf(graph, "site-gpu-1-k3s", "delete")).toContain("k3s-agent-uninstall.sh");
  expect(scriptOf(graph, "site-gpu-1-k3s", "delete")).not.toContain("drain");
  expect(scriptOf(graph, "site-cp-2-k3s", "delete")).toMatch(
    /drain "cp-2"[\s\S]+delete node "cp-2"[\s\S]+k3s-uninstall/,
  );
});

test("volumes lie on the machines' disks, or where a class that exists puts them", async () => {
  expect(inputs(await cluster(), "site-local-volumes")).toMatchObject({
    metadata: { name: "aistack-local" },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  expect(created(await cluster({ storageClass: "longhorn" }))).not.toContainEqual(
    expect.stringContaining("StorageClass"),
  );
});

test("an adopted cluster creates nothing", async () => {
  const existing = { name: "plant", platform: Platform.Edge, kubeconfig: "{}" };
  const graph = await planned(() => ({ binding: new GpuCluster("site", { existing }).binding }));
  expect(custom(graph)).toEqual([]);
  expect(graph.outputs.binding).toEqual(existing);
});

test("the kubeconfig gets the address by which the API is reached", () => {
  const text = "clusters:\n- cluster:\n    server: https://127.0.0.1:6443\n";
  expect(kubeconfigFor(text, "192.0.2.11")).toBe("clusters:\n- cluster:\n    server: https://192.0.2.11:6443\n");
  expect(() => kubeconfigFor("", "192.0.2.11")).toThrow(/does not hold https:\/\/127\.0\.0\.1:6443/);
});

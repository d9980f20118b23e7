/** The scripts that run on machines: judged by bash and shellcheck, and run for real under a directory of their own. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Accelerator } from "aistack-core";
import type { Graph } from "aistack-engine";
import { parse } from "yaml";
import { custom, inputs, machine, planned, script } from "../testing";
import { GpuCluster } from "./gpu-cluster";
import { bootstrapScript } from "./scripts/machine";
import { asRoot, word } from "./scripts/prelude";

const release = "v1.36.2+k3s1";
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

let graphs: { [kind: string]: Graph };
beforeAll(async () => {
  const site = {
    servers: [machine("cp-1", 11), machine("cp-2", 12), machine("cp-3", 13)],
    agents: [machine("gpu-1", 21, { pool: "inference", labels: { line: "4" } })],
    pools: [{ name: "inference", accelerator: Accelerator.NvidiaL4 }],
  };
  graphs = {
    online: await planned(() => new GpuCluster("site", site)),
    offline: await planned(() => new GpuCluster("site", { ...site, bundlePath: "release/k3s" })),
  };
});

/** A machine that is a directory; what would change the real one is a program that writes down its arguments. */
class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), "aistack-edge-"));

  constructor() {
    this.program(
      "/usr/local/bin/systemctl",
      'case "$1" in is-active) [ -f "$AISTACK_ROOT/running" ] ;; restart) : >"$AISTACK_ROOT/running" ;; esac',
    );
    this.program("/usr/local/bin/modprobe", ":");
    this.program("/usr/local/bin/sysctl", '[ -f "$3" ]');
    this.program("/usr/local/bin/nvidia-smi", ":");
    this.program("/usr/local/bin/nvidia-container-runtime", ":");
    // The installation script of k3s, as far as it matters here.
    this.program("/usr/local/bin/curl", 'while [ "$1" != -o ]; do shift; done; cp "$AISTACK_ROOT/install.sh" "$2"');
    this.write(
      "/install.sh",
      `mkdir -p "$AISTACK_ROOT/etc/systemd/system"
echo "installer $1 \${INSTALL_K3S_VERSION:-offline} $(env | grep -c "^K3S_")" >>"$AISTACK_ROOT/calls"
case "$1" in agent) name=k3s-agent ;; *) name=k3s ;; esac
: >"$AISTACK_ROOT/etc/systemd/system/$name.service"
[ -n "\${INSTALL_K3S_SKIP_DOWNLOAD:-}" ] || cp "$AISTACK_ROOT/k3s" "$AISTACK_ROOT/usr/local/bin/k3s"
`,
    );
    this.program("/k3s", k3s(release));
  }

  write(path: string, content: string, mode = 0o600): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
    chmodSync(join(this.root, path), mode);
  }

  /** A program that writes down how it was called. */
  program(path: string, body: string): void {
    this.write(path, `#!/bin/sh\necho "$(basename "$0") $*" >>"$AISTACK_ROOT/calls"\n${body}\n`, 0o755);
  }

  /** Runs a command line as sshd would: by the user's shell. */
  run(commandLine: string, stdin = ""): { status: number | null; stdout: string; stderr: string } {
    const env = {
      PATH: `${this.root}/usr/local/bin:${process.env.PATH}`,
      HOME: `${this.root}/home`,
      AISTACK_ROOT: this.root,
    };
    const options = {
      input: stdin,
      encoding: "utf8" as const,
      env: { ...env, AISTACK_PAUSE: "0", ...this.environment },
    };
    return spawnSync("sh", ["-c", commandLine.replace(/^sudo -n /, "")], options);
  }
  environment: { [name: string]: string } = {};

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }
  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }
  mode(path: string): string {
    return (statSync(join(this.root, path)).mode & 0o777).toString(8);
  }
  /** How programs were called since the last time it was asked. */
  calls(): string[] {
    const calls = this.has("/calls") ? this.read("/calls").trim().split("\n") : [];
    rmSync(join(this.root, "/calls"), { force: true });
    return calls;
  }
  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

/** A k3s that says its version and answers kubectl for one node that is ready. */
const k3s = (version: string) => `case "$*" in
  --version) echo "k3s version ${version} (0123abcd)" ;;
  *jsonpath*settled*) cat "$AISTACK_ROOT/settled" 2>/dev/null || true ;;
  *jsonpath*Ready*) cat "$AISTACK_ROOT/state" 2>/dev/null || printf True ;;
  "kubectl annotate"*) printf "%s" "\${6#*=}" >"$AISTACK_ROOT/settled" ;;
  "kubectl get nodes -o name") cat "$AISTACK_ROOT/nodes" 2>/dev/null || echo node/cp-1 ;;
esac`;

let box: FakeMachine;
beforeEach(() => {
  box = new FakeMachine();
});
afterEach(() => box.remove());

const command = (kind: string, name: string, when = "create"): string => inputs(graphs[kind] as Graph, name, when);
const secrets = "T0KEN\nAGENT\n\nmirrors:\n  docker.io: {}\n";

describe.each(["online", "offline"])("%s", (kind) => {
  test(`every script is good bash${hasShellcheck ? " and pleases shellcheck" : " (shellcheck is not there)"}`, () => {
    const commands = custom(graphs[kind] as Graph).filter((row) => row.type === "command:remote:Command");
    const scripts = commands.flatMap((row) =>
      ["create", "delete"].flatMap((when) => {
        const line = command(kind, row.name, when);
        return line === undefined ? [] : [{ name: `${row.name} ${when}`, text: script(line) }];
      }),
    );
    expect(scripts.length).toBeGreaterThan(12);
    for (const { name, text } of scripts) {
      expect([name, spawnSync("bash", ["-n"], { input: text, encoding: "utf8" }).stderr]).toEqual([name, ""]);
      if (!hasShellcheck) continue;
      const judged = spawnSync("shellcheck", ["--shell=bash", "--exclude=SC2034,SC2329,SC2317", "-"], {
        input: text,
        encoding: "utf8",
      });
      expect([name, judged.stdout]).toEqual([name, ""]);
    }
  }, 60_000);
});

describe("the installation", () => {
  beforeEach(() => box.write("/etc/rancher/k3s/config.yaml.d/10-cluster.yaml", "cluster-init: true\n"));

  test("the first server is not started as long as it is not decided how it comes into the cluster", () => {
    rmSync(join(box.root, "/etc/rancher/k3s/config.yaml.d/10-cluster.yaml"));
    const { status, stderr } = box.run(command("online", "site-cp-1-k3s"), secrets);
    expect([status, stderr]).toEqual([1, expect.stringContaining("run the bootstrap command again")]);
    expect(box.calls().filter((call) => /installer|restart/.test(call))).toEqual([]);
    expect(box.run(command("online", "site-cp-2-k3s"), secrets).status).toBe(0);
  });

  test("writes settings and secrets that only root can read, installs the release, and starts k3s once", () => {
    const first = box.run(command("online", "site-cp-1-k3s"), secrets);
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toContain(`k3s ${release} runs on cp-1`);
    expect(parse(box.read("/etc/rancher/k3s/config.yaml"))).toMatchObject({ "node-name": "cp-1" });
    expect(box.read("/etc/rancher/k3s/token")).toBe("T0KEN\n");
    expect(box.read("/etc/rancher/k3s/agent-token")).toBe("AGENT\n");
    expect(parse(box.read("/etc/rancher/k3s/registries.yaml"))).toEqual({ mirrors: { "docker.io": {} } });
    for (const file of ["config.yaml", "token", "agent-token", "registries.yaml"])
      expect([file, box.mode(`/etc/rancher/k3s/${file}`)]).toEqual([file, "600"]);
    expect(box.mode("/var/lib/rancher/k3s/server/audit.yaml")).toBe("600");
    expect(box.mode("/var/lib/rancher/k3s/server/logs")).toBe("700");
    const calls = box.calls();
    expect(calls).toContain(`installer server ${release} 0`);
    expect(calls).toContain("systemctl restart k3s");
    expect(calls.join("\n")).not.toMatch(/T0KEN|AGENT/);

    // Nothing has changed: nothing is installed, downloaded or restarted.
    expect(box.run(command("online", "site-cp-1-k3s"), secrets).status).toBe(0);
    const again = box.calls();
    expect(again.filter((call) => /installer|curl|restart/.test(call))).toEqual([]);

    // Another token: a restart and nothing else.
    expect(box.run(command("online", "site-cp-1-k3s"), "OTHER\nAGENT\n").status).toBe(0);
    expect(box.calls().filter((call) => /installer|curl|restart/.test(call))).toEqual(["systemctl restart k3s"]);
    expect(box.has("/etc/rancher/k3s/registries.yaml")).toBe(false);
    expect(box.has("/etc/rancher/k3s/service-account.key")).toBe(false);
  });

  test("the key that signs tokens is a file of root's alone, and another one means a restart", () => {
    const pem = (text: string) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
    const given = (text: string) => `T0KEN\nAGENT\n${Buffer.from(pem(text)).toString("base64")}\n`;
    expect(box.run(command("online", "site-cp-1-k3s"), given("one")).status).toBe(0);
    expect(box.read("/etc/rancher/k3s/service-account.key")).toBe(pem("one"));
    expect(box.mode("/etc/rancher/k3s/service-account.key")).toBe("600");
    box.calls();
    expect(box.run(command("online", "site-cp-1-k3s"), given("two")).status).toBe(0);
    expect(box.calls().filter((call) => /restart/.test(call))).toEqual(["systemctl restart k3s"]);
  });

  test("an upgrade installs the newer release, an older one is refused before anything is touched", () => {
    box.program("/usr/local/bin/k3s", k3s("v1.35.6+k3s1"));
    box.write("/etc/systemd/system/k3s.service", "");
    expect(box.run(command("online", "site-cp-1-k3s"), secrets).status).toBe(0);
    expect(box.calls()).toContain(`installer server ${release} 0`);
    box.program("/usr/local/bin/k3s", k3s("v1.37.0+k3s1"));
    const older = box.run(command("online", "site-cp-1-k3s"), secrets);
    expect(older.status).toBe(1);
    expect(older.stderr).toContain("k3s v1.37.0+k3s1 is installed, newer than v1.36.2+k3s1");
    expect(box.calls().filter((call) => /installer|restart/.test(call))).toEqual([]);
  });

  test("a GPU machine without driver or container toolkit is refused with what to install", () => {
    rmSync(join(box.root, "/usr/local/bin/nvidia-container-runtime"));
    const { status, stderr } = box.run(command("online", "site-gpu-1-k3s"), "T0KEN\n\n");
    expect([status, stderr]).toEqual([1, expect.stringContaining("install the package nvidia-container-toolkit")]);
    expect(box.has("/etc/rancher/k3s/token")).toBe(false);
  });

  test("an agent gets no token of the servers", () => {
    const { status } = box.run(command("online", "site-gpu-1-k3s"), "K10abc::node:T\n\n");
    expect(status).toBe(0);
    expect(box.read("/etc/rancher/k3s/token")).toBe("K10abc::node:T\n");
    expect(box.has("/etc/rancher/k3s/agent-token")).toBe(false);
    expect(box.calls()).toContain("systemctl restart k3s-agent");
  });

  test("without a token nothing is installed", () => {
    const { status, stderr } = box.run(command("online", "site-gpu-1-k3s"));
    expect([status, stderr]).toEqual([1, "the join token is missing on standard input\n"]);
    expect(box.calls()).toEqual([]);
  });
});

describe("the bundle", () => {
  const folder = "/home/aistack-bundle/k3s";
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const binary = process.arch === "arm64" ? "k3s-arm64" : "k3s";

  beforeEach(() => {
    box.write(`${folder}/${binary}`, box.read("/k3s"));
    box.write(`${folder}/install.sh`, box.read("/install.sh"));
    box.write(`${folder}/k3s-airgap-images-${architecture}.tar.zst`, "images of k3s");
    box.write(`${folder}/k3s-airgap-images-riscv.tar.zst`, "images for others");
    box.write(`${folder}/models.tar`, "images of one's own");
    const sums = execFileSync("sha256sum", [binary, `k3s-airgap-images-${architecture}.tar.zst`], {
      cwd: join(box.root, folder),
      encoding: "utf8",
    });
    box.write(`${folder}/sha256sum-${architecture}.txt`, `${sums}${"0".repeat(64)}  k3s-images.txt\n`);
  });

  test("gives its images to k3s and installs without a download", () => {
    const images = box.run(command("offline", "site-gpu-1-images"));
    expect([images.status, images.stdout]).toEqual([0, "2 image archives\n"]);
    expect(box.read("/var/lib/rancher/k3s/agent/images/models.tar")).toBe("images of one's own");
    expect(box.has("/var/lib/rancher/k3s/agent/images/k3s-airgap-images-riscv.tar.zst")).toBe(false);
    const { status, stderr } = box.run(command("offline", "site-gpu-1-k3s"), "T0KEN\n\n");
    expect([status, stderr]).toEqual([0, ""]);
    const calls = box.calls();
    expect(calls).toContain("installer agent offline 0");
    expect(calls.filter((call) => call.startsWith("curl"))).toEqual([]);
  });

  test("is refused if a file was changed or is missing, or if it holds another release", () => {
    box.write(`${folder}/${binary}`, `${box.read("/k3s")}# changed\n`);
    expect(box.run(command("offline", "site-gpu-1-images")).stderr).toContain("a checksum differs");
    rmSync(join(box.root, folder, `sha256sum-${architecture}.txt`));
    expect(box.run(command("offline", "site-gpu-1-images")).stderr).toContain(
      `the bundle lacks sha256sum-${architecture}.txt`,
    );
    box.write(`${folder}/${binary}`, `#!/bin/sh\n${k3s("v1.35.6+k3s1")}\n`, 0o755);
    expect(box.run(command("offline", "site-gpu-1-k3s"), "T0KEN\n\n").stderr).toContain(
      "the bundle holds k3s v1.35.6+k3s1, but v1.36.2+k3s1 is wanted",
    );
  });
});

describe("the first server", () => {
  let other: Server;
  afterEach(() => other?.close());

  test("starts the cluster where no other answers, joins one that does, and leaves a database alone", async () => {
    const run = (others: string[]) => box.run(asRoot("root", bootstrapScript(others)));
    expect(run([]).stdout).toBe("starts the cluster\n");
    expect(box.read("/etc/rancher/k3s/config.yaml.d/10-cluster.yaml")).toBe("cluster-init: true\n");

    other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    box.environment = { AISTACK_API_PORT: `${(other.address() as { port: number }).port}` };
    expect(run(["127.0.0.1"]).stdout).toBe("joins 127.0.0.1\n");
    expect(parse(box.read("/etc/rancher/k3s/config.yaml.d/10-cluster.yaml"))).toEqual({
      server: "https://127.0.0.1:6443",
    });

    mkdirSync(join(box.root, "/var/lib/rancher/k3s/server/db/etcd"), { recursive: true });
    expect(run([]).stdout).toBe("the database is there\n");
    expect(box.read("/etc/rancher/k3s/config.yaml.d/10-cluster.yaml")).toContain("server:");
  });
});

describe("nodes", () => {
  beforeEach(() => box.program("/usr/local/bin/k3s", k3s(release)));
  const kubectl = () => box.calls().filter((call) => /^k3s kubectl (label|taint|drain|delete)/.test(call));

  test("get their labels and taints, and lose those that an earlier run has set", () => {
    box.write("/settled", "label|gone taint|old/one:NoSchedule label|line");
    expect(box.run(command("online", "site-gpu-1-member")).status).toBe(0);
    expect(kubectl()).toEqual([
      "k3s kubectl label node gpu-1 --overwrite aistack.dev/accelerator=nvidia-l4",
      "k3s kubectl label node gpu-1 --overwrite aistack.dev/pool=inference",
      "k3s kubectl label node gpu-1 --overwrite line=4",
      "k3s kubectl taint node gpu-1 --overwrite nvidia.com/gpu=present:NoSchedule",
      "k3s kubectl label node gpu-1 gone-",
      "k3s kubectl taint node gpu-1 old/one:NoSchedule-",
    ]);
    expect(box.read("/settled")).toBe(
      "label|aistack.dev/accelerator label|aistack.dev/pool label|line taint|nvidia.com/gpu:NoSchedule",
    );
  });

  test("are drained before they go, without waiting for one that is dead, and not if they are the last", () => {
    box.write("/nodes", "node/cp-1\nnode/gpu-1\n");
    expect(box.run(command("online", "site-gpu-1-member", "delete")).status).toBe(0);
    const drain = "k3s kubectl drain gpu-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=600s";
    expect(kubectl()).toEqual([drain, "k3s kubectl delete node gpu-1 --wait=false"]);
    box.write("/state", "Unknown");
    expect(box.run(command("online", "site-gpu-1-member", "delete")).status).toBe(0);
    expect(kubectl()).toEqual([
      `${drain} --skip-wait-for-delete-timeout=1`,
      "k3s kubectl delete node gpu-1 --wait=false",
    ]);
  });

  test("a server that is the last uninstalls itself with what it has written", () => {
    box.program("/usr/local/bin/k3s-uninstall.sh", ":");
    box.write("/running", "");
    box.write("/etc/sysctl.d/90-kubelet.conf", "");
    expect(box.run(command("online", "site-cp-1-k3s", "delete")).stdout).toBe("k3s is removed from cp-1\n");
    const calls = box.calls();
    expect(calls.filter((call) => call.includes("drain"))).toEqual([]);
    expect(calls).toContain("k3s-uninstall.sh");
    expect(box.has("/etc/sysctl.d/90-kubelet.conf")).toBe(false);
  });
});

test("an uninstallation that fails says where to look", () => {
  box.program("/usr/local/bin/k3s-agent-uninstall.sh", "exit 3");
  const { status, stderr } = box.run(command("online", "site-gpu-1-k3s", "delete"));
  expect([status, stderr]).toEqual([1, expect.stringContaining("k3s-agent-uninstall.sh failed; see")]);
});

test("text that a shell would read cannot get into a script", () => {
  for (const text of ['"', "$(reboot)", "`reboot`", "\\", "a\nb"])
    expect(() => word(text)).toThrow(/cannot stand in a script/);
});

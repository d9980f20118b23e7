import { generateKeyPairSync, randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Binaries } from "./binaries";
import { Client } from "./client";
import type { Connection } from "./kubeconfig";
import type { KubernetesObject } from "./kubernetes";
import { ProcessEndedError, Processes } from "./processes";

/**
 * A Kubernetes control plane on this machine's loopback interface: etcd behind a socket file, API server with TLS, RBAC
 * and admission, controller manager, scheduler, and KWOK, which answers for the nodes. Its data is gone when it stops.
 */
export interface ControlPlane {
  readonly client: Client;
  /** Of the administrator, for kubectl. */
  readonly kubeconfigFile: string;
  /** Folder of the programs' logs, while it runs. */
  readonly logs: string;
  /** Ids of the programs. */
  readonly pids: readonly number[];
  /** Milliseconds that the start took. */
  readonly startedIn: number;
  /** Throws where one of the programs has ended. */
  check(): Promise<void>;
  /** Ends all programs and removes their data. With `keepLogsIn`, copies the logs there first. */
  stop(keepLogsIn?: string): Promise<void>;
}

/** Milliseconds that the API server may take to be ready: seconds on a free machine. */
const startTimeout = 90_000;

/** Starts a control plane and waits until it serves. It ends with this process at the latest. */
export async function startControlPlane(binaries: Binaries): Promise<ControlPlane> {
  // Another program may take the port between its choice and its use.
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binaries, performance.now());
    } catch (error) {
      const busy = error instanceof ProcessEndedError && error.message.includes("address already in use");
      if (!busy || attempt === 3) throw error;
    }
  }
}

async function start(binaries: Binaries, started: number): Promise<ControlPlane> {
  // Short, since the path of a socket may have 107 characters; only for this user, as it holds tokens.
  const directory = await mkdtemp(join(tmpdir(), "aistack-"));
  const logs = join(directory, "logs");
  await mkdir(logs);
  const processes = new Processes(directory);
  const atExit = () => processes.kill();
  process.once("exit", atExit);
  let client: Client | undefined;
  const stop = async (keepLogsIn?: string) => {
    client?.close();
    await processes.stop();
    if (keepLogsIn !== undefined) await cp(logs, keepLogsIn, { recursive: true });
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    processes.release();
    process.removeListener("exit", atExit);
  };
  try {
    const identities = await writeIdentities(directory);
    const port = await freePort();
    const server = `https://127.0.0.1:${port}`;
    startEtcd(processes, binaries, directory);
    startApiServer(processes, binaries, directory, port);
    const connection: Connection = { server, ca: await certificate(directory, processes), token: identities.admin };
    client = new Client(connection);
    await ready(client, processes);
    const config = (name: keyof Identities) =>
      writeKubeconfig(directory, name, { ...connection, token: identities[name] });
    startControllerManager(processes, binaries, directory, await config("controllerManager"));
    startScheduler(processes, binaries, await config("scheduler"));
    startKwok(processes, binaries, directory, await config("kwok"));
    await controllersRun(client, processes);
    return {
      client,
      kubeconfigFile: await config("admin"),
      logs,
      get pids() {
        return processes.pids;
      },
      startedIn: performance.now() - started,
      check: () => processes.check(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startEtcd(processes: Processes, { etcd }: Binaries, directory: string): void {
  const at = (name: string) => `unix://${join(directory, name)}`;
  processes.start("etcd", etcd, [
    `--data-dir=${join(directory, "etcd")}`,
    `--listen-client-urls=${at("etcd.sock")}`,
    `--listen-peer-urls=${at("peer.sock")}`,
    // What it tells others has to look like addresses. There are no others: nothing ever listens or connects there.
    "--advertise-client-urls=http://127.0.0.1:1",
    "--initial-advertise-peer-urls=http://127.0.0.1:1",
    "--initial-cluster=default=http://127.0.0.1:1",
    // Nothing is kept, so nothing has to reach the disk.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ]);
}

function startApiServer(processes: Processes, { apiServer }: Binaries, directory: string, port: number): void {
  processes.start("kube-apiserver", apiServer, [
    `--etcd-servers=unix://${join(directory, "etcd.sock")}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // It makes its own certificate there.
    `--cert-dir=${directory}`,
    "--authorization-mode=RBAC",
    "--anonymous-auth=false",
    `--token-auth-file=${join(directory, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(directory, "service-account.pub")}`,
    `--service-account-signing-key-file=${join(directory, "service-account.key")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    // Privileged pods are for Pod Security admission to judge.
    "--allow-privileged=true",
    // The Service "kubernetes" cannot point to a loopback address.
    "--endpoint-reconciler-type=none",
    "--profiling=false",
  ]);
}

function startControllerManager(
  processes: Processes,
  { controllerManager }: Binaries,
  directory: string,
  kubeconfig: string,
): void {
  processes.start("kube-controller-manager", controllerManager, [
    `--kubeconfig=${kubeconfig}`,
    ...withoutServer,
    // Each controller with the rights of its own role, as in a real cluster.
    "--use-service-account-credentials",
    `--service-account-private-key-file=${join(directory, "service-account.key")}`,
    `--root-ca-file=${join(directory, "apiserver.crt")}`,
    // It would make a folder in the system for plugins that nobody has.
    `--flex-volume-plugin-dir=${join(directory, "plugins")}`,
    "--kube-api-qps=300",
    "--kube-api-burst=600",
  ]);
}

function startScheduler(processes: Processes, { scheduler }: Binaries, kubeconfig: string): void {
  const rates = ["--kube-api-qps=300", "--kube-api-burst=600"];
  processes.start("kube-scheduler", scheduler, [`--kubeconfig=${kubeconfig}`, ...withoutServer, ...rates]);
}

/** No port of their own, and nobody to compete with for the lead. */
const withoutServer = ["--secure-port=0", "--leader-elect=false"];

function startKwok(processes: Processes, { kwok }: Binaries, directory: string, kubeconfig: string): void {
  const stages = join(__dirname, "..", "kwok", "stages.yaml");
  const nodes = ["--manage-all-nodes=true", "--node-lease-duration-seconds=40", "--node-ip=127.0.0.1"];
  processes.start("kwok", kwok, [`--kubeconfig=${kubeconfig}`, `--config=${stages}`, "--cidr=10.0.0.1/8", ...nodes], {
    KWOK_WORKDIR: directory,
  });
}

/** Tokens by user, made for one run. */
interface Identities {
  admin: string;
  controllerManager: string;
  scheduler: string;
  kwok: string;
}

async function writeIdentities(directory: string): Promise<Identities> {
  const token = () => randomBytes(24).toString("base64url");
  const made: Identities = { admin: token(), controllerManager: token(), scheduler: token(), kwok: token() };
  const tokens = [
    [made.admin, "admin", "admin", "system:masters"],
    [made.controllerManager, "system:kube-controller-manager", "kube-controller-manager"],
    [made.scheduler, "system:kube-scheduler", "kube-scheduler"],
    // KWOK acts for every node, which no role of a single kubelet allows.
    [made.kwok, "kwok", "kwok", "system:masters"],
  ];
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const secret = { mode: 0o600 };
  await writeFile(join(directory, "tokens.csv"), `${tokens.map((row) => row.join(",")).join("\n")}\n`, secret);
  await writeFile(join(directory, "service-account.key"), keys.privateKey, secret);
  await writeFile(join(directory, "service-account.pub"), keys.publicKey, secret);
  return made;
}

async function writeKubeconfig(directory: string, name: string, { server, ca, token }: Connection): Promise<string> {
  const file = join(directory, `${name}.kubeconfig`);
  const authority = Buffer.from(ca ?? "").toString("base64");
  // JSON is YAML.
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "simulated",
    contexts: [{ name: "simulated", context: { cluster: "simulated", user: name } }],
    clusters: [{ name: "simulated", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name, user: { token } }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** The certificate that the API server makes for itself when it starts. */
async function certificate(directory: string, processes: Processes): Promise<string> {
  return until(processes, "certificate", async () => {
    const text = await readFile(join(directory, "apiserver.crt"), "utf8").catch(() => "");
    // The file is complete when it holds the certificate and that of its issuer.
    return text.split("-----END CERTIFICATE-----").length > 2 ? text : undefined;
  });
}

async function ready(client: Client, processes: Processes): Promise<void> {
  await until(processes, "readiness", async () => {
    // Answered with "ok", which is no JSON; refused until then.
    const error = await client.json("GET", "/readyz").then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error === undefined || error instanceof SyntaxError ? true : undefined;
  });
}

/** Pods need this account, which one of the controllers makes. */
async function controllersRun(client: Client, processes: Processes): Promise<void> {
  const account: KubernetesObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  };
  await until(processes, "service accounts", () => client.get(account));
}

async function until<T>(processes: Processes, what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + startTimeout;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    await processes.check();
    if (Date.now() > end) throw new Error(`The control plane did not start in time: no ${what}.`);
    await wait(50);
  }
}

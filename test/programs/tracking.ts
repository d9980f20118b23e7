/**
 * The tracking server of examples/tracking-kubernetes on this machine, with a real PostgreSQL and a real store of objects. It is
 * started with exactly the command, the environment and the files of the plan. Host names of the plan lead to loopback
 * addresses, and certificates are made here, since a plan has none.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Graph, planDirectory } from "aistack-engine";
import { root } from "../programs";
import { certificate } from "./certificates";
import { type Contained, contain } from "./contained";
import { type Container, containersIn, initContainersIn } from "./containers";

const addresses = { server: "127.0.7.1", database: "127.0.7.2", store: "127.0.7.3" };

const hosts = {
  "tracking.tracking.svc": addresses.server,
  "tracking-database-rw.tracking-database.svc": addresses.database,
  "tracking-artifacts.tracking-artifacts.svc": addresses.store,
};

/** Feast, which is in the environment of the other programs, hooks itself into MLflow. */
const environments = ["mlflow"];

/** How a program ended, and what it said. */
export type Outcome = [code: number | null, output: string];

export class Tracking {
  readonly #folder = mkdtempSync(join(tmpdir(), "tracking-"));
  readonly #started: Contained[] = [];
  #graph!: Graph;
  #files!: Record<string, string>;
  #server?: Contained;

  async start(): Promise<void> {
    chmodSync(this.#folder, 0o755);
    this.#graph = await planDirectory(join(root, "examples/tracking-kubernetes"), { stack: "dev", mode: "simulate" });
    const database = certificate(this.#graph, "/tls", "tracking-database-tls");
    const store = certificate(this.#graph, "/tls", "tracking-artifacts-tls");
    const server = certificate(this.#graph, "/tls", "tracking-tls");
    this.#files = {
      ...server,
      "/tracking/ca.crt": server["/tls/ca.crt"] as string,
      "/tracking/database-ca.crt": database["/tls/ca.crt"] as string,
      "/tracking/store-ca.crt": store["/tls/ca.crt"] as string,
    };
    await Promise.all([this.#startDatabase(database), this.#startStore(store)]);
  }

  async stop(): Promise<void> {
    // It ends its processes by itself; killed, it would leave them behind.
    this.#server?.child.kill("SIGTERM");
    await this.#server?.ended;
    for (const started of [...this.#started].reverse()) await started.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Starts the server, which has to be prepared. */
  async serve(): Promise<void> {
    const { command, ...server } = this.container("Deployment/tracking");
    const local = command.map((part) => (part === "0.0.0.0" ? addresses.server : part));
    this.#server = this.#keep(contain({ ...server, command: local }, { hosts, environments, files: this.#files }));
    await this.#answers("the tracking server", this.#server, `https://tracking.tracking.svc:5000${server.readyPath}`);
  }

  get serverOutput(): string {
    return this.#server?.output() ?? "";
  }

  container(workload: string): Container {
    return onlyOne(workload, containersIn(this.#graph));
  }

  /** What runs before the server. */
  get preparation(): Container {
    return onlyOne("Deployment/tracking", initContainersIn(this.#graph));
  }

  /** Runs a container of the plan to its end. */
  run(container: Container, environment: Record<string, string> = {}): Promise<Outcome> {
    return this.#ended(contain(container, { hosts, environments, files: this.#files, environment }));
  }

  /** Variables of a workload that uses the binding, as the plan's objects hold them. */
  get client(): Record<string, string> {
    const { CLIENT_USERNAME, CLIENT_PASSWORD } = this.preparation.environment;
    return {
      HOME: "/tmp",
      ...(this.#graph.outputs.environment as Record<string, string>),
      TRACKING_CA_CERTIFICATE: this.#files["/tracking/ca.crt"] as string,
      MLFLOW_TRACKING_USERNAME: CLIENT_USERNAME as string,
      MLFLOW_TRACKING_PASSWORD: CLIENT_PASSWORD as string,
    };
  }

  /** Runs a command as a workload's container, which has nothing of the server's but what the binding gives. */
  workload(
    command: readonly string[],
    files: Record<string, string>,
    environment: Record<string, string>,
  ): Promise<Outcome> {
    const client: Container = {
      workload: "Pod/client",
      image: "",
      command,
      environment: { ...this.client, ...environment },
      files: { "/ca/ca.crt": this.#files["/tracking/ca.crt"] as string, ...files },
      references: [],
      claims: [],
    };
    return this.#ended(contain(client, { hosts, environments }));
  }

  /** A statement as the superuser. */
  sql(statement: string): string {
    const where = ["-h", this.#folder, "-U", "postgres", "-d", this.preparation.environment.PGDATABASE as string];
    return execFileSync("psql", [...where, "-AtX", "-v", "ON_ERROR_STOP=1", "-c", statement], {
      encoding: "utf8",
    }).trim();
  }

  /** Keys of the objects in the bucket. */
  async objects(): Promise<string[]> {
    const { environment } = this.container("Deployment/tracking");
    const command = ["aws", "s3", "ls", "--recursive", environment.TRACKING_ARTIFACTS_URL as string];
    const endpoint = { AWS_ENDPOINT_URL_S3: environment.MLFLOW_S3_ENDPOINT_URL as string };
    const [code, output] = await this.run({ ...this.container("Deployment/tracking"), command }, endpoint);
    if (code !== 0 && output.trim() !== "") throw new Error(output);
    return output
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(/\s+/).at(-1) as string);
  }

  async #ended(started: Contained): Promise<Outcome> {
    try {
      return [await started.ended, started.output()];
    } finally {
      await started.stop();
    }
  }

  #keep(started: Contained): Contained {
    this.#started.push(started);
    return started;
  }

  async #answers(what: string, started: Contained, url: string): Promise<void> {
    for (let tries = 0; tries < 120; tries++) {
      if (started.child.exitCode !== null) throw new Error(`${what} ended:\n${started.output()}`);
      const probe = ["curl", "--silent", "--fail", "--insecure", "--output", "/dev/null", url];
      const [code] = await this.workload(probe, {}, {});
      if (code === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`${what} does not answer:\n${started.output()}`);
  }

  /** PostgreSQL as CloudNativePG has it: TLS or nothing, and a role that owns its database. */
  async #startDatabase(files: Record<string, string>): Promise<void> {
    const versions = readdirSync("/usr/lib/postgresql").sort((one, two) => Number(two) - Number(one));
    const binaries = join("/usr/lib/postgresql", versions[0] as string, "bin");
    const data = join(this.#folder, "data");
    mkdirSync(data);
    const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const put = (file: string, text: string) => {
      writeFileSync(join(data, file), text, { mode: 0o600 });
      if (account.uid !== undefined) chownSync(join(data, file), account.uid, account.gid);
    };
    for (const folder of [this.#folder, data])
      if (account.uid !== undefined) chownSync(folder, account.uid, account.gid);
    execFileSync(join(binaries, "initdb"), ["-D", data, "-U", "postgres", "--auth=trust"], {
      ...account,
      cwd: data,
      stdio: "pipe",
    });
    for (const file of ["tls.crt", "tls.key"]) put(file, files[`/tls/${file}`] as string);
    put("pg_hba.conf", "local all postgres trust\nhostssl all all all scram-sha-256\n");
    const options = {
      listen_addresses: addresses.database,
      unix_socket_directories: this.#folder,
      ssl: "on",
      fsync: "off",
    };
    const certificates = { ssl_cert_file: "tls.crt", ssl_key_file: "tls.key" };
    const settings = Object.entries({ ...options, ...certificates }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    execFileSync(
      join(binaries, "pg_ctl"),
      ["start", "-w", "-D", data, "-l", join(data, "log"), "-o", settings.join(" ")],
      {
        ...account,
        cwd: data,
        stdio: "ignore",
      },
    );
    const stop = () =>
      execFileSync(join(binaries, "pg_ctl"), ["stop", "-m", "fast", "-D", data], { ...account, cwd: data });
    this.#started.push({ stop: async () => void stop() } as unknown as Contained);
    const { PGUSER, PGDATABASE, PGPASSWORD } = this.preparation.environment;
    const where = ["-h", this.#folder, "-U", "postgres", "-X", "-v", "ON_ERROR_STOP=1"];
    for (const statement of [
      `CREATE ROLE ${PGUSER} LOGIN PASSWORD '${PGPASSWORD}'`,
      `CREATE DATABASE ${PGDATABASE} OWNER ${PGUSER}`,
    ])
      execFileSync("psql", [...where, "-c", statement], { stdio: "pipe" });
  }

  /** One server of the plan's three, with the identities of the plan. How they work together is tested elsewhere. */
  async #startStore(files: Record<string, string>): Promise<void> {
    const planned = this.container("StatefulSet/tracking-artifacts");
    const options = ["-s3", "-s3.port=8333", "-s3.config=/identities/s3.json", "-s3.cert.file=/tls/tls.crt"];
    const own = [`-ip=${addresses.store}`, `-ip.bind=${addresses.store}`, "-dir=/data", "-volume.max=20"];
    const quiet = ["-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0"];
    const command = ["weed", "server", ...own, "-filer", ...options, "-s3.key.file=/tls/tls.key", ...quiet];
    const identities = JSON.parse(planned.files["/identities/s3.json"] as string);
    identities.identities.push({
      name: "administrator",
      credentials: [{ accessKey: "administrator", secretKey: "a" }],
      actions: ["Admin"],
    });
    const all = { ...files, "/identities/s3.json": JSON.stringify(identities) };
    const store = this.#keep(contain({ ...planned, command, environment: {} }, { hosts, files: all }));
    const make = ["aws", "s3api", "create-bucket", "--bucket", "tracking-artifacts"];
    const administrator = {
      AWS_ACCESS_KEY_ID: "administrator",
      AWS_SECRET_ACCESS_KEY: "a",
      AWS_ENDPOINT_URL_S3: "https://tracking-artifacts.tracking-artifacts.svc:8333",
    };
    for (let tries = 0; tries < 60; tries++) {
      if (store.child.exitCode !== null) throw new Error(`the store ended:\n${store.output()}`);
      const [code] = await this.run({ ...this.container("Deployment/tracking"), command: make }, administrator);
      if (code === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`the store does not answer:\n${store.output()}`);
  }
}

function onlyOne(workload: string, containers: Container[]): Container {
  const [found, ...more] = containers.filter((container) => container.workload === workload);
  if (!found || more.length > 0) throw new Error(`not exactly one container in ${workload}`);
  return found;
}

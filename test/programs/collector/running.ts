/** A collector that runs as a plan configures it: its files, flags and variables, in a folder that stands for its root. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "../containers";
import { type Started, start } from "../run";
import type { Bucket } from "./bucket";

/** Folders of the image and the pod that the configuration names. */
const folders = { buffer: "/var/lib/collector", log: "/var/log/kubernetes-audit" };

export interface Stand {
  /** The container with all that it names moved to this machine. */
  readonly container: Container;
  readonly folder: string;
  readonly http: string;
  readonly health: string;
  readonly metrics: string;
  remove(): void;
}

/** Moves a container to this machine: paths below a folder of its own, ports that are free, and the bucket that stands in. */
export async function standFor(container: Container, program: string, bucket: Bucket): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), "collector-"));
  const [grpc, http, health, metrics] = await freePorts(4);
  const ports = { 4317: grpc, 4318: http, 13133: health, 8888: metrics };
  for (const path of Object.values(folders)) mkdirSync(join(folder, path), { recursive: true });
  const moved = (text: string) => {
    for (const path of Object.values(folders)) text = text.replaceAll(path, join(folder, path));
    for (const [port, free] of Object.entries(ports))
      text = text.replaceAll(`"0.0.0.0:${port}"`, `"127.0.0.1:${free}"`).replaceAll(`port: ${port}`, `port: ${free}`);
    // A minute in production, where an object for each event would cost more than the event.
    return text.replaceAll('flush_timeout: "60s"', 'flush_timeout: "200ms"').replaceAll('"0.0.0.0"', '"127.0.0.1"');
  };
  return {
    container: {
      ...container,
      command: container.command.map((part) => (part === "/otelcol-contrib" ? program : part)),
      files: Object.fromEntries(Object.entries(container.files).map(([path, text]) => [path, moved(text)])),
      environment: {
        ...container.environment,
        AWS_ACCESS_KEY_ID: "test-id",
        AWS_SECRET_ACCESS_KEY: "test-key",
        STORE_ENDPOINT: bucket.endpoint,
        STORE_PATH_STYLE: "true",
        PSEUDONYM_KEY: "a-key-for-tests-that-is-long-enough-for-hmac",
      },
    },
    folder,
    http: `http://127.0.0.1:${http}`,
    health: `http://127.0.0.1:${health}`,
    metrics: `http://127.0.0.1:${metrics}/metrics`,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Starts it, and waits until its readiness probe would succeed. */
export async function run(stand: Stand): Promise<Started> {
  const { AWS_ROLE_ARN: _role, AWS_WEB_IDENTITY_TOKEN_FILE: _file, ...environment } = stand.container.environment;
  const running = start({ ...stand.container, environment });
  await until(async () => {
    if (running.child.exitCode !== null) throw new Error(`the collector ended:\n${running.output()}`);
    return (await fetch(`${stand.health}${stand.container.readyPath}`).catch(() => undefined))?.ok === true;
  });
  return running;
}

/** Waits for a condition, for twenty seconds at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("what was waited for did not come");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

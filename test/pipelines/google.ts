/** What stages ask of Google: tokens of the metadata server, secrets, and the Model Registry, as far as the programs need them. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type Graph, resource, type Secret } from "aistack-engine";

// biome-ignore lint/suspicious/noExplicitAny: bodies of requests, whose shape the service says
type Plain = any;

export interface Ended {
  status: number | null;
  output: string;
}

export class Google {
  /** Versions of the one model. */
  versions: Plain[] = [];
  /** What every secret holds. */
  secrets: { [variable: string]: string } = {};
  /** Whether secrets are refused. */
  isClosed = false;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Puts the programs of a plan where their jobs find them below the mount. */
  mount(graph: Graph, folder: string): void {
    for (const row of graph.resources.filter(({ name }) => name.includes("-program-"))) {
      const path = join(folder, "gcs", row.inputs.bucket as string, row.inputs.name as string);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, (row.inputs.content as unknown as Secret).reveal() as string);
    }
  }

  /** Command and environment of a stage, with values in place of what stands for them, and these services in place of Google's. */
  containerOf(graph: Graph, stage: string, folder: string, values: { [parameter: string]: string }) {
    const job = JSON.parse((resource(graph, "churn-job-all").inputs.content as unknown as Secret).reveal() as string);
    const { container } = job.pipelineSpec.deploymentSpec.executors[`exec-${stage}`];
    const { args = [] } = container;
    const inner = args.includes("--payload")
      ? JSON.parse(args[args.indexOf("--payload") + 1]).job_spec.worker_pool_specs[0].container_spec
      : container;
    const resolved = (text: string) =>
      text
        .replace(/\{\{\$\.inputs\.parameters\['(\w+)'\]\}\}/g, (_, name) => values[name] as string)
        .replace(/\{\{\$\.outputs\.parameters\['(\w+)'\]\.output_file\}\}/g, `${folder}/out/$1`)
        .replace(/\/gcs\//g, `${folder}/gcs/`)
        .replace(/https:\/\/(secretmanager|europe-west4-aiplatform)\.googleapis\.com/g, `http://${this.host}`);
    const environment: { [name: string]: string } = Object.fromEntries(
      inner.env.map(({ name, value }: { name: string; value: string }) => [name, resolved(value)]),
    );
    return { command: (inner.command as string[]).map(resolved), environment };
  }

  run(command: string[], environment: { [name: string]: string }): Promise<Ended> {
    const [program, ...args] = command as [string, ...string[]];
    const env = { PATH: process.env.PATH, GCE_METADATA_HOST: this.host, ...environment };
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, output }));
    });
  }

  /** Status and body of the answer. */
  answer(path: string, body: Plain): [number, Plain] {
    if (path.startsWith("/computeMetadata/")) return [200, { access_token: "token" }];
    if (path.endsWith(":access"))
      return this.isClosed
        ? [403, { error: { message: "no" } }]
        : [200, { payload: { data: Buffer.from(JSON.stringify(this.secrets)).toString("base64") } }];
    if (path.endsWith("/models:upload")) return [200, this.#upload(body)];
    if (path.includes("/operations/")) return [200, { name: path.slice(4), done: true, response: {} }];
    const [, version, verb] = /\/models\/churn(?:@([\w-]+))?(?::(\w+))?(?:\?.*)?$/.exec(path) ?? [];
    if (this.versions.length === 0) return [404, { error: { message: "no such model" } }];
    if (verb === "listVersions") {
      const label = /%22(.*)%22/.exec(path)?.[1];
      return [200, { models: this.versions.filter(({ labels }) => labels["pipeline-run"] === label) }];
    }
    const found = this.versions.find(
      (own) => own.versionId === version || own.versionAliases.includes(version ?? "default"),
    );
    if (found === undefined) return [404, { error: { message: "no such version" } }];
    for (const alias of verb === "mergeVersionAliases" ? body.versionAliases : [])
      if (alias.startsWith("-"))
        found.versionAliases = found.versionAliases.filter((own: string) => own !== alias.slice(1));
      else found.versionAliases.push(alias);
    return [200, found];
  }

  #upload({ model, modelId, parentModel }: Plain): Plain {
    const isFirst = this.versions.length === 0;
    if (isFirst !== (modelId === "churn") || isFirst === (parentModel !== undefined))
      return { name: "operations/1", done: true, error: { message: "a version of what?" } };
    this.versions.push({
      ...model,
      versionId: `${this.versions.length + 1}`,
      versionAliases: isFirst ? ["default"] : [],
    });
    return { name: "projects/my-project/operations/1" };
  }
}

export async function startGoogle(): Promise<Google> {
  const server = createServer(async (request: IncomingMessage, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const [status, body] = google.answer(request.url as string, text === "" ? undefined : JSON.parse(text));
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  const google = new Google(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return google;
}

import { Agent, request } from "node:https";
import type { Connection } from "./kubeconfig";
import type { KubernetesObject } from "./kubernetes";

/** Name under which fields are owned by what this package applies. */
export const fieldManager = "aistack";

/** What the API server refused, in its words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    /** HTTP status. */
    readonly status: number,
    /** Kubernetes' word for it, such as "Invalid". */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** A kind as a server serves it. */
export interface ServedKind {
  readonly plural: string;
  readonly namespaced: boolean;
}

interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Talks to one API server. Objects are any kinds that the server serves, custom ones too. */
export class Client {
  readonly #agent: Agent;
  readonly #kinds = new Map<string, Promise<ReadonlyMap<string, ServedKind>>>();

  constructor(readonly connection: Connection) {
    const { ca, cert, key, insecure } = connection;
    this.#agent = new Agent({ ca, cert, key, rejectUnauthorized: !insecure, keepAlive: true, maxSockets: 16 });
  }

  /** Ends the connections, so that the process may end. */
  close(): void {
    this.#agent.destroy();
  }

  /** Server-side apply with strict field validation: an unknown or repeated field is an error. */
  async apply<T extends KubernetesObject>(object: T): Promise<T> {
    const query = { fieldManager, fieldValidation: "Strict", force: "true" };
    // JSON is YAML.
    const options = { query, body: object, contentType: "application/apply-patch+yaml" };
    return this.json("PATCH", await this.pathOf(object), options);
  }

  async create<T extends KubernetesObject>(object: T, subresource?: string): Promise<T> {
    const { apiVersion, kind, metadata } = object;
    const base = await this.collection(apiVersion, kind, metadata.namespace);
    const path = subresource === undefined ? base : `${base}/${metadata.name}/${subresource}`;
    return this.json("POST", path, { body: object, query: { fieldManager, fieldValidation: "Strict" } });
  }

  /** Undefined where there is no such object. */
  async get<T extends KubernetesObject>(object: KubernetesObject): Promise<T | undefined> {
    return this.pathOf(object)
      .then((path) => this.json<T>("GET", path))
      .catch((error) => {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      });
  }

  /** Every object of a kind, in one namespace or all. */
  async list<T extends KubernetesObject>(apiVersion: string, kind: string, namespace?: string): Promise<T[]> {
    const path = await this.collection(apiVersion, kind, namespace, true);
    const { items } = await this.json<{ items: T[] }>("GET", path);
    return items.map((item) => ({ ...item, apiVersion, kind }));
  }

  /** Merges fields into an object, or into a part of it such as `status`. */
  async patch(object: KubernetesObject, fields: object, subresource?: string): Promise<void> {
    const path = await this.pathOf(object);
    const options = { body: fields, contentType: "application/merge-patch+json", query: { fieldManager } };
    await this.json("PATCH", subresource === undefined ? path : `${path}/${subresource}`, options);
  }

  /** Deletes an object and what it owns; one that is not there is no error. */
  async delete(object: KubernetesObject): Promise<void> {
    const path = await this.pathOf(object);
    await this.json("DELETE", path, { query: { propagationPolicy: "Background" } }).catch((error) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
  }

  /** How the server serves a kind. Throws an {@link ApiError} for a kind that it does not know. */
  async kind(apiVersion: string, kind: string): Promise<ServedKind> {
    const found = (await this.#kindsOf(apiVersion)).get(kind);
    if (found) return found;
    // A definition may have been added since.
    this.#kinds.delete(apiVersion);
    const now = (await this.#kindsOf(apiVersion)).get(kind);
    if (now) return now;
    throw new ApiError(404, "NotFound", `The cluster knows no kind ${kind} in ${apiVersion}.`);
  }

  /** Path of an object. Namespaced objects that name no namespace are in that of the connection. */
  async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const collection = await this.collection(apiVersion, kind, metadata.namespace);
    return `${collection}/${encodeURIComponent(metadata.name ?? "")}`;
  }

  private async collection(apiVersion: string, kind: string, namespace?: string, all = false): Promise<string> {
    const { plural, namespaced } = await this.kind(apiVersion, kind);
    if (!namespaced || (all && namespace === undefined)) return `${groupPath(apiVersion)}/${plural}`;
    const where = namespace ?? this.connection.namespace ?? "default";
    return `${groupPath(apiVersion)}/namespaces/${where}/${plural}`;
  }

  #kindsOf(apiVersion: string): Promise<ReadonlyMap<string, ServedKind>> {
    const known = this.#kinds.get(apiVersion);
    if (known) return known;
    type Listing = { resources: { name: string; kind: string; namespaced: boolean }[] };
    const kinds = this.json<Listing>("GET", groupPath(apiVersion)).then(
      ({ resources }) =>
        new Map(
          resources
            .filter(({ name }) => !name.includes("/"))
            .map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]),
        ),
      (error): ReadonlyMap<string, ServedKind> => {
        this.#kinds.delete(apiVersion);
        if (error instanceof ApiError && error.status === 404) return new Map();
        throw error;
      },
    );
    this.#kinds.set(apiVersion, kinds);
    return kinds;
  }

  /** One request; the answer's body as JSON. */
  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const { status, body } = await this.#send(method, path, options);
    if (status < 300) return JSON.parse(body) as T;
    throw toApiError(status, body);
  }

  #send(method: string, path: string, { query, body, contentType }: RequestOptions) {
    const url = new URL(`${this.connection.server}${path}`);
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { token } = this.connection;
    const headers = {
      accept: "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && {
        "content-type": contentType ?? "application/json",
        "content-length": Buffer.byteLength(text),
      }),
    };
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent, timeout: 60_000 }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
        );
        answer.on("error", reject);
      });
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer within a minute`)));
      sent.on("error", reject);
      sent.end(text);
    });
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function toApiError(status: number, body: string): ApiError {
  try {
    const { reason, message }: { reason?: string; message?: string } = JSON.parse(body);
    return new ApiError(status, reason ?? "", message ?? body);
  } catch {
    return new ApiError(status, "", body.trim() || `HTTP status ${status}`);
  }
}

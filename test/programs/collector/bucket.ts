import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** Stands for a store that speaks S3, as far as the collector asks: objects are put, and read here. */
export class Bucket {
  readonly objects = new Map<string, string>();
  readonly refused: string[] = [];
  #server: Server | undefined;
  #port = 0;

  /** Address, known once it has been opened; it stays the same when it is closed and opened again. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<this> {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        const { pathname } = new URL(request.url ?? "", this.endpoint);
        const { authorization = "" } = request.headers;
        if (request.method !== "PUT" || !/^AWS4-HMAC-SHA256 Credential=test-id\//.test(authorization)) {
          this.refused.push(`${request.method} ${pathname}`);
          response.writeHead(403).end();
          return;
        }
        this.objects.set(decodeURIComponent(pathname), gunzipSync(Buffer.concat(parts)).toString("utf8"));
        response.writeHead(200, { etag: '"1"' }).end();
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  /** Lines of all objects below a folder, in the order of their keys. */
  lines(folder: string): string[] {
    const keys = [...this.objects.keys()].filter((key) => key.includes(`/${folder}/`)).sort();
    return keys.flatMap((key) => (this.objects.get(key) as string).trimEnd().split("\n"));
  }
}

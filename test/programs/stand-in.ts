import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Call {
  /** `GET http://vectors.vectors.svc:6333/collections`. */
  readonly request: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StandIn {
  readonly calls: Call[];
  /** Address for `http_proxy`. */
  readonly proxy: string;
  close(): Promise<void>;
}

/**
 * Stands for the services of a cluster, all at once: an HTTP proxy, so that programs use the addresses of the plan as they
 * are. What no answer covers is a 404.
 */
export async function standIn(answer: (call: Call) => { status: number; body: unknown } | undefined): Promise<StandIn> {
  const calls: Call[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const call = { request: `${request.method} ${request.url}`, headers: request.headers, body };
      calls.push(call);
      const { status, body: reply } = answer(call) ?? { status: 404, body: {} };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { calls, proxy: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Makes `fetch` of a Node program, which knows no proxies by itself, hand every request to that in `http_proxy`. */
export const throughProxy = `
const { request } = require("node:http");
globalThis.fetch = (url, options = {}) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(process.env.http_proxy);
  const headers = Object.fromEntries(new Headers(options.headers));
  const sent = request({ hostname, port, path: String(url), method: options.method ?? "GET", headers }, (answer) => {
    const parts = [];
    answer.on("data", (part) => parts.push(part));
    answer.on("end", () => resolve(new Response(Buffer.concat(parts), { status: answer.statusCode })));
  });
  sent.on("error", reject);
  sent.end(options.body);
});
`;

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { Bucket } from "./bucket";

const token = "a-token-of-the-workload";

/**
 * Stands for Cloud Storage's JSON interface, as far as objects are uploaded in one request:
 * https://docs.cloud.google.com/storage/docs/json_api/v1/objects/insert
 */
export class CloudStorage extends Bucket {
  /** Whether the workload may add objects. */
  granted = true;
  /** Answers that are lost on their way, of those to come. */
  lost = 0;
  /** Uploads of objects that were there. */
  repeated = 0;

  protected override answerTo({ method, headers }: IncomingMessage, url: URL, content: Buffer): number | undefined {
    const [, bucket] = /^\/upload\/storage\/v1\/b\/([a-z0-9-]+)\/o$/.exec(url.pathname) ?? [];
    const { name, ...options } = Object.fromEntries(url.searchParams);
    const foreign = Object.keys(headers).filter(
      (header) => header === "content-encoding" || header.startsWith("x-amz-"),
    );
    if (method !== "POST" || bucket === undefined || name === undefined || foreign.length > 0) return 400;
    if (options.uploadType !== "media" || headers["content-type"] !== "application/gzip") return 400;
    if (!this.granted || headers.authorization !== `Bearer ${token}`) return 403;
    const key = `/${bucket}/${name}`;
    if (this.objects.has(key)) {
      this.repeated += 1;
      // Whoever may add objects may not replace them.
      return options.ifGenerationMatch === "0" ? 412 : 403;
    }
    this.objects.set(key, gunzipSync(content).toString("utf8"));
    if (this.lost === 0) return 200;
    this.lost -= 1;
    return undefined;
  }
}

/** Stands for GKE's metadata server, which hands out a token of the pod's workload identity. */
export async function metadataServer(): Promise<{ host: string; close(): void }> {
  const path = "/computeMetadata/v1/instance/service-accounts/default/token";
  const server = createServer(({ url, headers }, response) => {
    if (url !== path || headers["metadata-flavor"] !== "Google") response.writeHead(403).end();
    else response.end(JSON.stringify({ access_token: token, expires_in: 3599, token_type: "Bearer" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

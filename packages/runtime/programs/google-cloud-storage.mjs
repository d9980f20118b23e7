/**
 * Stands between the collector's exporter, which speaks S3, and a bucket of Google Cloud. What the exporter puts on the pod's
 * own address is put to Cloud Storage under the same name, with a token of the pod's workload identity in place of a
 * signature. Keeps nothing: the exporter hears that an object is there when Cloud Storage has said so. Anything else is an
 * error to it, after which it tries again from its queue on the disk.
 *
 * Environment: PORT, HEALTH_PORT, STORE_ADDRESS; GCE_METADATA_HOST as in the clients of Google.
 */
import { createServer } from "node:http";

const { PORT, HEALTH_PORT, STORE_ADDRESS, GCE_METADATA_HOST = "169.254.169.254" } = process.env;

/** Who the pod is to Google Cloud. The metadata server keeps the token, and renews it in time. */
async function token(signal) {
  const url = `http://${GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`;
  const answer = await fetch(url, { headers: { "metadata-flavor": "Google" }, signal });
  if (!answer.ok) throw new Error(`the metadata server answers ${answer.status}`);
  return (await answer.json()).access_token;
}

/**
 * Writes an object, unless there is one of the name: names are never used twice, so that one who is there is this one, from
 * an attempt whose answer was lost. Without the header `Content-Encoding`, Cloud Storage hands it out as it was written.
 */
async function write(bucket, name, content, signal) {
  const url = new URL(`/upload/storage/v1/b/${bucket}/o`, STORE_ADDRESS);
  url.search = new URLSearchParams({ uploadType: "media", ifGenerationMatch: "0", name });
  const headers = { authorization: `Bearer ${await token(signal)}`, "content-type": "application/gzip" };
  const answer = await fetch(url, { method: "POST", headers, body: content, redirect: "error", signal });
  const text = await answer.text();
  return answer.ok || answer.status === 412
    ? { status: 200, text: "" }
    : { status: answer.status, text: `Cloud Storage answers ${answer.status}: ${text.slice(0, 1000)}` };
}

/** The exporter has to sign what it sends. Nobody looks at the signature, and these keys open nothing. */
const keys = JSON.stringify({ AccessKeyId: "none", SecretAccessKey: "none" });

async function answerTo(request, signal) {
  if (request.method === "GET" && request.url === "/credentials") return { status: 200, text: keys };
  const [, bucket, ...parts] = request.url.split("?")[0].split("/").map(decodeURIComponent);
  // Other encodings, such as parts with checksums, would be written into the object.
  if (request.method !== "PUT" || request.headers["content-encoding"] !== "gzip" || parts.length === 0)
    return { status: 501, text: "takes whole objects only, compressed with gzip" };
  const content = Buffer.concat(await request.toArray());
  return write(bucket, parts.join("/"), content, signal);
}

/** An error as S3 tells it. */
function error(text) {
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<Error><Code>GoogleCloudStorage</Code><Message>${escaped}</Message></Error>`;
}

// For the containers of this pod alone.
createServer(async (request, response) => {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const { status, text } = await answerTo(request, gone.signal).catch((fault) => ({
    status: 503,
    text: `${fault.message} ${fault.cause?.message ?? ""}`.trim(),
  }));
  response.writeHead(status).end(status === 200 ? text : error(text));
}).listen(PORT, "127.0.0.1");

createServer((_, response) => response.end()).listen(HEALTH_PORT);

process.once("SIGTERM", () => process.exit());

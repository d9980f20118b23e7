// Keeps vectors and finds the nearest, in whichever store its binding leads to.
//   POST /vectors {"id": "a", "vector": [...], "payload": {...}}      GET /health
//   POST /search  {"vector": [...], "limit": 3}  -> [{"id", "distance", "payload"}], the nearest first
import { createServer } from "node:http";
import { pgvector } from "./pgvector.mjs";
import { qdrant } from "./qdrant.mjs";

const prefix = process.env.STORE ?? "VECTORS";
const variable = (name) => process.env[`${prefix}_${name}`];
const engines = { qdrant, pgvector };
const engine = engines[variable("ENGINE")];
if (!engine) throw new Error(`${prefix}_ENGINE is ${variable("ENGINE")}, but must be one of ${Object.keys(engines)}`);
const store = engine(variable);
const maxBodyBytes = 1024 * 1024;

async function body(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > maxBodyBytes) throw new TypeError("the body is too large");
  }
  const parsed = JSON.parse(text);
  if (!Array.isArray(parsed?.vector) || !parsed.vector.every(Number.isFinite))
    throw new TypeError("vector must be a list of numbers");
  return parsed;
}

const routes = {
  "GET /health": async () => ({ status: "ok" }),
  "POST /vectors": async (request) => {
    const { id, vector, payload = {} } = await body(request);
    if (typeof id !== "string" || id === "") throw new TypeError("id must be a text");
    await store.write(id, vector, payload);
    return { id };
  },
  "POST /search": async (request) => {
    const { vector, limit = 3 } = await body(request);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new TypeError("limit must be 1 to 100");
    return store.search(vector, limit);
  },
};

createServer(async (request, response) => {
  const answer = (status, content) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return answer(404, { error: "not found" });
  try {
    answer(200, await route(request));
  } catch (error) {
    const isClients = error instanceof TypeError || error instanceof SyntaxError;
    if (!isClients) console.error(error.message);
    answer(isClients ? 400 : 502, { error: isClients ? error.message : "the vector store does not answer" });
  }
}).listen(Number(process.env.PORT ?? 8080), function () {
  console.log(`listening on ${this.address().port}`);
});

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));

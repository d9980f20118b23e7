// A retrieval-augmented assistant: documents go into the vector store, questions are answered from what is found there.
//   POST /documents {"id": 1, "text": "..."}      GET /health
//   POST /ask       {"question": "..."}           -> {"answer": "...", "sources": [{ "id", "text", "score" }], "case": "..."}
// Where a collector of audit events is given, questions and answers are recorded: without a record there is no answer.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

const { EMBEDDINGS_URL, MODEL_URL, MODEL_MODEL, MODEL_API_KEY } = process.env;
const { VECTORS_URL, VECTORS_COLLECTION, VECTORS_API_KEY } = process.env;
const { EVENTS_ENDPOINT } = process.env;
const PORT = Number(process.env.PORT ?? 8080);
const SOURCES = 4;
const MAX_BODY_BYTES = 1024 * 1024;

/** An error that is the client's fault, with the status to answer. */
class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, url, body, headers = {}) {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(120_000),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}`);
  return response.json();
}

async function embed(text) {
  const [vector] = await call("POST", `${EMBEDDINGS_URL}/embed`, { inputs: text, truncate: true });
  return vector;
}

const points = `${VECTORS_URL}/collections/${VECTORS_COLLECTION}/points`;
const vectorsKey = { "api-key": VECTORS_API_KEY };

async function addDocument({ id, text }) {
  if (!Number.isInteger(id) || id < 0) throw new RequestError(400, "id must be a whole number, 0 or more");
  if (typeof text !== "string" || text === "") throw new RequestError(400, "text must not be empty");
  await call(
    "PUT",
    `${points}?wait=true`,
    { points: [{ id, vector: await embed(text), payload: { text } }] },
    vectorsKey,
  );
  return { id };
}

/**
 * Records an event of a case, and resolves once the collector has it on its disk. The collector takes personal data out,
 * and keeps of a text its length and a keyed hash.
 */
async function record(eventName, caseId, more) {
  if (!EVENTS_ENDPOINT) return;
  const fields = { "audit.actor": "assistant", "audit.model": MODEL_MODEL, "audit.case_id": caseId, ...more };
  const attributes = Object.entries(fields).map(([key, value]) => ({ key, value: { stringValue: String(value) } }));
  const logRecords = [{ timeUnixNano: `${Date.now()}000000`, eventName, attributes }];
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "assistant" } }] };
  await call("POST", `${EVENTS_ENDPOINT}/v1/logs`, { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

async function ask({ question }) {
  if (typeof question !== "string" || question === "") throw new RequestError(400, "question must not be empty");
  const caseId = randomUUID();
  await record("inference.request", caseId, { question });
  const query = { query: await embed(question), limit: SOURCES, with_payload: true };
  const { result } = await call("POST", `${points}/query`, query, vectorsKey);
  const sources = result.points.map(({ id, score, payload }) => ({ id, score, text: payload.text }));
  const context = sources.map(({ id, text }) => `[${id}] ${text}`).join("\n\n");
  const completion = await call(
    "POST",
    `${MODEL_URL}/v1/chat/completions`,
    {
      model: MODEL_MODEL,
      messages: [
        { role: "system", content: `Answer from these sources only, and name them as [id]:\n\n${context}` },
        { role: "user", content: question },
      ],
    },
    { authorization: `Bearer ${MODEL_API_KEY}` },
  );
  const answer = completion.choices[0].message.content;
  await record("inference.decision", caseId, {
    "audit.outcome": "answered",
    answer,
    sources: sources.map(({ id }) => id).join(" "),
  });
  return { answer, sources, case: caseId };
}

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new RequestError(413, `the body must not exceed ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new RequestError(400, "the body must be JSON");
  }
}

const routes = { "POST /documents": addDocument, "POST /ask": ask };

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.url === "/health") return answer(200, { status: "ok" });
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return answer(404, { error: "not found" });
  try {
    answer(200, await route(await bodyOf(request)));
  } catch (error) {
    if (error instanceof RequestError) return answer(error.status, { error: error.message });
    console.error(error.message);
    answer(502, { error: "a service behind the assistant did not answer" });
  }
});

server.listen(PORT, () => console.log(`listening on ${server.address().port}`));
process.on("SIGTERM", () => server.close());

// Qdrant, by its HTTP API.
import { createHash } from "node:crypto";

/** Qdrant's ids are numbers or UUIDs; the text itself is kept beside the vector. */
function pointId(id) {
  const hex = createHash("sha256").update(id).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

export function qdrant(variable) {
  const points = `${variable("URL")}/collections/${variable("COLLECTION")}/points`;
  const call = async (method, url, content) => {
    const response = await fetch(url, {
      method,
      headers: { "content-type": "application/json", "api-key": variable("API_KEY") },
      body: JSON.stringify(content),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}`);
    return response.json();
  };
  return {
    write: (id, vector, payload) =>
      call("PUT", `${points}?wait=true`, { points: [{ id: pointId(id), vector, payload: { id, payload } }] }),
    async search(vector, limit) {
      const { result } = await call("POST", `${points}/query`, { query: vector, limit, with_payload: true });
      // A score is larger the nearer, but for straight lines; a distance is smaller.
      const distance = (score) =>
        ({ cosine: 1 - score, dot: -score, euclidean: score })[variable("DISTANCE")] ?? Number.NaN;
      return result.points.map(({ score, payload }) => ({
        id: payload.id,
        distance: distance(score),
        payload: payload.payload,
      }));
    },
  };
}

// PostgreSQL with pgvector.
import { query } from "./postgres.mjs";

const operators = { cosine: "<=>", euclidean: "<->", dot: "<#>" };

export function pgvector(variable) {
  const server = { url: variable("URL"), user: variable("USER"), password: variable("PASSWORD") };
  const table = `"${variable("COLLECTION")}"`;
  const operator = operators[variable("DISTANCE")];
  // Any type of the column takes this text: `vector` and `halfvec` alike.
  const text = (vector) => `[${vector.join(",")}]`;
  return {
    write: (id, vector, payload) =>
      query(
        server,
        `INSERT INTO ${table} (id, embedding, payload) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding, payload = excluded.payload`,
        [id, text(vector), JSON.stringify(payload)],
      ),
    async search(vector, limit) {
      const rows = await query(
        server,
        `SELECT id, embedding ${operator} $1, payload FROM ${table} ORDER BY embedding ${operator} $1 LIMIT ${limit}`,
        [text(vector)],
      );
      return rows.map(([id, distance, payload]) => ({ id, distance: Number(distance), payload: JSON.parse(payload) }));
    },
  };
}

// As much of PostgreSQL's protocol as one query takes: TLS, a password by SCRAM-SHA-256, text values.
// https://www.postgresql.org/docs/17/protocol.html
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

const timeout = 30_000;

/** Runs one statement on a connection of its own, and answers its rows as lists of texts. */
export async function query({ url, user, password }, statement, values) {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const connection = await opened(hostname, Number(port || 5432), searchParams.get("sslmode") !== "disable");
  try {
    connection.send(
      "",
      int32(196608),
      text("user"),
      text(user),
      text("database"),
      text(pathname.slice(1)),
      Buffer.of(0),
    );
    await authenticated(connection, password);
    connection.send("P", text(""), text(statement), int16(0));
    const encoded = values.map((value) => Buffer.from(value));
    const bound = encoded.flatMap((value) => [int32(value.length), value]);
    connection.send("B", text(""), text(""), int16(0), int16(values.length), ...bound, int16(0));
    connection.send("E", text(""), int32(0));
    connection.send("S");
    const rows = [];
    for (;;) {
      const { type, content } = await connection.next();
      if (type === "D") rows.push(rowOf(content));
      if (type === "Z") return rows;
    }
  } finally {
    connection.close();
  }
}

async function authenticated(connection, password) {
  const nonce = randomBytes(18).toString("base64");
  const first = `n=,r=${nonce}`;
  let proof;
  for (;;) {
    const { type, content } = await connection.next();
    if (type === "Z") return;
    if (type !== "R") continue;
    const kind = content.readInt32BE(0);
    const message = content.subarray(4).toString();
    if (kind === 0) continue;
    if (kind === 10) {
      if (!message.includes("SCRAM-SHA-256")) throw new Error("the server offers no SCRAM-SHA-256");
      const initial = Buffer.from(`n,,${first}`);
      connection.send("p", text("SCRAM-SHA-256"), int32(initial.length), initial);
    } else if (kind === 11) {
      proof = scram(password, nonce, first, message);
      connection.send("p", Buffer.from(proof.answer));
    } else if (kind === 12) {
      const signature = Buffer.from(/v=(.+)/.exec(message)?.[1] ?? "", "base64");
      if (signature.length !== proof.server.length || !timingSafeEqual(signature, proof.server))
        throw new Error("the server does not know the password");
    } else throw new Error("the server asks for another way to authenticate");
  }
}

/** RFC 5802 and 7677. */
function scram(password, nonce, first, challenge) {
  const { r, s, i } = Object.fromEntries(challenge.split(",").map((part) => [part[0], part.slice(2)]));
  if (!r?.startsWith(nonce)) throw new Error("the server answers somebody else");
  const hmac = (key, message) => createHmac("sha256", key).update(message).digest();
  const salted = pbkdf2Sync(password, Buffer.from(s, "base64"), Number(i), 32, "sha256");
  const client = hmac(salted, "Client Key");
  const bare = `c=biws,r=${r}`;
  const all = `${first},${challenge},${bare}`;
  const signed = hmac(createHash("sha256").update(client).digest(), all);
  const proof = Buffer.from(client.map((byte, index) => byte ^ signed[index])).toString("base64");
  return { answer: `${bare},p=${proof}`, server: hmac(hmac(salted, "Server Key"), all) };
}

function rowOf(content) {
  const row = [];
  let at = 2;
  for (let column = content.readInt16BE(0); column > 0; column--) {
    const length = content.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : content.subarray(at, at + length).toString());
    at += Math.max(length, 0);
  }
  return row;
}

/** A connection that sends messages and hands out those that come, one by one. */
async function opened(host, port, encrypted) {
  const plain = connect({ host, port });
  await event(plain, "connect");
  const socket = encrypted ? await encryptedBy(plain, host) : plain;
  socket.setTimeout(timeout, () => socket.destroy(new Error("the server does not answer")));
  let received = Buffer.alloc(0);
  let failed;
  let wake = () => {};
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  for (const end of ["error", "close"])
    socket.on(end, (error) => {
      failed ??= error instanceof Error ? error : new Error("the server closed the connection");
      wake();
    });
  return {
    send(type, ...parts) {
      const content = Buffer.concat(parts);
      socket.write(Buffer.concat([Buffer.from(type), int32(content.length + 4), content]));
    },
    async next() {
      for (;;) {
        const length = received.length >= 5 ? received.readInt32BE(1) + 1 : Number.POSITIVE_INFINITY;
        if (received.length >= length) {
          const message = { type: String.fromCharCode(received[0]), content: received.subarray(5, length) };
          received = received.subarray(length);
          if (message.type === "E") throw new Error(/M([^\0]+)/.exec(message.content.toString())?.[1] ?? "refused");
          return message;
        }
        if (failed) throw failed;
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    },
    close() {
      socket.end(Buffer.from([88, 0, 0, 0, 4]));
    },
  };
}

/** Encrypts; who the server is, `sslmode=require` does not ask. The password proves it: SCRAM fails with anybody else. */
async function encryptedBy(plain, host) {
  plain.write(Buffer.concat([int32(8), int32(80877103)]));
  const [answer] = await event(plain, "data");
  if (answer.toString() !== "S") throw new Error("the server refuses to encrypt");
  const socket = connectTls({ socket: plain, servername: host, rejectUnauthorized: false });
  await event(socket, "secureConnect");
  return socket;
}

function event(emitter, name) {
  return new Promise((resolve, reject) => {
    emitter.once(name, (...values) => resolve(values));
    emitter.once("error", reject);
  });
}

function int16(value) {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value) {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function text(value) {
  return Buffer.from(`${value}\0`);
}

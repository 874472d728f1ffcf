// The gateway's job with fastify and BullMQ: verify the raw body's HMAC, parse it, keep each callback once, acknowledge.
// Environment: PORT, REDIS_SOCKET, SECRET.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Queue } from "bullmq";
import fastify from "fastify";

const { PORT, REDIS_SOCKET, SECRET } = process.env;

const queue = new Queue("callbacks", { connection: { path: REDIS_SOCKET } });
const app = fastify({ bodyLimit: 65536 });

// The signature covers the bytes as they came.
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));

function isGenuine(body, signature) {
  const expected = Buffer.from(createHmac("sha512", SECRET).update(body).digest("hex"));
  const given = Buffer.from(signature ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

app.post("/in/bench", async (request, reply) => {
  if (!isGenuine(request.body, request.headers["x-startbutton-signature"])) {
    return reply.code(401).send({ error: "not authenticated" });
  }
  const callback = JSON.parse(request.body);
  const { transactionReference } = callback.data.transaction;
  // A job whose id is known is not added again. BullMQ keeps the colon in ids for itself.
  await queue.add(callback.event, callback, { jobId: `${transactionReference}-${callback.event}` });
  return { status: "ok" };
});

await queue.waitUntilReady();
await app.listen({ host: "127.0.0.1", port: Number(PORT), backlog: 4096 });

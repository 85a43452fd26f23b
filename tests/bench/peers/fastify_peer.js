// What a team might write by hand: Fastify, ajv and better-sqlite3.
//
// It checks the signature and the fields, and stores each request in one durable transaction, each
// message id once. It has none of the rules: no people, no merges, no raw bodies, no ledger.
//
// Run: node fastify_peer.js PORT DATABASE_FILE SECRET
"use strict";
const { createHmac, timingSafeEqual } = require("node:crypto");
const Database = require("better-sqlite3");
const fastify = require("fastify");
const Ajv = require("ajv");

const [port, file, secret] = process.argv.slice(2);

const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(`
  CREATE TABLE events (message_id TEXT PRIMARY KEY, anonymous_id TEXT NOT NULL, name TEXT NOT NULL,
    timestamp TEXT NOT NULL, received_at REAL NOT NULL, number INTEGER, data TEXT NOT NULL);
  CREATE INDEX events_anonymous_id ON events (anonymous_id);
  CREATE INDEX events_received_at ON events (received_at);
`);
const insert = database.prepare(
  "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
);
const store = database.transaction((calls, now) => {
  calls.forEach((call, number) => {
    const data = JSON.stringify(call.properties ?? {});
    insert.run(call.messageId, call.anonymousId, call.event, call.timestamp, now, number, data);
  });
});

const track = {
  type: "object",
  required: ["type", "event", "messageId", "anonymousId", "timestamp"],
  properties: {
    type: { enum: ["track", "page", "screen"] },
    event: { type: "string", minLength: 1, maxLength: 1000 },
    messageId: { type: "string", minLength: 1, maxLength: 200 },
    anonymousId: { type: "string", minLength: 1, maxLength: 200 },
    timestamp: { type: "string" },
    properties: { type: "object" },
  },
};
const isOne = new Ajv().compile(track);
const areAll = new Ajv().compile({ type: "array", items: track });

const app = fastify({ bodyLimit: 50_000_000 });
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
  done(null, body);
});
app.post("/webhooks/segment/default", (request, reply) => {
  const body = request.body;
  const read = JSON.parse(body);
  const batch = Array.isArray(read);
  if (!(batch ? areAll(read) : isOne(read))) return reply.code(400).send({ success: false });
  const following = batch ? body.indexOf('},{"type"') : -1;
  const end = following < 0 ? body.length - 1 : following + 1;
  const signed = batch ? body.subarray(1, end) : body;
  const expected = createHmac("sha1", secret).update(signed).digest();
  const given = Buffer.from(request.headers["x-signature"] ?? "", "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return reply.code(401).send({ success: false });
  }
  const calls = batch ? read : [read];
  store(calls, Date.now());
  return reply.send({ success: true, accepted: calls.length });
});
app.listen({ port: Number(port), host: "127.0.0.1" }).then(() => console.log("peer is ready"));

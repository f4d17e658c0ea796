import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { buildApp } from "./app.ts";
import { Metrics } from "./metrics.ts";
import { PushHub } from "./push/push-hub.ts";
import { parseTokenQuery } from "./token-query.ts";
import { tokenEvents } from "./token-stream.ts";
import { Users } from "./users.ts";

const metrics = new Metrics();
const app = buildApp({ hub: new PushHub(metrics), metrics, users: new Users("") });
after(() => app.close());

function textsOf(answer: string): string[] {
  const events = answer.split("\n\n");
  assert.equal(events.pop(), "");
  return events.map((event) => event.replace(/^data: /, ""));
}

test("a stream has the requested events in order, then its end mark", async () => {
  const answer = await app.inject({ method: "POST", url: "/stream?events=3&intervalMs=1&bytes=4" });
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers["content-type"]), /^text\/event-stream/);
  const expected = [0, 1, 2].map((index) => JSON.stringify({ index, text: "xxxx" }));
  assert.deepEqual(textsOf(answer.body), [...expected, "[DONE]"]);
});

test("the body takes precedence over the query, and other servers' fields are ignored", async () => {
  const payload = { model: "m", stream: true, events: 1, bytes: 2 };
  const answer = await app.inject({ method: "POST", url: "/stream?events=5&intervalMs=0", payload });
  assert.deepEqual(textsOf(answer.body), ['{"index":0,"text":"xx"}', "[DONE]"]);
});

test("a stream without events is just its end mark", async () => {
  assert.deepEqual(textsOf((await app.inject({ method: "POST", url: "/stream?events=0" })).body), ["[DONE]"]);
});

test("values that are not integers in range are answered with 400 and the field", async () => {
  for (const [body, error] of [
    [{ events: -1 }, "events: expected 0 to 1000000, got -1"],
    [{ bytes: 1.5 }, "bytes: expected 0 to 65536, got 1.5"],
    [{ intervalMs: null }, "intervalMs: expected 0 to 3600000, got null"],
    [{ jitterMs: "soon" }, 'jitterMs: expected 0 to 3600000, got "soon"'],
  ] as const) {
    const answer = await app.inject({ method: "POST", url: "/stream", payload: body });
    assert.deepEqual([answer.statusCode, answer.json()], [400, { error }]);
  }
});

test("several streams in turn over one connection", { timeout: 20_000 }, async () => {
  const serving = buildApp({ hub: new PushHub(metrics), metrics, users: new Users("") });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await serving.listen({ host: "127.0.0.1", port: 0 });
    const { port } = serving.server.address() as AddressInfo;
    let connections = 0;
    serving.server.on("connection", () => connections++);
    for (let turn = 0; turn < 3; turn++) {
      const sent = request({
        agent,
        host: "127.0.0.1",
        port,
        method: "POST",
        path: "/stream?events=2&intervalMs=1",
      }).end();
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      let body = "";
      for await (const piece of answer) body += piece;
      assert.equal(textsOf(body).length, 3);
    }
    assert.equal(connections, 1);
  } finally {
    agent.destroy();
    await serving.close();
  }
});

test("a stream whose client left ends at once, without its end mark", { timeout: 20_000 }, async () => {
  const gone = new AbortController();
  const events = tokenEvents({ events: 2, intervalMs: 3_600_000, jitterMs: 0, bytes: 1 }, gone.signal);
  assert.deepEqual(await events.next(), { value: 'data: {"index":0,"text":"x"}\n\n', done: false });
  const next = events.next();
  gone.abort();
  assert.equal((await next).done, true);
});

test("omitted fields have their defaults", () => {
  assert.deepEqual(parseTokenQuery(new URLSearchParams(), null), {
    events: 10,
    intervalMs: 100,
    jitterMs: 0,
    bytes: 16,
  });
});

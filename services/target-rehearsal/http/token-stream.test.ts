import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { of, type RawClient, Rig, until } from "../testing/rig.ts";

const post = (query: string, body = "", more = ""): string =>
  `POST /stream?${query} HTTP/1.1\r\nhost: x\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
const closing = "connection: close\r\n";

/** The server's responses to these requests on one connection, and its account. */
async function converse(faults: string, requests: string): Promise<{ client: RawClient; rig: Rig }> {
  const rig = await Rig.start(`answers: true\nfaults: [${faults}]`);
  const client = rig.raw(requests);
  await until(() => client.hasEnded || client.error !== "", "the end of the connection");
  return { client, rig };
}

/** The events of the responses, in order. */
const eventsOf = (text: string): string[] => [...text.matchAll(/data: (.*)\n\n/g)].map((match) => match[1]!);
const token = (index: number): string => `{"index":${index},"text":"xx"}`;

describe("POST /stream", () => {
  it("has its events in order, then its end mark, several streams in turn on one connection", async () => {
    const { client, rig } = await converse(
      "",
      post("events=2&intervalMs=5&bytes=2") +
        post("events=9&intervalMs=0&bytes=2", '{"events":1,"model":"m"}', closing),
    );
    assert.deepEqual(eventsOf(client.text), [token(0), token(1), "[DONE]", token(0), "[DONE]"]);
    assert.equal(client.text.split("content-type: text/event-stream\r\n").length, 3);
    assert(client.text.endsWith("0\r\n\r\n"));
    const facts = await rig.account();
    const streams = of(facts, "streamed");
    assert.deepEqual(
      streams.map(({ stream, end, events, path }) => [stream, end, events, path]),
      [
        [0, "complete", 2, "/stream?events=2&intervalMs=5&bytes=2"],
        [1, "complete", 1, "/stream?events=9&intervalMs=0&bytes=2"],
      ],
    );
    const [first] = streams as unknown as { writes: [number, number, number][] }[];
    assert.deepEqual(
      first!.writes.map(([, , events]) => events),
      [0, 1, 1, 0],
    );
    for (const [at, [beforeNs, afterNs]] of first!.writes.entries())
      assert(beforeNs <= afterNs && (at === 0 || first!.writes[at - 1]![1] <= beforeNs));
    assert(first!.writes[2]![0] >= 5e6, "the second event was due 5 ms after the first");
    assert.deepEqual(of(facts, "summary")[0]!.streams, { asked: 2, complete: 2, events: 3 });
  });

  it("names the invalid field", async () => {
    const { client, rig } = await converse("", post("events=x", "", closing));
    assert.match(client.text, /^HTTP\/1\.1 400 .*"events: expected 0 to 1000000, got \\"x\\""/s);
    assert.deepEqual(of(await rig.account(), "streamed"), []);
  });
});

describe("faults of streams", () => {
  it("reject: another status, with Retry-After", async () => {
    const { client, rig } = await converse(
      "{ kind: stream.reject, every: 2, status: 429, retryAfterSeconds: 7 }",
      post("events=1") + post("events=1&bytes=2&intervalMs=0", "", closing),
    );
    assert.match(client.text, /^HTTP\/1\.1 429 .*\r\nretry-after: 7\r\n.*HTTP\/1\.1 200 OK\r\n/s);
    assert.deepEqual(
      of(await rig.account(), "streamed").map(({ end, faults }) => [end, faults]),
      [
        ["rejected", [0]],
        ["complete", undefined],
      ],
    );
  });

  it("slow-start and stall: a late head, then late events", async () => {
    const { client, rig } = await converse(
      "{ kind: stream.slow-start, ms: 30 }, { kind: stream.stall, afterEvents: 0, ms: 20 }, { kind: stream.stall, afterEvents: 1, ms: 40 }",
      post("events=2&intervalMs=0&bytes=2", "", closing),
    );
    assert.deepEqual(eventsOf(client.text), [token(0), token(1), "[DONE]"]);
    const [{ writes }] = of(await rig.account(), "streamed") as unknown as [{ writes: [number, number, number][] }];
    const [head, first, second] = writes.map(([beforeNs]) => beforeNs);
    assert(head! >= 30e6 && first! >= 50e6 && second! >= 90e6);
  });

  it("burst: several events in one write", async () => {
    const { client, rig } = await converse(
      "{ kind: stream.burst, events: 3 }",
      post("events=5&intervalMs=1&bytes=2", "", closing),
    );
    assert.deepEqual(eventsOf(client.text), [...[0, 1, 2, 3, 4].map(token), "[DONE]"]);
    const [{ writes }] = of(await rig.account(), "streamed") as unknown as [{ writes: [number, number, number][] }];
    assert.deepEqual(
      writes.map(([, , events]) => events),
      [0, 3, 2, 0],
    );
  });

  it("cut and error: no end mark, each in its way", async () => {
    for (const [fault, whole, error] of [
      ["{ kind: stream.cut, afterEvents: 1, ending: polite }", true, ""],
      ["{ kind: stream.cut, afterEvents: 1, ending: fin }", false, ""],
      ["{ kind: stream.cut, afterEvents: 1, ending: rst }", false, "ECONNRESET"],
      ["{ kind: stream.error, afterEvents: 1 }", true, ""],
    ] as const) {
      const { client, rig } = await converse(fault, post("events=3&intervalMs=20&bytes=2", "", closing));
      const isError = fault.includes("error");
      assert.deepEqual(eventsOf(client.text), [token(0), ...(isError ? ['{"error":"by the fault script"}'] : [])]);
      assert.equal(client.text.includes("event: error\n"), isError);
      assert.equal(client.text.endsWith("0\r\n\r\n"), whole);
      assert.equal(client.error, error);
      const [fact] = of(await rig.account(), "streamed");
      assert.deepEqual([fact!.end, fact!.events], [isError ? "error" : "cut", 1]);
    }
  });

  it("do not affect a stream with fewer events than they wait for", async () => {
    const { client, rig } = await converse(
      "{ kind: stream.cut, afterEvents: 2, ending: fin }",
      post("events=2&intervalMs=0&bytes=2", "", closing),
    );
    assert.deepEqual(eventsOf(client.text), [token(0), token(1), "[DONE]"]);
    assert.equal(of(await rig.account(), "streamed")[0]!.end, "complete");
  });

  it("end with their client: nothing is written after it left", async () => {
    const rig = await Rig.start("faults: [{ kind: stream.stall, afterEvents: 1, ms: 3600000 }]");
    const client = rig.raw(post("events=3&intervalMs=0&bytes=2"));
    await until(() => client.text.includes("data: "), "the first event");
    client.socket.destroy();
    await until(() => rig.server.totals.streams.left === 1, "its end");
    const [fact] = of(await rig.account(), "streamed");
    assert.deepEqual([fact!.end, fact!.events, fact!.writes], ["left", 1, undefined]);
  });
});

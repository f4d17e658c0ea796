import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { of, type RawClient, Rig, until } from "../testing/rig.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const last = "GET /user/9 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/** Starts a server with these faults and returns its responses to these requests on one connection. */
async function converse(faults: string, requests: string): Promise<{ rig: Rig; client: RawClient; text: string }> {
  const rig = await Rig.start(`seed: 2\nfaults: [${faults}]`);
  const client = rig.raw(requests);
  await until(() => client.hasEnded, "the end of the connection");
  return { rig, client, text: client.text };
}

describe("the HTTP side", () => {
  it("answers pipelined requests in order, even if the first is delayed", async () => {
    const { rig, text } = await converse(
      "{ kind: http.delay, connections: [0], ms: 30 }",
      get("/user/1") + get("/healthz") + get("/user/2") + last,
    );
    assert.deepEqual(
      [...text.matchAll(/"id":(\d)|"status":"ok"/g)].map((match) => match[1]),
      ["1", undefined, "2", "9"],
    );
    assert.equal(rig.server.totals.requestFaults["http.delay"], 1);
    await rig.account();
  });

  it("rejects invalid requests, and requests that never end", async () => {
    for (const [bytes, status] of [
      ["nonsense\r\n\r\n", 400],
      [`GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}`, 431],
      ["POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", 501],
    ] as const) {
      const { rig, text } = await converse("", bytes);
      assert(text.startsWith(`HTTP/1.1 ${status} `), text);
      await rig.account();
    }
  });

  it("reads requests that arrive byte by byte, and skips bodies", async () => {
    const rig = await Rig.start("");
    const client = rig.raw("");
    for (const byte of `POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc${last}`) client.socket.write(byte);
    await until(() => client.hasEnded, "both answers");
    assert.match(client.text, /^HTTP\/1\.1 405 .*HTTP\/1\.1 200 /s);
    await rig.account();
  });
});

describe("the account of answers", () => {
  it("has a line per response, in the order written, with the time its request was read", async () => {
    const rig = await Rig.start("answers: true\nfaults: [{ kind: http.delay, connections: [1], ms: 40 }]");
    const client = rig.raw(get("/user/1") + get("/user/2") + get("/healthz") + last);
    await until(() => client.hasEnded, "the end of the connection");
    const answers = of(await rig.account(), "answered");
    assert.deepEqual(
      answers.map(({ request, path }) => [request, path]),
      [
        [0, "/user/1"],
        [1, "/user/2"],
        [2, "/user/9"],
      ],
    );
    const instants = answers.map(({ readNs, beforeNs, t }) => [readNs, beforeNs, t].map(Number));
    for (const [readNs, beforeNs, t] of instants) assert(readNs! <= beforeNs! && beforeNs! <= t!);
    assert(instants[1]![1]! - instants[1]![0]! >= 40e6 - 1, "the second was held back");
    assert(instants[2]![1]! >= instants[1]![2]!, "and the third waited behind it");
  });

  it("is written only if the script says so", async () => {
    const { rig } = await converse("", last);
    assert.deepEqual(of(await rig.account(), "answered"), []);
  });
});

describe("HTTP faults", () => {
  it("start with a request, counted over all connections", async () => {
    const { rig, text } = await converse(
      "{ kind: http.status, at: { whenRequests: 3 }, statuses: [{ status: 503, share: 1 }] }",
      get("/user/1").repeat(3) + last,
    );
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]),
      ["200", "200", "503", "503"],
    );
    assert.deepEqual(
      of(await rig.account(), "begun").map(({ requests }) => requests),
      [3],
    );
  });

  it("stall: answers nothing until it is over, then everything in order", async () => {
    const { rig, text } = await converse("{ kind: http.stall, at: { atMs: 0 }, ms: 120 }", get("/user/1") + last);
    const facts = await rig.account();
    const faults = of(facts, "request-fault");
    assert.deepEqual(
      faults.map((fact) => [fact.request, fact.kind]),
      [
        [0, "http.stall"],
        [1, "http.stall"],
      ],
    );
    assert.equal(text.split("HTTP/1.1 200 OK").length, 3);
    assert(Number(of(facts, "summary")[0]!.t) - Number(of(facts, "started")[0]!.t) >= 120e6);
  });

  it("status: exactly the recorded requests get the status", async () => {
    const { rig, text } = await converse(
      "{ kind: http.status, statuses: [{ status: 500, share: 0.3 }, { status: 429, share: 0.2 }] }",
      get("/user/1").repeat(40) + last,
    );
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => Number(match[1]));
    const faults = new Map(of(await rig.account(), "request-fault").map((fact) => [fact.request, fact.status]));
    assert(faults.size > 5 && faults.size < 36);
    assert.deepEqual(
      statuses,
      statuses.map((_, request) => faults.get(request) ?? 200),
    );
  });

  it("chunked: the same body in chunks", async () => {
    const { rig, text } = await converse("{ kind: http.chunked, bytesPerChunk: 8 }", last);
    assert.match(text, /transfer-encoding: chunked\r\n\r\n8\r\n\{"id":9,\r\n/);
    assert(text.endsWith("0\r\n\r\n"));
    const body = await (await fetch(`http://127.0.0.1:${rig.port}/user/9`)).json();
    assert.equal((body as { id: number }).id, 9);
    await rig.account();
  });

  it("truncate, malformed, wrong-json and close-after break what they claim to", async () => {
    const cut = await converse("{ kind: http.truncate, bytes: 5 }", get("/user/1"));
    assert(cut.text.endsWith('\r\n\r\n{"id"'));
    const malformed = await converse("{ kind: http.malformed }", get("/user/1"));
    assert(malformed.text.startsWith("HTTP/1.1 2OO"));
    const wrong = await converse("{ kind: http.wrong-json }", last);
    assert.throws(() => JSON.parse(wrong.text.split("\r\n\r\n")[1]!));
    const closing = await converse("{ kind: http.close-after, requests: 2 }", get("/user/1").repeat(5));
    assert.equal(closing.text.split("HTTP/1.1 200").length, 3);
    for (const { rig } of [cut, malformed, wrong, closing])
      assert.equal(of(await rig.account(), "request-fault").length, 1);
  });
});

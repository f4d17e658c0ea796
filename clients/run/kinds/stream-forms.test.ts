/**
 * Every form of the standard's event streams (WHATWG HTML, section 9.2) through a whole run, in one-byte HTTP chunks
 * with every coding: the counted events must be those written.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { StreamCounts } from "../../report/model/schema/streams-block.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import { executeOne } from "../executors.ts";

/**
 * A BOM, comments, all three line endings, data of several lines and without a value, and fields that form no event.
 */
const events = [
  "\u{feff}: comment\r\ndata: a\r\rdata:b\ndata: c\n\n",
  "event: tick\rdata: ✓\r\n\r\n:\n\n",
  "id: 7\nretry: 5\n\n",
  "other: x\ndata\n\n",
].join("");
/** "a", "b\nc", "✓" and "". */
const told = { count: 4, bytes: 1 + 3 + 3 + 0 };

/** What follows the events, by form of `ends`. */
const ends: Readonly<Record<string, string>> = {
  "[DONE]": "data: [DONE]\r\n\r\n",
  "data:[DONE]": "data: [DONE]",
  "event:done": "data: bye\revent: done\r\r",
  "json:done": 'data: {"done":\ndata: true}\n\n',
  "json:choices.0.finish_reason=stop": 'data: {"choices":[{"finish_reason":"stop"}]}\n\n',
  body: "",
};
const codings: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: gzipSync,
  br: brotliCompressSync,
};

/** The coding and end of a stream, as given in the path. */
const pathOf = (coding: string, end: string): string => `/${coding}/${encodeURIComponent(end)}`;

function answer(path: string, response: ServerResponse): void {
  const [, coding = "", end = ""] = path.split("/");
  const body = codings[coding]!(Buffer.from(`${events}${ends[decodeURIComponent(end)]}`));
  response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": coding });
  for (let at = 0; at < body.length; at++) response.write(body.subarray(at, at + 1));
  response.end();
}

describe("every form of an event stream, in one-byte chunks", () => {
  let asked = 0;
  let server: Server;
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-stream-forms-"));
  before(async () => {
    server = createServer((request, response) => {
      asked++;
      request.resume();
      answer(request.url!, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(runsFolder, { recursive: true });
  });

  async function run(path: string, end: string): Promise<StreamCounts> {
    asked = 0;
    const target = `http://127.0.0.1:${(server.address() as { port: number }).port}${path}`;
    const given = { kind: "streams", target, users: 2, hold: "150ms", think: "20ms", ends: end };
    const { streams } = await executeOne(readScenario(given) as StreamsScenario, target, {
      runsFolder,
      watch: () => [],
      signal: new AbortController().signal,
      allowedHosts: [],
      say: () => {},
    });
    assert.ok(streams !== undefined && asked >= 2);
    return streams;
  }

  const tried: [coding: string, end: string][] = [
    ...Object.keys(ends).map((end): [string, string] => ["identity", end]),
    ["gzip", "[DONE]"],
    ["br", "json:done"],
  ];
  for (const [coding, end] of tried) {
    it(`${coding}, ended by ${end}: four events and their bytes`, async () => {
      const streams = await run(pathOf(coding, end), end);
      assert.deepEqual([streams.sent, streams.complete, streams.byCause], [asked, asked, {}]);
      assert.deepEqual([streams.events, streams.eventBytes], [asked * told.count, asked * told.bytes]);
    });
  }

  it("is cut when its end mark is missing", async () => {
    const streams = await run(pathOf("identity", "event:done"), "[DONE]");
    assert.deepEqual([streams.complete, streams.byCause], [0, { "stream-cut": asked }]);
  });
});

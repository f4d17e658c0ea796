/** Streams from a real node:http server: every figure is compared with what that server reports. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import type { StreamCounts } from "../../report/model/schema/streams-block.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import { executeOne } from "../executors.ts";
import { StreamServer } from "../testing/stream-server.ts";

describe("a run of streams", () => {
  let server: StreamServer;
  before(async () => {
    server = await StreamServer.listen();
  });
  after(() => server.close());

  async function stream(
    target: string,
    fields: Partial<Record<keyof StreamsScenario, unknown>> = {},
  ): Promise<Report & { streams: StreamCounts }> {
    const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-streams-"));
    try {
      const given = { users: 5, hold: "400ms", ends: "[DONE]", body: '{"prompt":"hello"}', ...fields };
      const scenario = readScenario({ kind: "streams", target, ...given }) as StreamsScenario;
      const options = {
        runsFolder,
        watch: () => [],
        signal: new AbortController().signal,
        allowedHosts: [],
        say: () => {},
      };
      const report = await executeOne(scenario, target, options);
      const { streams } = report;
      assert.ok(streams !== undefined);
      assert.equal(streams.due, streams.sent + streams.unsent);
      assert.equal(streams.sent, streams.complete + streams.failed + streams.unanswered);
      assert.equal(
        Object.values(streams.byCause).reduce((sum, count) => sum + count, 0),
        streams.failed,
      );
      return { ...report, streams };
    } finally {
      rmSync(runsFolder, { recursive: true });
    }
  }
  const asked = (way: string): number => server.served.asked[way] ?? 0;

  for (const way of ["whole", "gzip", "br"]) {
    it(`counts each stream and each event of /${way} as the server does`, async () => {
      const before = { ...server.served };
      const { verdict, streams, latencyMs } = await stream(server.url(way));
      assert.equal(verdict, "pass");
      assert.ok(streams.complete >= 5, `${streams.complete}`);
      assert.equal(streams.sent, asked(way));
      assert.equal(streams.complete, server.served.whole - before.whole);
      assert.equal(streams.events, server.served.events - before.events);
      assert.equal(latencyMs.firstEvent?.count, streams.sent);
      assert.equal(latencyMs.stream?.count, streams.complete);
      // n events have n - 1 gaps, except those that arrived together.
      assert.ok((latencyMs.eventGap?.count ?? 0) + streams.eventsTogether >= streams.events - streams.sent);
      assert.equal(server.served.bodies.at(-1), '{"prompt":"hello"}');
    });
  }

  const told: [string, number][] = [
    ["json:usage.tokens", 9],
    ["json:n,each", 10],
    ["json:n", 4],
    ["json:choices.0.text,text", 3],
  ];
  for (const [tokens, each] of told) {
    it(`counts the tokens that events report by ${tokens}`, async () => {
      const before = asked("tokens");
      const limits = ["tokensPerSecond >= 1", `tokensPerStream <= ${each}`];
      const { verdict, streams, limits: judged } = await stream(server.url("tokens"), { tokens, limits });
      const complete = asked("tokens") - before;
      assert.equal(verdict, "pass");
      assert.equal(streams.complete, complete);
      assert.equal(streams.tokens?.total, complete * each);
      assert.equal(streams.tokens?.perStream, each);
      assert.equal(streams.tokens?.untold, 0);
      assert.ok((streams.tokens?.perSecond ?? 0) * 0.4 <= complete * each);
      assert.equal(judged.find(({ limit }) => limit === "tokensPerStream")?.measured, each);
    });
  }

  it("does not pass a run in which no event reported tokens", async () => {
    const { verdict, reasons, streams } = await stream(server.url("whole"), { tokens: "json:usage.tokens" });
    assert.equal(verdict, "invalid");
    assert.ok(reasons.some(({ code }) => code === "tokens-not-found"));
    assert.deepEqual({ ...streams.tokens }, { total: 0, perSecond: null, perStream: null, untold: streams.complete });
  });

  it("reads one event per line, and an end mark in a JSON field", async () => {
    const { streams } = await stream(server.url("lines"), { ends: "json:done=true" });
    assert.equal(streams.complete, asked("lines"));
    assert.equal(streams.events, 4 * streams.complete);
  });

  it("waits for the end of the body without an end mark", async () => {
    const { streams } = await stream(server.url("no-end"), { ends: "body" });
    assert.equal(streams.complete, asked("no-end"));
    assert.equal(streams.events, 4 * streams.complete);
  });

  for (const [way, cause] of [
    ["no-end", "stream-cut"],
    ["error", "error-event"],
    ["stall", "gap-timeout"],
    ["silent", "first-event-timeout"],
  ] as const) {
    it(`fails the streams of /${way} by ${cause}`, async () => {
      const before = asked(way);
      const timeouts = { gap: "300ms", firstEvent: "300ms" };
      const { verdict, streams } = await stream(server.url(way), { hold: "200ms", timeouts });
      assert.equal(verdict, "fail");
      assert.deepEqual(streams.byCause, { [cause]: streams.sent });
      assert.equal(streams.sent, asked(way) - before);
    });
  }

  it("distinguishes cut streams from complete ones", async () => {
    const before = server.served.whole;
    const { streams } = await stream(server.url("cut"));
    assert.equal(streams.complete, server.served.whole - before);
    assert.deepEqual(streams.byCause, { "stream-cut": asked("cut") - streams.complete });
  });

  it("keeps the status of a refusal, and its Retry-After", async () => {
    const { streams } = await stream(server.url("busy"));
    const refused = Math.floor(asked("busy") / 3);
    assert.deepEqual(
      [streams.byCause, streams.byStatus, streams.retryAfter],
      [{ status: refused }, { 429: refused }, { 7: refused }],
    );
  });

  it("counts responses with many distinct Retry-After values completely", async () => {
    const { streams } = await stream(server.url("never"));
    assert.ok(streams.sent > 100, `${streams.sent}`);
    assert.deepEqual(streams.byStatus, { 503: streams.sent });
    const told = Object.values(streams.retryAfter);
    assert.ok(told.length <= 50 && streams.retryAfter["(other values)"]! > 0, JSON.stringify(streams.retryAfter));
    assert.equal(
      told.reduce((sum, count) => sum + count, 0),
      streams.sent,
    );
  });

  it("includes no refusal of the warm-up in any figure", async () => {
    const before = asked("busy");
    const { streams } = await stream(server.url("busy"), { warmUp: "300ms" });
    const refused = streams.byCause.status!;
    assert.ok(streams.sent < asked("busy") - before, "some were asked for in the warm-up");
    assert.deepEqual([streams.byStatus, streams.retryAfter], [{ 429: refused }, { 7: refused }]);
  });

  it("records no gap between events that arrived together", async () => {
    const { streams, latencyMs, notes } = await stream(server.url("together"));
    assert.equal(streams.eventsTogether, streams.events);
    assert.equal(latencyMs.eventGap ?? null, null);
    assert.match(
      notes.find(({ code }) => code === "events-together")?.text ?? "",
      /^100 % of the events arrived together/,
    );
  });

  it("sends requests at a rate regardless of responses, and counts those without a connection", async () => {
    const { streams, reasons } = await stream(server.url("whole"), { rate: 100, users: 1, hold: "500ms" });
    assert.ok(streams.unsent > 0);
    assert.ok(reasons.some(({ code }) => code === "limit-missed"));
  });

  it("lets users think between streams", async () => {
    const { streams } = await stream(server.url("whole"), { think: "10s" });
    assert.equal(streams.sent, 5);
    assert.equal(streams.complete, 5);
  });
});

describe("a scenario of streams", () => {
  it("rejects unknown event formats, all at once", () => {
    assert.throws(
      () =>
        readScenario({
          kind: "streams",
          target: "go",
          ends: "json:",
          fails: "event:",
          think: "-1s",
          timeouts: { gap: "0s" },
        }),
      (error: { problems?: { field: string }[] }) =>
        ["ends", "fails", "think", "timeouts.gap"].every((field) =>
          error.problems?.some((problem) => problem.field === field),
        ),
    );
  });
});

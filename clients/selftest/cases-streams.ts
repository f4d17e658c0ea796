/**
 * Selftest cases for streams: requests that the rehearsal target answers with events, correctly and with every fault.
 */
import { planStreams } from "../run/kinds/streams-kind.ts";
import type { StreamsScenario } from "../scenario/streams-schema.ts";
import type { Outcome, SelftestCase } from "./case.ts";
import { plannedPaths } from "./cases-api.ts";
import { type Check, exactly } from "./check.ts";
import { closedLoopBounds, openLoopBounds } from "./check-requests.ts";
import { type QuantileName, streamCountChecks, streamTimeChecks } from "./check-streams.ts";

const events = 6;
const bytes = 24;
const intervalMs = 20;
const retryAfterSeconds = 7;

/**
 * At a rate, the first due instant is inferred from the promptest request: how late even that one may have been read,
 * milliseconds.
 */
const promptestMs = 2;

/** Different paths, by which each stream's due instant is identified at a rate. */
const paths = Array.from(
  { length: 40 },
  (_, index) => `/stream?events=${events}&intervalMs=${intervalMs}&bytes=${bytes}&of=${index}`,
);

/** Size of the data of a stream's first events, bytes. */
const bytesOf = (count: number): number =>
  Array.from({ length: count }, (_, index) => JSON.stringify({ index, text: "x".repeat(bytes) }).length).reduce(
    (sum, length) => sum + length,
    0,
  );

/**
 * All checks against the account; the report hides query strings, so the paths are given here. The first request on a
 * connection was sent at an instant not recorded anywhere else.
 */
function streamChecks({ report, account: { streams } }: Outcome): Check[] {
  const { ratePerSecond, requests } = planStreams({ ...(report.scenario as StreamsScenario), paths }, null);
  const isClosedLoop = ratePerSecond === null;
  const shares: QuantileName[] = isClosedLoop ? ["p50", "p90"] : ["p50", "p90", "p99"];
  const toleranceMs = isClosedLoop ? 1 : 1 + promptestMs;
  const bounds = isClosedLoop
    ? closedLoopBounds(streams)
    : openLoopBounds(streams, plannedPaths({ requests }), ratePerSecond);
  const written = streams.map(({ writes }) => writes.reduce((sum, write) => sum + write.events, 0));
  const eventBytes = written.reduce((sum, count) => sum + bytesOf(count), 0);
  return [
    ...streamCountChecks(report, streams, eventBytes),
    ...streamTimeChecks(report, bounds, { shares, toleranceMs }),
  ];
}

/** How many streams the fault ended this way: without any, the case shows nothing. */
const struck = (end: string, { account }: Outcome): Check => {
  const count = account.streams.filter((stream) => stream.end === end).length;
  return exactly(`the fault occurred (1: yes)`, 1, count > 0 ? 1 : 0);
};

const stream = (
  name: string,
  proves: string,
  faults: SelftestCase["faults"],
  fields: Record<string, unknown> = {},
  checks: SelftestCase["checks"] = () => [],
): SelftestCase => ({
  name: `streams-${name}`,
  proves,
  isQuick: false,
  isAlone: true,
  script: { answers: true },
  scenario: { kind: "streams", shards: 1, users: 10, hold: "2s", paths, ...fields },
  faults,
  checks: (outcome) => [...streamChecks(outcome), ...checks(outcome)],
});

/** Two streams in five, never the same two in a row. */
const some = { every: 5, offset: 2 };

export const streamCases: readonly SelftestCase[] = [
  stream("clean", "users who request one stream after the other: every count, the first event, gaps and duration", []),
  stream("at-a-rate", "streams due at 200 per second: the same, from the due time", [], { rate: 200, users: 80 }),
  stream(
    "slow-start-at-a-rate",
    "response heads 5, 40 and 150 ms late, from the due time",
    [
      {
        kind: "stream.slow-start",
        weighted: [
          { ms: 5, weight: 60 },
          { ms: 40, weight: 35 },
          { ms: 150, weight: 5 },
        ],
      },
    ],
    { rate: 200, users: 80 },
  ),
  stream("slow-first", "the first event of one stream in five 120 ms late", [
    { kind: "stream.stall", afterEvents: 0, ms: 120, ...some },
  ]),
  stream("stall", "a gap of 200 ms within one stream in five", [
    { kind: "stream.stall", afterEvents: 3, ms: 200, ...some },
  ]),
  stream("burst", "three events in one write: counted, and excluded from the gaps", [
    { kind: "stream.burst", events: 3, ...some },
  ]),
  stream(
    "timeouts",
    "streams that stall before their first event or later, given up",
    [
      { kind: "stream.stall", afterEvents: 0, ms: 600_000, every: 20, offset: 2 },
      { kind: "stream.stall", afterEvents: 3, ms: 600_000, every: 20, offset: 7 },
    ],
    { hold: "3s", timeouts: { firstEvent: "1500ms", gap: "1500ms" } },
    (outcome) => [struck("left", outcome)],
  ),
  ...["polite", "fin", "rst"].map((ending) =>
    stream(
      `cut-${ending}`,
      `one stream in five ends without its end mark, ${ending === "polite" ? "its body whole" : `by ${ending.toUpperCase()}`}`,
      [{ kind: "stream.cut", afterEvents: 3, ending, ...some }],
      {},
      (outcome) => [struck("cut", outcome)],
    ),
  ),
  stream(
    "error",
    "one stream in five ends with an error event",
    [{ kind: "stream.error", afterEvents: 3, ...some }],
    {},
    (outcome) => [struck("error", outcome)],
  ),
  stream(
    "refused",
    "429 for one stream in five, with Retry-After",
    [{ kind: "stream.reject", status: 429, retryAfterSeconds, ...some }],
    {},
    (outcome) => {
      const { streams } = outcome.report;
      const rejected = outcome.account.streams.filter(({ end }) => end === "rejected").length;
      return [
        struck("rejected", outcome),
        exactly("refused with 429", rejected, streams?.byStatus["429"]),
        exactly("answers with Retry-After", rejected, streams?.retryAfter[String(retryAfterSeconds)]),
      ];
    },
  ),
];

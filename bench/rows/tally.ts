/**
 * The cost of bookkeeping: recording a value, merging and sending tallies, a scrape; and what a shard sends each
 * second.
 */
import { nowNs } from "../../clients/measure/clock.ts";
import { Histogram } from "../../clients/measure/histogram/histogram.ts";
import { decodeHistogram, encodeHistogram } from "../../clients/measure/histogram/histogram-codec.ts";
import { median } from "../../clients/measure/statistics/median.ts";
import { mergeTallies, Tally } from "../../clients/measure/tally.ts";
import { fromWire, toWire } from "../../clients/measure/tally-wire.ts";
import { renderExposition } from "../../clients/metrics/exposition.ts";
import { sampleRun } from "../../clients/metrics/testing/sample-run.ts";
import { startPusher } from "../contender.ts";
import { runHoldfast } from "../peers/holdfast-run.ts";
import type { Answer, Order, Row } from "../row.ts";
import { digits, spreadText } from "../spread.ts";

const latencies = ["push", "delivery", "tickLag", "generatorGap", "connect", "connectTcp", "connectUpgrade"] as const;

/** Microseconds per call, the median of five batches that take about `batchMs`. */
function timeUs(call: () => void, batchMs: number): number[] {
  const beganNs = nowNs();
  let calls = 0;
  while (nowNs() - beganNs < batchMs * 1e6) {
    call();
    calls++;
  }
  return Array.from({ length: 5 }, () => {
    const startNs = nowNs();
    for (let i = 0; i < calls; i++) call();
    return (nowNs() - startNs) / calls / 1000;
  });
}

/** Values from 1 us to 100 ms, mostly small ones; deterministic. */
function sampleUs(count: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 10 ** ((state / 2 ** 32) * 5);
  });
}

/** A shard's tally as after a long run. */
function fullTally(values: Float64Array): Tally {
  const tally = new Tally();
  for (const name of latencies) for (const us of values) tally.histogram(name).recordUs(us, 1);
  tally.counts.received = values.length;
  return tally;
}

function costs(batchMs: number): string[][] {
  const values = sampleUs(100_000);
  const histogram = new Histogram();
  const perRecord = timeUs(() => {
    for (let i = 0; i < values.length; i++) histogram.recordNs(values[i]! * 1000);
  }, batchMs).map((us) => us / values.length);
  const tally = fullTally(values);
  const bytes = encodeHistogram(histogram);
  const wire = toWire(tally);
  const shards = Array.from({ length: 50 }, () => tally);
  const run = { ...sampleRun(60), tally };
  const page = renderExposition([run], Date.now());
  const figures: [string, number[], string][] = [
    ["record a value", perRecord, ""],
    ["encode a histogram", timeUs(() => encodeHistogram(histogram), batchMs), `${bytes.length} bytes`],
    ["decode a histogram", timeUs(() => decodeHistogram(bytes), batchMs), ""],
    [
      "tally to wire",
      timeUs(() => toWire(tally), batchMs),
      `${JSON.stringify(wire).length} bytes with ${latencies.length} full histograms`,
    ],
    ["tally from wire", timeUs(() => fromWire(wire), batchMs), ""],
    ["merge tallies of 50 shards", timeUs(() => mergeTallies(shards), batchMs), ""],
    ["scrape of one run", timeUs(() => renderExposition([run], Date.now()), batchMs), `${page.length} bytes`],
  ];
  return figures.map(([what, us, size]) => [what, spreadText(us), size]);
}

async function run({ quick, say }: Order): Promise<Answer> {
  const lines = costs(quick ? 20 : 200);
  say("tally: costs taken; now what a shard sends");
  const intervalMs = 200;
  const pusher = await startPusher(intervalMs);
  try {
    const { shards } = await runHoldfast({
      connections: quick ? 200 : 1000,
      ports: [pusher.port],
      intervalMs,
      holdMs: quick ? 3000 : 10_000,
    });
    const sizes = shards.seconds.flatMap((seconds) => seconds.map(({ wireBytes }) => wireBytes));
    lines.push([
      "one second of a shard under pushes, to its parent",
      "-",
      `${digits(median(sizes))} bytes (at most ${digits(Math.max(...sizes))})`,
    ]);
  } finally {
    pusher.stop();
  }
  return {
    columns: ["what", "us", "size"],
    lines,
    reaches: [],
    notes: [
      "Histograms here hold 100,000 values between 1 us and 100 ms: about as full as they get. Those unchanged since the last second are not sent.",
    ],
  };
}

export const tally: Row = { name: "tally", title: "what the bookkeeping costs", minutes: 1, run };

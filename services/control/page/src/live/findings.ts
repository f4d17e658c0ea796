/** What went wrong, in sentences, worst first: what an engineer on call must read before looking at charts. */
import { type Cause, causes } from "../../../../../clients/measure/cause.ts";
import type { Mark } from "../charts/chart-look.ts";
import { countOf, seenCauses } from "../charts/panels.ts";
import { counted, grouped, lasting } from "../figures.ts";
import { limitText } from "../limit-text.ts";
import type { LiveTick } from "./live-stream.ts";

export interface Finding {
  /** The sentence to read first. */
  headline: string;
  details: string[];
}

/** Loop delays above this make figures doubtful, milliseconds. */
const mostLoopDelayMs = 1000;
const mostNamed = 3;

const sentenceOf = (name: string): string => {
  const [cause = "", code] = name.split(":");
  return `${code === undefined ? cause : `${cause} ${code}`} (${causes[cause as Cause]?.sentence ?? "unknown cause"})`;
};

const isUnasked = (name: string): boolean => causes[name.split(":")[0] as Cause]?.stage !== "generator";

/** "200 by close-frame 1012 (...), 200 by eof (...)". */
function byCause(tick: LiveTick, neverOpened: boolean): string[] {
  const names = seenCauses(tick, neverOpened).filter(isUnasked);
  names.sort((a, b) => countOf(tick, b) - countOf(tick, a));
  const told = names.slice(0, mostNamed).map((name) => `${grouped(countOf(tick, name))} by ${sentenceOf(name)}`);
  return names.length > mostNamed ? [...told, `and ${names.length - mostNamed} more causes`] : told;
}

/** Unexpected disconnects, second by second. */
export function lossesOf(ticks: readonly LiveTick[]): Mark[] {
  const marks: Mark[] = [];
  for (const [index, { interval }] of ticks.entries()) {
    const count =
      interval.connections.closedUnexpectedly - (ticks[index - 1]?.interval.connections.closedUnexpectedly ?? 0);
    if (count > 0) marks.push({ atMs: interval.atMs, count });
  }
  return marks;
}

function lossFinding(ticks: readonly LiveTick[], last: LiveTick): Finding | null {
  const { closedUnexpectedly, planned } = last.interval.connections;
  if (closedUnexpectedly === 0) return null;
  const losses = lossesOf(ticks);
  const worst = losses.reduce<Mark | null>(
    (most, mark) => (most === null || mark.count > most.count ? mark : most),
    null,
  );
  const isDrop = worst !== null && worst.count >= Math.max(1, 0.05 * planned);
  const lost = counted(closedUnexpectedly, "connection");
  return {
    headline:
      isDrop && worst !== null
        ? `At ${lasting(worst.atMs)} ${counted(worst.count, "connection")} of ${grouped(planned)} dropped at once.`
        : `${lost} of ${grouped(planned)} closed that should have stayed open.`,
    details: [
      ...(isDrop && worst?.count !== closedUnexpectedly ? [`${lost} lost so far.`] : []),
      ...byCause(last, false),
    ],
  };
}

function refusalFinding(last: LiveTick): Finding | null {
  const { refused, planned } = last.interval.connections;
  return refused === 0
    ? null
    : {
        headline: `${grouped(refused)} of ${grouped(planned)} connections did not open.`,
        details: byCause(last, true),
      };
}

function requestFinding({ interval: { requests, streams } }: LiveTick): Finding | null {
  if (requests === undefined || requests.failed === 0) return null;
  const seen = Object.entries(requests.byCause).sort(([, a], [, b]) => b - a);
  return {
    headline: `${counted(requests.failed, streams === undefined ? "request" : "stream")} failed.`,
    details: seen.slice(0, mostNamed).map(([cause, count]) => `${grouped(count)} by ${cause}`),
  };
}

function ourFinding(last: LiveTick): Finding | null {
  const slow = last.shards.filter(({ loopDelayMs }) => loopDelayMs > mostLoopDelayMs);
  const died = countOf(last, "generator-died");
  if (died > 0)
    return {
      headline: `The generator lost ${counted(died, "connection")}: a shard process or an agent died.`,
      details: ["The run will be invalid: it says nothing about the target."],
    };
  if (slow.length === 0) return null;
  return {
    headline: "The generator is overloaded: do not blame the target yet.",
    details: slow.map(
      ({ shard, loopDelayMs }) => `shard ${shard} did not read its sockets for ${lasting(loopDelayMs)}`,
    ),
  };
}

/** Worst first; empty while all is well. */
export function findingsOf(ticks: readonly LiveTick[]): Finding[] {
  const last = ticks.at(-1);
  if (last === undefined) return [];
  const { pushes } = last.interval;
  // Figures not measured yet cannot have missed their limit.
  const missed = last.limits.filter(({ ok, measured }) => !ok && measured !== null);
  const found = [
    ourFinding(last),
    lossFinding(ticks, last),
    refusalFinding(last),
    requestFinding(last),
    pushes !== null && pushes.lost > 0
      ? { headline: `${grouped(pushes.lost)} of ${grouped(pushes.due)} pushes did not arrive.`, details: [] }
      : null,
    missed.length === 0
      ? null
      : { headline: `${counted(missed.length, "limit")} missed: the run will fail.`, details: missed.map(limitText) },
  ];
  return found.filter((finding) => finding !== null);
}

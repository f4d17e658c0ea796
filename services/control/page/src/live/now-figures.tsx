/** The current figures, each with its limit or plan; for a finished run, the last ones under load. */
import { levelOf } from "../../../../../clients/report/model/level.ts";
import { grouped, milliseconds } from "../figures.ts";
import { boundText, measuredText } from "../limit-text.ts";
import type { LiveState, LiveTick } from "./live-stream.ts";

type Look = "" | "good" | "bad";

interface Figure {
  title: string;
  value: string;
  /** The planned value, and the bounds of its limits. */
  against: string;
  look: Look;
}

/** The last second under load: from the drain on, connections are closed by the generator. */
function loadedAt(ticks: readonly LiveTick[]): number {
  const isLoaded = ({ phase }: LiveTick) => phase !== "drain" && phase !== "done";
  const at = ticks.findLastIndex(isLoaded);
  return at === -1 ? ticks.length - 1 : at;
}

/** The bounds of limits whose name starts like this. */
const boundsOf = (tick: LiveTick, start: string): string =>
  tick.limits
    .filter(({ limit }) => limit.startsWith(start))
    .map((result) => `${/\.(p\d+|max)$/.exec(result.limit)?.[1] ?? ""} ${boundText(result)}`.trim())
    .join(", ");

const missedIn = (tick: LiveTick, start: string): boolean =>
  tick.limits.some(({ limit, ok, measured }) => limit.startsWith(start) && !ok && measured !== null);

const together = (...parts: string[]): string => parts.filter((part) => part !== "").join("; ");

function perSecond(
  ticks: readonly LiveTick[],
  at: number,
  read: (tick: LiveTick) => number | undefined,
): number | null {
  const [tick, before] = [ticks[at], ticks[at - 1]];
  if (tick === undefined || before === undefined) return null;
  const [now, then] = [read(tick), read(before)];
  const seconds = (tick.interval.atMs - before.interval.atMs) / 1000;
  return now === undefined || then === undefined || seconds <= 0 ? null : Math.max(0, now - then) / seconds;
}

/** A quantile over the whole run, with its limits. */
const p99Of = (last: LiveTick, title: string, name: keyof LiveTick["latencyMs"], limits: string): Figure => ({
  title: `${title} p99`,
  value: milliseconds(last.latencyMs[name]?.p99),
  against: together("whole run", boundsOf(last, limits)),
  look: missedIn(last, limits) ? "bad" : "",
});

function connectionFigures(ticks: readonly LiveTick[], at: number): Figure[] {
  const [loaded, last] = [ticks[at], ticks.at(-1)];
  if (loaded === undefined || last === undefined) return [];
  const { open } = loaded.interval.connections;
  const planned = levelOf(loaded.interval.connections);
  const { closedUnexpectedly } = last.interval.connections;
  const share = planned === 0 ? null : open / planned;
  const isHeld = loaded.phase === "hold" || loaded.phase === "storm";
  const look = share === null || !isHeld ? "" : share >= 0.999 ? "good" : share < 0.95 ? "bad" : "";
  return [
    { title: "open", value: grouped(open), against: `of ${grouped(planned)} planned`, look: "" },
    {
      title: "of planned",
      value: share === null ? "–" : `${Math.floor(100 * share)} %`,
      against: isHeld ? "" : loaded.phase,
      look,
    },
    {
      title: "unexpected closes",
      value: grouped(closedUnexpectedly),
      against: boundsOf(last, "unexpectedClose"),
      look: closedUnexpectedly > 0 ? "bad" : "good",
    },
  ];
}

function pushFigures(ticks: readonly LiveTick[], at: number): Figure[] {
  const last = ticks.at(-1);
  if (last === undefined) return [];
  const { pushes } = last.interval;
  const rate = perSecond(ticks, at, ({ interval }) => interval.pushes?.received);
  return [
    {
      title: "pushes a second",
      value: rate === null ? (pushes === null ? "not measured" : "–") : grouped(rate),
      against: pushes === null ? "" : `${grouped(pushes.received)} in all`,
      look: "",
    },
    p99Of(last, "push", "push", "pushLatencyMs"),
    {
      title: "lost",
      value: pushes === null ? "not measured" : grouped(pushes.lost),
      against: pushes === null ? "" : together(`of ${grouped(pushes.due)} due`, boundsOf(last, "lost")),
      look: pushes === null ? "" : pushes.lost > 0 ? "bad" : "good",
    },
  ];
}

/** For requests, or for streams that answer them. */
function requestFigures(ticks: readonly LiveTick[], at: number): Figure[] {
  const last = ticks.at(-1);
  if (last?.interval.requests === undefined) return [];
  const { requests, streams } = last.interval;
  const rate = perSecond(ticks, at, ({ interval }) =>
    interval.requests === undefined ? undefined : interval.requests.ok + interval.requests.failed,
  );
  const noun = streams === undefined ? "requests" : "streams";
  const whole = streams === undefined ? "answered" : `complete; ${grouped(streams.underWay)} under way`;
  return [
    {
      title: `${noun} a second`,
      value: rate === null ? "–" : grouped(rate),
      against: `${grouped(requests.ok)} ${whole}`,
      look: "",
    },
    ...(streams === undefined
      ? [p99Of(last, "request", "request", "requestMs")]
      : [p99Of(last, "first event", "firstEvent", "firstEventMs"), p99Of(last, "event gap", "eventGap", "eventGapMs")]),
    {
      title: `failed ${noun}`,
      value: grouped(requests.failed),
      against: boundsOf(last, "failed"),
      look: requests.failed > 0 ? "bad" : "good",
    },
  ];
}

function limitFigure(last: LiveTick): Figure {
  const missed = last.limits.filter(({ ok, measured }) => !ok && measured !== null);
  return {
    title: "limits failing",
    value: missed.length === 0 ? "none" : `${missed.length} of ${last.limits.length}`,
    against: missed.length === 0 ? `${last.limits.length} in force` : missed.map(({ limit }) => limit).join(", "),
    look: missed.length === 0 ? "good" : "bad",
  };
}

export function NowFigures({ state }: { state: LiveState }) {
  const { ticks } = state;
  const last = ticks.at(-1);
  if (last === undefined) return null;
  const at = loadedAt(ticks);
  const figures =
    last.interval.requests === undefined
      ? [...connectionFigures(ticks, at), ...pushFigures(ticks, at), limitFigure(last)]
      : [...connectionFigures(ticks, at).slice(0, 1), ...requestFigures(ticks, at), limitFigure(last)];
  return (
    <div class="figures">
      <dl class="now">
        {figures.map(({ title, value, against, look }) => (
          <div key={title} class={look}>
            <dt>{title}</dt>
            <dd data-figure={title}>{value}</dd>
            <dd class="against">{against}</dd>
          </div>
        ))}
      </dl>
      <Limits last={last} />
    </div>
  );
}

/** All limits with the measured values, missed ones first and always visible. */
function Limits({ last: { limits } }: { last: LiveTick }) {
  if (limits.length === 0) return null;
  const place = ({ ok, measured }: LiveTick["limits"][number]) => (measured === null ? 1 : ok ? 2 : 0);
  const sorted = [...limits].sort((a, b) => place(a) - place(b));
  return (
    <ul class="limits" aria-label="Limits">
      {sorted.map((result) => (
        <li key={`${result.limit} ${boundText(result)}`} class={["bad", "quiet", "good"][place(result)]}>
          <span aria-hidden="true">{["✕", "·", "✓"][place(result)]}</span> {result.limit}{" "}
          <strong>{measuredText(result)}</strong>, {boundText(result)}
        </li>
      ))}
    </ul>
  );
}

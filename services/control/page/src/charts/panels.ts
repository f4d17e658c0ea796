/**
 * The panels of the live view in a watcher's order, the same as the dashboard's: connections, pushes, target, trust.
 */
import { type Cause, isRefusal } from "../../../../../clients/measure/cause.ts";
import { levelOf } from "../../../../../clients/report/model/level.ts";
import type { LiveTick } from "../live/live-stream.ts";

/** One line of a chart. `of` gets the tick and the one before it; null: nothing to draw. */
export interface PanelSeries {
  label: string;
  of: (tick: LiveTick, before: LiveTick | undefined) => number | null;
}

export interface Panel {
  title: string;
  unit: string;
  /** The lines, given the last tick: causes and shards come and go. */
  series: (last: LiveTick) => PanelSeries[];
}

/** The distribution of what came in each second, over time. */
export interface HeatPanel {
  title: string;
  unit: "ms";
  /** Which of a second's distributions, and what it counts. */
  heat: "push" | "request";
  noun: string;
}

export interface PanelGroup {
  title: string;
  /** Whether the run measures any of it. */
  applies?: (last: LiveTick) => boolean;
  panels: Panel[];
}

/** What is shown first, and large. */
export interface Picture {
  lines: Panel;
  /** Below it, on the same times; null where the run has no distribution. */
  heat: HeatPanel | null;
}

type Read = (tick: LiveTick) => number | null | undefined;

const line = (label: string, read: Read): PanelSeries => ({ label, of: (tick) => read(tick) ?? null });

/** A total as a rate, from two ticks. */
const rate = (label: string, read: Read): PanelSeries => ({
  label,
  of: (tick, before) => {
    const [now, then] = [read(tick), before === undefined ? undefined : read(before)];
    if (now == null || then == null || before === undefined) return null;
    const seconds = (tick.interval.atMs - before.interval.atMs) / 1000;
    return seconds > 0 ? Math.max(0, now - then) / seconds : null;
  },
});

const fixed =
  (...series: PanelSeries[]) =>
  () =>
    series;

/** Causes that have occurred, with the code where a peer chose one. */
export function seenCauses(tick: LiveTick, neverOpened: boolean): string[] {
  const byCause = tick.interval.connections.byCause as Record<string, number>;
  const causes = Object.keys(byCause).filter(
    (cause) => (byCause[cause] ?? 0) > 0 && isRefusal(cause as Cause) === neverOpened,
  );
  const coded = Object.keys(tick.byCode).filter((key) => causes.includes(key.split(":")[0] ?? ""));
  return [...causes.filter((cause) => !coded.some((key) => key.startsWith(`${cause}:`))), ...coded].sort();
}

export function countOf(tick: LiveTick, cause: string): number {
  return (
    (cause.includes(":") ? tick.byCode[cause] : (tick.interval.connections.byCause as Record<string, number>)[cause]) ??
    0
  );
}

const byCause =
  (neverOpened: boolean) =>
  (last: LiveTick): PanelSeries[] => {
    const seen = seenCauses(last, neverOpened);
    return seen.length === 0
      ? [rate("none", () => 0)]
      : seen.map((cause) => rate(cause, (tick) => countOf(tick, cause)));
  };

const quantiles = (name: keyof LiveTick["latencyMs"], ...ranks: ("p50" | "p90" | "p99" | "p999" | "max")[]) =>
  ranks.map((rank) => line(rank.replace("p999", "p99.9"), ({ interval }) => interval.latencyMs[name]?.[rank]));

const perShard = (read: (shard: LiveTick["shards"][number]) => number) => (last: LiveTick) =>
  last.shards.map(({ shard }) =>
    line(`shard ${shard}`, (tick) => (tick.shards[shard] === undefined ? null : read(tick.shards[shard]))),
  );

const requests = (read: (counts: NonNullable<LiveTick["interval"]["requests"]>) => number) => (tick: LiveTick) =>
  tick.interval.requests === undefined ? null : read(tick.interval.requests);

const openOverPlan: Panel = {
  title: "Open and planned",
  unit: "",
  series: fixed(
    line("planned", (t) => levelOf(t.interval.connections)),
    line("open", (t) => t.interval.connections.open),
  ),
};

const answeredAndFailed: Panel = {
  title: "Answered and failed",
  unit: "/s",
  series: fixed(
    rate(
      "answered",
      requests(({ ok }) => ok),
    ),
    rate(
      "failed",
      requests(({ failed }) => failed),
    ),
  ),
};

/** The run in one picture: whether what should be there is there, and how late what comes is. */
export function pictureOf({ interval }: LiveTick): Picture {
  if (interval.requests !== undefined)
    return { lines: answeredAndFailed, heat: { title: "Request time", unit: "ms", heat: "request", noun: "requests" } };
  const heat: HeatPanel = { title: "Push latency", unit: "ms", heat: "push", noun: "pushes" };
  return { lines: openOverPlan, heat: interval.pushes === null ? null : heat };
}

/** What a panel has to say: lines, nothing but zeros so far, or no figure at all. */
export type PanelContent = "lines" | "still" | "unmeasured";

export function contentOf({ series }: Panel, ticks: readonly LiveTick[]): PanelContent {
  const last = ticks.at(-1);
  if (last === undefined) return "unmeasured";
  const values = series(last).flatMap(({ of }) => ticks.map((tick, index) => of(tick, ticks[index - 1])));
  if (values.every((value) => value === null)) return "unmeasured";
  return values.some((value) => value !== null && value !== 0) ? "lines" : "still";
}

export const panelGroups: PanelGroup[] = [
  {
    title: "Requests",
    applies: ({ interval }) => interval.requests !== undefined,
    panels: [
      {
        title: "Time of a request, this second",
        unit: "ms",
        series: fixed(...quantiles("request", "p50", "p90", "p99", "p999", "max")),
      },
      {
        title: "Failures, by cause",
        unit: "/s",
        series: ({ interval }) => {
          const causes = Object.keys(interval.requests?.byCause ?? {});
          return causes.length === 0
            ? [rate("none", () => 0)]
            : causes.map((cause) =>
                rate(
                  cause,
                  requests(({ byCause }) => byCause[cause] ?? 0),
                ),
              );
        },
      },
    ],
  },
  {
    title: "Connections",
    panels: [
      {
        title: "Connections, by state",
        unit: "",
        series: fixed(
          line("open", (t) => t.interval.connections.open),
          line("connecting", (t) => t.interval.connections.connecting),
          line("closing", (t) => t.interval.connections.closing),
          line("coming back", (t) => t.interval.connections.backoff),
        ),
      },
      {
        title: "Opened, closed and reconnected",
        unit: "/s",
        series: fixed(
          rate("opened", (t) => t.interval.connections.opened),
          rate("closed", (t) => t.interval.connections.closedByPlan + t.interval.connections.closedUnexpectedly),
          rate("reconnected", (t) => t.interval.connections.reconnects.opened),
        ),
      },
      { title: "Failures to open, by cause", unit: "/s", series: byCause(true) },
      { title: "Closes, by cause and code", unit: "/s", series: byCause(false) },
      { title: "Time to connect", unit: "ms", series: fixed(...quantiles("connect", "p50", "p99", "max")) },
    ],
  },
  {
    title: "Pushes",
    applies: ({ interval }) => interval.pushes !== null,
    panels: [
      {
        title: "Push latency, this second",
        unit: "ms",
        series: fixed(...quantiles("push", "p50", "p90", "p99", "p999", "max")),
      },
      {
        title: "Push latency, whole run",
        unit: "ms",
        series: fixed(
          line("p50", (t) => t.latencyMs.push?.p50),
          line("p99", (t) => t.latencyMs.push?.p99),
          line("p99.9", (t) => t.latencyMs.push?.p999),
        ),
      },
      {
        title: "Due and received",
        unit: "/s",
        series: fixed(
          rate("due", (t) => t.interval.pushes?.due),
          rate("received", (t) => t.interval.pushes?.received),
        ),
      },
      {
        title: "Lost, late, duplicated, out of order",
        unit: "/s",
        series: fixed(
          rate("lost", (t) => t.interval.pushes?.lost),
          rate("late", (t) => t.interval.pushes?.late),
          rate("duplicated", (t) => t.interval.pushes?.duplicated),
          rate("out of order", (t) => t.interval.pushes?.outOfOrder),
        ),
      },
      {
        title: "Tick lag and delivery, p99",
        unit: "ms",
        series: fixed(
          line("tick lag", (t) => t.interval.latencyMs.tickLag?.p99),
          line("delivery", (t) => t.interval.latencyMs.delivery?.p99),
        ),
      },
    ],
  },
  {
    title: "Target",
    panels: [
      { title: "Target CPU", unit: "cores", series: fixed(line("CPU", (t) => t.interval.usage.target?.cpu)) },
      { title: "Target memory", unit: "MiB", series: fixed(line("resident", (t) => t.interval.usage.target?.rssMiB)) },
      {
        title: "Target memory per connection",
        unit: "KiB",
        series: fixed(
          line("per connection", (t) =>
            t.interval.usage.target === null || t.interval.connections.open === 0
              ? null
              : (t.interval.usage.target.rssMiB * 1024) / t.interval.connections.open,
          ),
        ),
      },
      {
        title: "Target descriptors",
        unit: "",
        series: fixed(line("descriptors", (t) => t.interval.usage.target?.fds)),
      },
    ],
  },
  {
    title: "Trust",
    panels: [
      {
        title: "Generator gap, p99",
        unit: "ms",
        series: fixed(line("gap", (t) => t.interval.latencyMs.generatorGap?.p99)),
      },
      { title: "Loop delay of each shard", unit: "ms", series: perShard(({ loopDelayMs }) => loopDelayMs) },
      {
        title: "CPU of each shard",
        unit: "cores",
        series: (last) =>
          last.shards.map(({ shard }) => rate(`shard ${shard}`, (tick) => tick.shards[shard]?.cpuSeconds)),
      },
      { title: "Descriptors of each shard", unit: "", series: perShard(({ fds }) => fds) },
      {
        title: "Unstamped reads and shared stamps",
        unit: "/s",
        series: fixed(
          rate("unstamped", (t) => t.interval.unstampedReads),
          rate("shared", (t) => t.interval.sharedStamps),
        ),
      },
    ],
  },
];

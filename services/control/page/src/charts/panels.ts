/** The panels of the live view in order of importance, as on the dashboard: connections, pushes, target, trust. */
import { type Cause, isRefusal } from "../../../../../clients/measure/cause.ts";
import { levelOf } from "../../../../../clients/report/model/level.ts";
import type { LiveTick } from "../live/live-stream.ts";
import {
  fixed,
  type HeatPanel,
  line,
  type Panel,
  type PanelGroup,
  type PanelSeries,
  type Picture,
  quantiles,
  rate,
} from "./panel.ts";
import { answeredAndFailed, requestGroups } from "./request-panels.ts";

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

const perShard = (read: (shard: LiveTick["shards"][number]) => number) => (last: LiveTick) =>
  last.shards.map(({ shard }) =>
    line(`shard ${shard}`, (tick) => (tick.shards[shard] === undefined ? null : read(tick.shards[shard]))),
  );

const openOverPlan: Panel = {
  title: "Open and planned",
  unit: "",
  series: fixed(
    line("planned", (t) => levelOf(t.interval.connections)),
    line("open", (t) => t.interval.connections.open),
  ),
};

/** The main chart of a run: whether the load is as planned, and the latency. */
export function pictureOf({ interval }: LiveTick): Picture {
  if (interval.streams !== undefined)
    return {
      lines: answeredAndFailed("Streams complete and failed", "complete"),
      heat: { title: "Time to first event", unit: "ms", heat: "firstEvent", noun: "streams" },
    };
  if (interval.requests !== undefined)
    return {
      lines: answeredAndFailed("Answered and failed", "answered"),
      heat: { title: "Request time", unit: "ms", heat: "request", noun: "requests" },
    };
  const heat: HeatPanel = { title: "Push latency", unit: "ms", heat: "push", noun: "pushes" };
  return { lines: openOverPlan, heat: interval.pushes === null ? null : heat };
}

/** What a panel has to show: lines, only zeros so far, or no figure at all. */
export type PanelContent = "lines" | "still" | "unmeasured";

export function contentOf({ series }: Panel, ticks: readonly LiveTick[]): PanelContent {
  const last = ticks.at(-1);
  if (last === undefined) return "unmeasured";
  const values = series(last).flatMap(({ of }) => ticks.map((tick, index) => of(tick, ticks[index - 1])));
  if (values.every((value) => value === null)) return "unmeasured";
  return values.some((value) => value !== null && value !== 0) ? "lines" : "still";
}

export const panelGroups: PanelGroup[] = [
  ...requestGroups,
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
          line("reconnecting", (t) => t.interval.connections.backoff),
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

/** The panels of requests, and of streams that answer them. */
import type { LiveTick } from "../live/live-stream.ts";
import { fixed, line, type Panel, type PanelGroup, quantiles, rate } from "./panel.ts";

const requests = (read: (counts: NonNullable<LiveTick["interval"]["requests"]>) => number) => (tick: LiveTick) =>
  tick.interval.requests === undefined ? null : read(tick.interval.requests);

/** `answered`: label of successful requests. */
export const answeredAndFailed = (title: string, answered: string): Panel => ({
  title,
  unit: "/s",
  series: fixed(
    rate(
      answered,
      requests(({ ok }) => ok),
    ),
    rate(
      "failed",
      requests(({ failed }) => failed),
    ),
  ),
});

const failuresByCause: Panel = {
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
};

export const requestGroups: PanelGroup[] = [
  {
    title: "Requests",
    applies: ({ interval }) => interval.requests !== undefined && interval.streams === undefined,
    panels: [
      {
        title: "Request time, this second",
        unit: "ms",
        series: fixed(...quantiles("request", "p50", "p90", "p99", "p999", "max")),
      },
      failuresByCause,
    ],
  },
  {
    title: "Streams",
    applies: ({ interval }) => interval.streams !== undefined,
    panels: [
      { title: "Streams under way", unit: "", series: fixed(line("under way", (t) => t.interval.streams?.underWay)) },
      failuresByCause,
      {
        title: "First event, this second",
        unit: "ms",
        series: fixed(
          line("first byte p50", (t) => t.interval.latencyMs.firstByte?.p50),
          ...quantiles("firstEvent", "p50", "p90", "p99", "max"),
        ),
      },
      {
        title: "Gap between events, this second",
        unit: "ms",
        series: fixed(...quantiles("eventGap", "p50", "p90", "p99", "p999", "max")),
      },
      {
        title: "Events",
        unit: "/s",
        series: fixed(
          rate("all", (t) => t.interval.streams?.events),
          rate("arrived together", (t) => t.interval.streams?.eventsTogether),
        ),
      },
      { title: "Whole stream, this second", unit: "ms", series: fixed(...quantiles("stream", "p50", "p99", "max")) },
    ],
  },
];

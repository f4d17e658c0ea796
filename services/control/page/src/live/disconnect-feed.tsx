/** Failed and ended connections by cause, second by second, newest first. */
import { type Cause, causes } from "../../../../../clients/measure/cause.ts";
import { countOf, seenCauses } from "../charts/panels.ts";
import { grouped } from "../figures.ts";
import type { LiveTick } from "./live-stream.ts";

export interface FeedRow {
  atMs: number;
  cause: string;
  code: string | null;
  count: number;
}

const mostRows = 50;

/** What each second added, from the totals of two ticks: nothing is sampled or omitted. */
export function feedRows(ticks: readonly LiveTick[]): FeedRow[] {
  const rows: FeedRow[] = [];
  for (let i = ticks.length - 1; i >= 0 && rows.length < mostRows; i--) {
    const [tick, before] = [ticks[i], ticks[i - 1]];
    if (tick === undefined) continue;
    for (const name of [...seenCauses(tick, false), ...seenCauses(tick, true)]) {
      const count = countOf(tick, name) - (before === undefined ? 0 : countOf(before, name));
      const [cause = "", code = null] = name.split(":");
      if (count > 0) rows.push({ atMs: tick.interval.atMs, cause, code, count });
    }
  }
  return rows;
}

export function DisconnectFeed({ ticks }: { ticks: readonly LiveTick[] }) {
  const rows = feedRows(ticks);
  return (
    <section class="feed" aria-labelledby="feed-title">
      <h2 id="feed-title">
        Disconnects and failures {rows.length === 0 ? <span class="quiet">none so far</span> : null}
      </h2>
      <ol>
        {rows.map(({ atMs, cause, code, count }) => (
          <li key={`${atMs} ${cause} ${code}`}>
            <span class="quiet">{(atMs / 1000).toFixed(0)} s</span> <strong>{grouped(count)}</strong>{" "}
            <code class={causes[cause as Cause]?.stage === "generator" ? "" : "bad"}>
              {cause}
              {code === null ? "" : ` ${code}`}
            </code>{" "}
            <span class="quiet">{causes[cause as Cause]?.sentence ?? ""}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A soak, compressed: millions of pushes and tens of thousands of reconnects in a minute. The generator's memory must stay flat. */
import { startPusher } from "../contender.ts";
import { runHoldfast } from "../peers/holdfast-run.ts";
import type { Answer, Order, Row } from "../row.ts";
import { digits, median } from "../spread.ts";

const mib = 2 ** 20;
/** Growth below this between the second and the last quarter is noise: a page cache, a young generation. */
const flatWithinMiB = 1.5;

async function run({ quick, say }: Order): Promise<Answer> {
  const [connections, intervalMs, holdMs, churnPerMinute] = quick ? [500, 100, 8000, 600] : [5000, 100, 90_000, 600];
  const pusher = await startPusher(intervalMs);
  let told = 0;
  try {
    const { report, shards } = await runHoldfast({
      connections,
      ports: [pusher.port],
      intervalMs,
      holdMs,
      churnPerMinute,
      observer: {
        snapshot: ({ phase, total, shards: books }) => {
          const rss = books.reduce((sum, { vitals }) => sum + (vitals?.rssMiB ?? 0), 0);
          if (told++ % 10 === 0) say(`soak ${phase}: ${total.counts.received} pushes, ${total.counts.reconnectsOpened} reconnects, ${rss.toFixed(1)} MiB`);
        },
      },
    });
    const { fromNs, toNs } = report.timing.holdNs!;
    const held = (shards.seconds[0] ?? []).filter(({ atNs }) => atNs > fromNs && atNs < toNs);
    const quarter = (n: number): number =>
      median(held.slice(Math.floor((held.length * n) / 4), Math.floor((held.length * (n + 1)) / 4)).map(({ rssBytes }) => rssBytes / mib));
    const growth = quarter(3) - quarter(1);
    const { connections: counts, pushes } = report;
    const isExact = counts.planned === counts.opened + counts.refused + counts.notAttempted && pushes !== null && pushes.due === pushes.received + pushes.lost;
    return {
      columns: ["what", "figure"],
      lines: [
        ["pushes received", digits(pushes?.received ?? 0)],
        ["pushes lost", digits(pushes?.lost ?? 0)],
        ["reconnects", digits(held.at(-1)?.reconnects ?? 0)],
        ["closed unexpectedly", digits(counts.closedUnexpectedly)],
        ...[0, 1, 2, 3].map((n) => [`generator memory, quarter ${n + 1} of the hold, MiB`, quarter(n).toFixed(1)]),
        ["growth per million pushes, KiB", digits((growth * 1024) / (((pushes?.received ?? 0) / 2) * 1e-6))],
      ],
      reaches: [
        {
          what: "generator memory over a soak",
          goal: `flat: last quarter within ${flatWithinMiB} MiB of the second`,
          measured: `${growth >= 0 ? "+" : ""}${growth.toFixed(2)} MiB`,
          isReached: growth <= flatWithinMiB,
        },
        {
          what: "all counts exact",
          goal: "due = received + lost; planned = opened + refused + not attempted",
          measured: isExact ? "exact" : "off",
          isReached: isExact,
        },
      ],
      notes: [
        `${connections.toLocaleString("en-US")} connections, a push every ${intervalMs} ms to each, ${churnPerMinute} % of them replaced a minute, for ${holdMs / 1000} s.`,
      ],
    };
  } finally {
    pusher.stop();
  }
}

export const soak: Row = { name: "soak", title: "a soak, compressed", minutes: 3, run };

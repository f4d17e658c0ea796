/**
 * A compressed soak: millions of pushes and tens of thousands of reconnects in a minute. The generator's memory must
 * stay flat.
 */
import { startPusher } from "../contender.ts";
import { runHoldfast } from "../peers/holdfast-run.ts";
import type { Answer, Order, Row } from "../row.ts";
import { digits } from "../spread.ts";

const mib = 2 ** 20;
/** Growth of the minimum below this between the two halves is noise, depending on when a collection ran. */
const flatWithinMiB = 3;

async function run({ quick, say }: Order): Promise<Answer> {
  const [connections, intervalMs, holdMs, churnPerMinute] = quick ? [500, 100, 8000, 600] : [5000, 200, 120_000, 600];
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
        snapshot: ({ phase, total, shards }) => {
          const rss = shards.reduce((sum, { vitals }) => sum + (vitals?.rssMiB ?? 0), 0);
          if (told++ % 10 === 0)
            say(
              `soak ${phase}: ${total.counts.received} pushes, ${total.counts.reconnectsOpened} reconnects, ${rss.toFixed(1)} MiB`,
            );
        },
      },
    });
    const { fromNs, toNs } = report.timing.holdNs!;
    const held = (shards.seconds[0] ?? []).filter(({ atNs }) => atNs > fromNs && atNs < toNs);
    // Uncollected garbage makes memory a sawtooth; a leak raises its minimum.
    const floor = (from: number, to: number): number =>
      Math.min(
        ...held
          .slice(Math.floor(held.length * from), Math.floor(held.length * to))
          .map(({ rssBytes }) => rssBytes / mib),
      );
    const halves = [floor(0.15, 0.55), floor(0.55, 1)] as const;
    const growth = halves[1] - halves[0];
    const peak = Math.max(...held.map(({ rssBytes }) => rssBytes / mib));
    const { connections: counts, pushes } = report;
    const isExact =
      counts.planned === counts.opened + counts.refused + counts.notAttempted &&
      pushes !== null &&
      pushes.due === pushes.received + pushes.lost;
    return {
      columns: ["what", "figure"],
      lines: [
        ["pushes received", digits(pushes?.received ?? 0)],
        ["pushes lost", digits(pushes?.lost ?? 0)],
        ["reconnects", digits(held.at(-1)?.reconnects ?? 0)],
        ["closed unexpectedly", digits(counts.closedUnexpectedly)],
        ["generator memory, least in the first half (after the first seventh), MiB", halves[0].toFixed(1)],
        ["generator memory, least in the second half, MiB", halves[1].toFixed(1)],
        ["generator memory, most, MiB", peak.toFixed(1)],
      ],
      reaches: [
        {
          what: "generator memory over a soak",
          goal: `flat: its floor rises by at most ${flatWithinMiB} MiB from the first half to the second`,
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

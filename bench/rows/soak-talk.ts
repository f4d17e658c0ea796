/**
 * A soak of connections with conversations over TLS: ten thousand authenticate, send heartbeats, and receive what one
 * in a hundred of them publishes to its room. The generator's memory must stay flat, and every count must be exact.
 */
import type { Interval } from "../../clients/report/model/interval.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { auth, beat, say as spoken, talk } from "../peers/talking.ts";
import type { Answer, Order, Row } from "../row.ts";
import { digits } from "../spread.ts";

const roomSize = 100;
const flatWithinMiB = 4;

/** Minimum in each tenth of the judged part, which excludes garbage waiting for its collection. */
function floorsOf(seconds: readonly Interval[], { timing }: Report): number[] {
  const { fromNs, toNs } = timing.holdNs!;
  const rampMs = timing.rampMs;
  const heldMs = (toNs - fromNs) / 1e6;
  // The first third is warm-up: code is compiled, arrays grow to their size.
  const judged = seconds.filter(({ atMs }) => atMs >= rampMs + heldMs / 3 && atMs < rampMs + heldMs);
  const tenth = Math.max(1, Math.floor(judged.length / 10));
  return Array.from({ length: 10 }, (_, i) =>
    Math.min(...judged.slice(i * tenth, (i + 1) * tenth).map(({ usage }) => usage.generator.rssMiB)),
  ).filter(Number.isFinite);
}

/** The equations of the counts as text, with whether each holds. */
function identities({ connections, pushes, conversation }: Report, delivered: number): [string, boolean][] {
  const { planned, opened, refused, notAttempted, closedByPlan, closedUnexpectedly, reconnects } = connections;
  const { due = 0, received = 0, lost = 0 } = pushes ?? {};
  const [said] = conversation?.published ?? [];
  const [beats] = conversation?.beats ?? [];
  return [
    [
      `connections: ${digits(planned)} planned, ${digits(opened)} opened, ${digits(closedUnexpectedly)} lost`,
      planned === opened + refused + notAttempted && opened + reconnects.opened === closedByPlan + closedUnexpectedly,
    ],
    [
      `pushes: ${digits(due)} due, ${digits(received)} received, ${digits(lost)} lost`,
      due === received + lost && due > 0,
    ],
    [
      `deliveries: ${digits(said?.due ?? 0)} due, ${digits(said?.received ?? 0)} received, ${digits(said?.lost ?? 0)} lost; the target made ${digits(delivered)}`,
      said !== undefined && said.due === said.received + said.lost && said.received === delivered,
    ],
    [
      `beats: ${digits(beats?.due ?? 0)} due, ${digits(beats?.answered ?? 0)} answered, ${digits(beats?.lost ?? 0)} lost`,
      beats !== undefined && beats.due === beats.answered + beats.late + beats.lost + beats.unsent,
    ],
  ];
}

async function soakFor(connections: number, seconds: number, say: (line: string) => void): Promise<Answer> {
  say(`soak over TLS: ${digits(connections)} connections that talk, for ${seconds} s and the ramp`);
  const {
    report,
    delivered,
    seconds: intervals,
  } = await talk(
    {
      kind: "soak",
      hold: `${seconds}s`,
      warmUp: `${Math.floor(seconds / 10)}s`,
      rampPerSecond: 500,
      tls: { serve: true },
      // The publishers have the lowest numbers: one in each room.
      vars: { room: `r{{index % ${connections / roomSize}}}` },
      groups: [
        {
          name: "speakers",
          connections: connections / roomSize,
          publish: { every: "5s", reaches: "room", send: spoken },
        },
        { name: "listeners", connections: connections - connections / roomSize },
      ],
      conversation: { opening: auth, beats: [beat] },
    },
    connections,
  );
  const floors = floorsOf(intervals, report);
  const rise = Math.max(...floors.map((floor, i) => floor - Math.min(...floors.slice(0, i + 1))));
  const counts = identities(report, delivered);
  const off = counts.filter(([, holds]) => !holds).map(([text]) => text);
  const { memory, processes = [] } = report.soak!.generator;
  return {
    columns: ["what", "figure"],
    lines: [
      ...counts.map(([text]) => {
        const [what = "", figures = ""] = text.split(/: (.*)/s);
        return [what, figures];
      }),
      [
        "our memory by tenths of the last two thirds, least in each, MiB",
        floors.map((mib) => mib.toFixed(1)).join(", "),
      ],
      [
        "our memory by the soak's own judgement",
        `${memory.verdict}, ${digits((memory.perHour ?? Number.NaN) / 2 ** 20)} MiB an hour`,
      ],
      ...processes.map(({ name, levels }) => [
        `memory of ${name} over the last two thirds after the warm-up, MiB`,
        levels === null
          ? "too short"
          : `${(levels.lowest / 2 ** 20).toFixed(1)} to ${(levels.highest / 2 ** 20).toFixed(1)}`,
      ]),
      ["verdict", `${report.verdict} ${report.reasons.map(({ code }) => code).join(", ")}`],
    ],
    reaches: [
      {
        what: `our memory over ${digits(seconds / 60)} minutes at ${digits(connections)} connections that talk over TLS`,
        goal: `flat: no tenth of the last two thirds is more than ${flatWithinMiB} MiB above an earlier one`,
        measured: `${rise.toFixed(2)} MiB`,
        isReached: floors.length > 1 ? rise <= flatWithinMiB : null,
      },
      {
        what: "counts of that soak: connections, pushes, deliveries, beats",
        goal: "exact; deliveries are those of the target's account",
        measured: off.length === 0 ? "exact" : off.join("; "),
        isReached: off.length === 0,
      },
    ],
    notes: [
      "The rehearsal target serves TLS on the same machine. Each connection has a token from a CSV file, opens in two steps, beats every 25 s and is pushed to every 5 s; one in a hundred publishes to its room of 100 every 5 s.",
    ],
  };
}

const row = (name: string, minutes: number): Row => ({
  name,
  title: `${minutes} minutes of connections that talk over TLS`,
  minutes: minutes + 2,
  run: ({ quick, say }: Order) => soakFor(quick ? 500 : 10_000, quick ? 30 : minutes * 60, say),
});

export const soakTalk = row("soak-talk", 10);
export const soakHour = row("soak-hour", 60);

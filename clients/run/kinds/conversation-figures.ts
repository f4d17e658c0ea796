/** Figures of conversations that limits can refer to, and the default limits where they apply. */
import type { ConversationBlock } from "../../report/model/schema/conversation-types.ts";
import type { Limit } from "../../scenario/limit.ts";
import type { ConversationNames } from "./conversation-record.ts";

const quantiles = ["p50", "p90", "p99", "p999", "max"] as const;
type Spread = ConversationBlock["beats"][number]["latencyMs"];

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** The worst of several names. */
function worst(name: string, spreads: readonly Spread[]): Record<string, number | null> {
  const known = spreads.filter((spread) => spread !== null);
  return Object.fromEntries(
    quantiles.map((q) => [`${name}.${q}`, known.length === 0 ? null : Math.max(...known.map((spread) => spread[q]))]),
  );
}

export function conversationFigures(block: ConversationBlock, names: ConversationNames): Record<string, number | null> {
  const said = [...block.beats, ...block.requests];
  const sum = (of: (one: (typeof said)[number]) => number): number => said.reduce((total, one) => total + of(one), 0);
  const wanted = sum(({ answered, late, lost }) => answered + late + lost);
  const published = block.published;
  const due = published.reduce((total, one) => total + one.due, 0);
  return {
    answerLostRatio: ratio(
      sum(({ lost }) => lost),
      wanted,
    ),
    answerLateRatio: ratio(
      sum(({ late }) => late),
      wanted,
    ),
    publishedLostRatio: ratio(
      published.reduce((total, one) => total + one.lost, 0),
      due,
    ),
    ...worst(
      "answerMs",
      said.map(({ latencyMs }) => latencyMs),
    ),
    ...worst(
      "publishedMs",
      published.map(({ latencyMs }) => latencyMs),
    ),
    sendLagShare: lagShare(block, names),
  };
}

/** p99 of the generator's own send delay as a share of the sending interval; the largest of several. */
function lagShare({ beats, requests, published }: ConversationBlock, names: ConversationNames): number | null {
  const everyOf = new Map(names.exchanges.map(({ name, everyMs }) => [name, everyMs]));
  const shares = [...beats, ...requests].map(({ name, sendLagMs }) =>
    sendLagMs === null ? 0 : sendLagMs.p99 / (everyOf.get(name) ?? Number.POSITIVE_INFINITY),
  );
  const publishing = published.map(({ sendLagMs }, place) =>
    sendLagMs === null ? 0 : sendLagMs.p99 / names.publishes[place]!.everyMs,
  );
  const all = [...shares, ...publishing];
  return all.length === 0 ? null : Math.max(...all);
}

/** Losses are always limited: of answers and published messages as well as of pushes. */
export function conversationLimits(names: ConversationNames): Limit[] {
  return [
    ...(names.exchanges.length === 0 ? [] : [{ figure: "answerLostRatio", atMost: 1e-5 }]),
    ...(names.publishes.length === 0 ? [] : [{ figure: "publishedLostRatio", atMost: 1e-5 }]),
  ];
}

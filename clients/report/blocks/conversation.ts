/** Groups, and what was said: openings that failed, beats and requests by name, published messages. */

import { formatMilliseconds, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { ConversationBlock, ExchangeReport, PublishReport } from "../model/schema/conversation-types.ts";
import { type Block, type Cell, count, type Equation, type Fact, figureColumns, type Table } from "./block.ts";

type Spread = ExchangeReport["latencyMs"];
const ms = (value: number | undefined): string => (value === undefined ? notMeasured : formatMilliseconds(value));
const spreadCells = (spread: Spread): Cell[] => [ms(spread?.p50), ms(spread?.p99), ms(spread?.p999), ms(spread?.max)];

export function groupBlock({ groups }: Report): Block | null {
  if (groups === undefined || groups.length === 0) return null;
  const rows = groups.map(
    ({ name, planned, opened, refused, closedUnexpectedly, messages, pushes, latencyMs }): Cell[] => [
      name,
      count(planned),
      count(opened),
      count(refused),
      count(closedUnexpectedly),
      count(messages),
      pushes === null ? notMeasured : count(pushes.lost),
      ms(latencyMs.push?.p99),
    ],
  );
  const columns = figureColumns(
    "group",
    "planned",
    "opened",
    "refused",
    "lost conn.",
    "messages",
    "pushes lost",
    "push p99 ms",
  );
  return { id: "groups", title: "Groups", table: { columns, rows } };
}

export function conversationBlocks({ conversation }: Report): Block[] {
  if (conversation === undefined) return [];
  return [talkBlock(conversation), publishBlock(conversation)].filter((block) => block !== null);
}

function talkBlock({ openingFailures, replies, beats, requests }: ConversationBlock): Block | null {
  const said = [...beats, ...requests];
  if (said.length + openingFailures.length + replies === 0) return null;
  const failures = openingFailures
    .slice(0, 10)
    .map(({ step, count: n }): Fact => ["not opened", `${count(n)} at ${step}`]);
  return {
    id: "conversation",
    title: "Conversation",
    equations: said.map(equationOf),
    facts: [...failures, ...(replies > 0 ? [["replies sent", `${count(replies)} messages`] as const] : [])],
    ...(said.length === 0 ? {} : { table: exchangeTable(said) }),
  };
}

function equationOf({ name, due, sent, answered, late, lost, unsent }: ExchangeReport): Equation {
  const sentOnly = sent - answered - late - lost;
  const parts: [number, string][] =
    sentOnly > 0
      ? [[sent, "sent"]]
      : [
          [answered, "answered"],
          [late, "late"],
          [lost, "lost"],
        ];
  return { of: name, what: "due", total: due, parts: [...parts, [unsent, "unsent"]] };
}

function exchangeTable(said: readonly ExchangeReport[]): Table {
  return {
    caption: "round trips from the generator's write to the kernel's stamp of the answer, ms",
    columns: figureColumns("name", "p50", "p99", "p99.9", "max", "send lag p99", "answered twice"),
    rows: said.map(({ name, latencyMs, sendLagMs, duplicated }) => [
      name,
      ...spreadCells(latencyMs),
      ms(sendLagMs?.p99),
      count(duplicated),
    ]),
  };
}

/** What a broker's acknowledgements and sessions add. */
const sessionsOf = ({ acknowledged, acknowledgedMs, queued, redelivered }: PublishReport): string => {
  if (queued === undefined || redelivered === undefined) return "";
  const kept = `; ${count(queued)} were queued in a session, ${count(redelivered)} redelivered with DUP`;
  return acknowledged == null
    ? kept
    : `${kept}; ${count(acknowledged)} acknowledged, p99 ${ms(acknowledgedMs?.p99)} ms`;
};

function publishBlock({ published }: ConversationBlock): Block | null {
  if (published.length === 0) return null;
  const nameOf = ({ group, reaches }: PublishReport): string => `${group} to ${reaches}`;
  return {
    id: "published",
    title: "Published messages",
    word: "Published",
    equations: published.map((each) => ({
      of: `${nameOf(each)}: deliveries`,
      what: "due",
      total: each.due,
      parts: [
        [each.received, "received"],
        [each.lost, "lost"],
      ],
      rest: ` of ${count(each.sent)} messages sent, ${count(each.unsent)} unsent`,
    })),
    facts: published.map(
      (each): Fact => [
        nameOf(each),
        `${count(each.late)} late, ${count(each.duplicated)} duplicated, ${count(each.outOfOrder)} out of order, ${count(each.misdelivered)} misdelivered${sessionsOf(each)}`,
      ],
    ),
    table: {
      caption: "from the generator's write to each receiver's kernel stamp, ms",
      columns: figureColumns("who", "p50", "p99", "p99.9", "max", "last receiver p99", "send lag p99"),
      rows: published.map((each) => [
        nameOf(each),
        ...spreadCells(each.latencyMs),
        ms(each.lastReceiverMs?.p99),
        ms(each.sendLagMs?.p99),
      ]),
    },
  };
}

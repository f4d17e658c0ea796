/** What connections said and heard: openings, heartbeats, requests and answers, messages published; and each group's share. */
import type { ConversationBlock, ExchangeReport, GroupReport, PublishReport } from "../model/conversation-types.ts";
import { formatMilliseconds, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Table } from "./block.ts";

export function conversationBlocks({ conversation, groups = [] }: Report): Block[] {
  const blocks = conversation === undefined ? [] : talkBlocks(conversation);
  // The only group is the run itself.
  return groups.length < 2 ? blocks : [...blocks, { id: "groups", title: "Groups", table: groupTable(groups) }];
}

function talkBlocks({ openingFailures, replies, beats, requests, published }: ConversationBlock): Block[] {
  const facts: [string, string][] = openingFailures.map(({ step, count: failed }) => [step, `${count(failed)} connections`]);
  if (replies > 0) facts.push(["replies sent", count(replies)]);
  const exchanges = [...beats, ...requests];
  const said: Block = { id: "conversation", title: "Conversation", facts, ...(exchanges.length === 0 ? {} : { table: exchangeTable(exchanges) }) };
  const isSaid = facts.length > 0 || exchanges.length > 0;
  return [...(isSaid ? [said] : []), ...(published.length === 0 ? [] : [{ id: "published", title: "Published", table: publishTable(published) }])];
}

const right = (title: string) => ({ title, align: "right" as const });
const ms = (value: number | undefined): string => (value === undefined ? notMeasured : formatMilliseconds(value));

function exchangeTable(exchanges: readonly ExchangeReport[]): Table {
  return {
    columns: [{ title: "" }, ...["due", "answered", "late", "lost", "unsent", "p50 ms", "p99 ms", "send lag p99"].map(right)],
    rows: exchanges.map(({ name, due, answered, late, lost, unsent, latencyMs, sendLagMs }) => [
      name,
      ...[due, answered, late, lost, unsent].map(count),
      ms(latencyMs?.p50),
      ms(latencyMs?.p99),
      ms(sendLagMs?.p99),
    ]),
  };
}

function publishTable(published: readonly PublishReport[]): Table {
  return {
    columns: [{ title: "from" }, { title: "to" }, ...["sent", "due", "received", "lost", "p50 ms", "p99 ms", "last p99"].map(right)],
    rows: published.map(({ group, reaches, sent, due, received, lost, latencyMs, lastReceiverMs }) => [
      group,
      reaches,
      ...[sent, due, received, lost].map(count),
      ms(latencyMs?.p50),
      ms(latencyMs?.p99),
      ms(lastReceiverMs?.p99),
    ]),
  };
}

function groupTable(groups: readonly GroupReport[]): Table {
  return {
    columns: [{ title: "" }, ...["planned", "opened", "refused", "closed early", "messages", "pushes lost", "push p99 ms"].map(right)],
    rows: groups.map(({ name, planned, opened, refused, closedUnexpectedly, messages, pushes, latencyMs }) => [
      name,
      ...[planned, opened, refused, closedUnexpectedly, messages].map(count),
      pushes === null ? notMeasured : count(pushes.lost),
      ms(latencyMs.push?.p99),
    ]),
  };
}

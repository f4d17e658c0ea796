/** What a schema cannot see of groups and conversations: sums, names, patterns, and what a protocol cannot carry. */
import { type Block, blocksIn, isBlock } from "../block.ts";
import type { Problem } from "./problem-bounds.ts";
import { headerProblems } from "./wire-problems.ts";

/** `given`: the scenario as it was written, without defaults. */
export function conversationProblems(scenario: Block, given: Block): Problem[] {
  const groups = blocksIn(scenario.groups);
  const problems = [...spokenProblems("", scenario, scenario.protocol), ...groupProblems(groups, given)];
  for (const [place, group] of groups.entries()) {
    problems.push(...spokenProblems(`groups.${place}.`, group, scenario.protocol));
    problems.push(
      ...headerProblems({ ...scenario, headers: group.headers }).map(({ field, text }) => ({
        field: `groups.${place}.${field}`,
        text,
      })),
    );
  }
  const names = new Set(groups.map(({ name }) => name));
  for (const [at, { publish }] of [
    ["", scenario] as const,
    ...groups.map((group, place) => [`groups.${place}.`, group] as const),
  ]) {
    if (!isBlock(publish)) continue;
    const { send, arrives } = publish;
    if (typeof send === "string" && !send.includes("{{message}}"))
      problems.push({
        field: `${at}publish.send`,
        text: "expected {{message}} in it: receivers identify messages by it",
      });
    if (isBlock(arrives) && !JSON.stringify(arrives).includes("{{message}}"))
      problems.push({
        field: `${at}publish.arrives`,
        text: 'expected {{message}} where the number of the message is, as in {"json": {"id": "{{message}}"}}',
      });
    const reaches = String(publish.reaches);
    if (reaches.startsWith("group:") && !names.has(reaches.slice(6)))
      problems.push({
        field: `${at}publish.reaches`,
        text: `expected a group of the scenario, got "${reaches.slice(6)}"; known: ${[...names].join(", ") || "none"}`,
      });
  }
  return problems;
}

function groupProblems(groups: readonly Block[], given: Block): Problem[] {
  if (groups.length === 0) return [];
  const problems: Problem[] = [];
  const names = groups.map(({ name }) => String(name));
  for (const [place, name] of names.entries()) {
    if (names.indexOf(name) !== place)
      problems.push({ field: `groups.${place}.name`, text: `expected each name once, but "${name}" occurs twice` });
  }
  const sum = groups.reduce((total, { connections }) => total + Number(connections), 0);
  if (typeof given.connections === "number" && given.connections !== sum)
    problems.push({
      field: "connections",
      text: `expected ${sum}, the sum of the groups' connections, or nothing; got ${given.connections}`,
    });
  if (given.publish !== undefined)
    problems.push({ field: "publish", text: "expected publish in the groups, since there are groups" });
  return problems;
}

function spokenProblems(at: string, { conversation, publish }: Block, protocol: unknown): Problem[] {
  const problems: Problem[] = [];
  const messages: [string, Block][] = isBlock(publish) ? [[`${at}publish`, publish]] : [];
  if (isBlock(conversation)) {
    for (const list of ["opening", "replies", "beats", "requests"]) {
      for (const [place, block] of blocksIn(conversation[list]).entries())
        messages.push([`${at}conversation.${list}.${place}`, block]);
    }
    if (conversation.farewell !== undefined)
      messages.push([`${at}conversation.farewell`, { send: conversation.farewell }]);
    const names = [...blocksIn(conversation.requests), ...blocksIn(conversation.beats)].flatMap(({ name }) =>
      typeof name === "string" ? [name] : [],
    );
    const twice = names.find((name, place) => names.indexOf(name) !== place);
    if (twice !== undefined)
      problems.push({
        field: `${at}conversation`,
        text: `expected each name of beats and requests once, but "${twice}" occurs twice`,
      });
  }
  for (const [field, block] of messages) problems.push(...messageProblems(field, block, protocol));
  return problems;
}

function messageProblems(field: string, { send, take, ...block }: Block, protocol: unknown): Problem[] {
  const problems: Problem[] = [];
  if (send !== undefined && protocol === "sse")
    problems.push({
      field: `${field}.send`,
      text: "expected nothing to send: a client cannot send on an event stream",
    });
  if (typeof send === "string" && send.startsWith("hex:") && !/^hex:(\s*[0-9A-Fa-f]{2})*\s*$/.test(send))
    problems.push({ field: `${field}.send`, text: "expected an even number of hexadecimal digits after hex:" });
  if (typeof send === "string" && send.startsWith("base64:") && !/^base64:[A-Za-z0-9+/\s]*={0,2}\s*$/.test(send))
    problems.push({ field: `${field}.send`, text: "expected base64 after base64:" });
  if (isBlock(take))
    for (const [name, from] of Object.entries(take))
      problems.push(...takeProblems(`${field}.take.${name}`, String(from)));
  if (/opening\.[0-9]+$/.test(field) && send === undefined && block.expect === undefined)
    problems.push({ field, text: "expected send, expect, or both: a step that does neither does nothing" });
  for (const name of ["expect", "when", "answer", "arrives"]) {
    const matcher = block[name];
    if (isBlock(matcher) && Object.keys(matcher).every((key) => key === "at"))
      problems.push({
        field: `${field}.${name}`,
        text: "expected at least one of text, starts, contains, json, binary, opcode",
      });
  }
  return problems;
}

function takeProblems(field: string, from: string): Problem[] {
  if (!from.startsWith("text:")) return [];
  try {
    const groups = new RegExp(`${from.slice(5)}|`).exec("")?.length ?? 1;
    return groups === 2
      ? []
      : [{ field, text: `expected a pattern with one group, as in text:id=([0-9]+), got ${groups - 1}` }];
  } catch {
    return [{ field, text: "expected a regular expression after text:" }];
  }
}

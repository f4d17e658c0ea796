/**
 * The dialects that ship, and what a scenario becomes by naming one: its own fields win, and read again it stays what
 * it is.
 */
import { type Block, isBlock } from "../block.ts";
import type { Problem } from "../problems/problem-bounds.ts";
import { centrifugo } from "./centrifugo.ts";
import type { Dialect, Spoken, Topic } from "./dialect.ts";
import { graphqlWs } from "./graphql-ws.ts";
import { nats } from "./nats.ts";
import { phoenix } from "./phoenix.ts";
import { pusher } from "./pusher.ts";
import { signalr } from "./signalr.ts";
import { socketIo } from "./socket-io.ts";
import { stomp } from "./stomp.ts";

export const dialectNames = [
  "socket.io",
  "graphql-ws",
  "centrifugo",
  "stomp",
  "nats",
  "phoenix",
  "signalr",
  "pusher",
] as const;
export type DialectName = (typeof dialectNames)[number];

const dialects: Record<DialectName, Dialect> = {
  "socket.io": socketIo,
  "graphql-ws": graphqlWs,
  centrifugo,
  stomp,
  nats,
  phoenix,
  signalr,
  pusher,
};

const dialectOf = (name: unknown): Dialect | undefined =>
  typeof name === "string" && Object.hasOwn(dialects, name) ? dialects[name as DialectName] : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A scenario with what its dialect says and it does not. Without a dialect, or one that is none, it stays as it is. */
export function withDialect(input: Block): Block {
  const name = input.dialect ?? dialectOfTarget(input.target);
  const dialect = dialectOf(name);
  if (dialect === undefined) return input;
  const topic: Topic = { channel: textOf(input.channel), event: textOf(input.event) };
  const spoken = dialect.conversation(topic);
  const result: Block = { ...input, dialect: name, conversation: spokenWith(input.conversation, spoken) };
  if (input.target !== undefined) result.target = targetWith(input.target, dialect);
  if (input.subprotocols === undefined && dialect.subprotocols !== undefined)
    result.subprotocols = dialect.subprotocols;
  if (input.framing === undefined && dialect.framing !== undefined) result.framing = dialect.framing;
  const published = dialect.publish?.(topic);
  const withPublish = (block: Block): Block =>
    published === undefined || !isBlock(block.publish) || block.publish.send !== undefined
      ? block
      : { ...block, publish: { ...published, ...block.publish } };
  if (Array.isArray(input.groups))
    result.groups = input.groups.map((group: unknown) =>
      isBlock(group)
        ? withPublish(
            group.conversation === undefined
              ? group
              : { ...group, conversation: spokenWith(group.conversation, spoken) },
          )
        : group,
    );
  return withPublish(result);
}

/** The dialect that a target's scheme leaves no choice of. */
const dialectOfTarget = (target: unknown): string | undefined =>
  [target].flat().some((each) => /^nats:/i.test(String(each))) ? "nats" : undefined;

/** Replies and beats are added to the user's own; an opening or a farewell of theirs replaces the dialect's. */
function spokenWith(own: unknown, spoken: Spoken): unknown {
  if (own === undefined) return structuredClone(spoken);
  if (!isBlock(own)) return own;
  const replies = added(own.replies, spoken.replies, ({ when }) =>
    JSON.stringify({ ...(when as Block), at: undefined }),
  );
  const beats = added(own.beats, spoken.beats, ({ name }) => String(name));
  return {
    ...structuredClone(spoken),
    ...own,
    ...(replies === undefined ? {} : { replies }),
    ...(beats === undefined ? {} : { beats }),
  };
}

/** The user's list with what it lacks at its end; a list that is none is left for the check. */
function added(own: unknown, more: readonly object[] = [], keyOf: (block: Block) => string): unknown {
  if (own === undefined) return more.length === 0 ? undefined : structuredClone(more);
  if (!Array.isArray(own)) return own;
  const known = new Set(own.filter(isBlock).map(keyOf));
  return [...own, ...structuredClone(more).filter((block) => !known.has(keyOf(block as Block)))];
}

function targetWith(target: unknown, dialect: Dialect): unknown {
  if (Array.isArray(target)) return target.map((each: unknown) => targetWith(each, dialect));
  const parts = typeof target === "string" ? /^(wss?:\/\/[^/?#]+)([^?#]*)(\?[^#]*)?$/i.exec(target) : null;
  if (parts === null) return target;
  const [, origin = "", path = "", query = ""] = parts;
  const said = new Set(new URLSearchParams(query).keys());
  const missing = Object.entries(dialect.query ?? {}).flatMap(([name, value]) =>
    said.has(name) ? [] : [`${name}=${value}`],
  );
  const all = [...(query.length > 1 ? [query.slice(1)] : []), ...missing].join("&");
  return `${origin}${path === "" || path === "/" ? (dialect.path ?? path) : path}${all === "" ? "" : `?${all}`}`;
}

/** What is wrong with how a scenario names its dialect. */
export function dialectProblems({ dialect: name, channel, event, protocol, publish, groups }: Block): Problem[] {
  if (name === undefined)
    return Object.entries({ channel, event }).flatMap(([field, value]) =>
      value === undefined ? [] : [{ field, text: `expected together with a dialect: ${dialectNames.join(", ")}` }],
    );
  const dialect = dialectOf(name);
  if (dialect === undefined) return [];
  const problems: Problem[] = [];
  const spokenOver = dialect.protocol ?? "websocket";
  if (protocol !== spokenOver)
    problems.push({
      field: "dialect",
      text: `expected protocol ${spokenOver}, which ${String(name)} runs over, got "${String(protocol)}"`,
    });
  if (dialect.needsChannel === true && channel === undefined)
    problems.push({
      field: "channel",
      text: `expected something to subscribe to: with dialect ${String(name)} nothing is received without it`,
    });
  const publishes =
    isBlock(publish) ||
    (Array.isArray(groups) && groups.some((group: unknown) => isBlock(group) && isBlock(group.publish)));
  if (event !== undefined && dialect.publish === undefined)
    problems.push({
      field: "event",
      text: `expected to be left out: with dialect ${String(name)} clients do not publish by event`,
    });
  else if (event !== undefined && !publishes && (name === "centrifugo" || name === "stomp" || name === "nats"))
    problems.push({ field: "event", text: `expected to be left out: messages of ${String(name)} have no event` });
  return problems;
}

/**
 * Problems of a scenario that would otherwise show only on the wire: what a header may hold, what a protocol has, what
 * an address is. Pure.
 */
import { isIP } from "node:net";
import { protocols } from "../fields/connection-fields.ts";
import { isUrl } from "../target-url.ts";
import type { Problem } from "./problem-bounds.ts";

type Fields = Record<string, unknown>;

/** Headers that are the protocol's own: to send another would break the request, or forge a second one. */
const ownOfAll: Record<string, string> = {
  "content-length": "it is set from the body's length",
  "transfer-encoding": "a body is sent with its length",
};
const ownOfWebSocket: Record<string, string> = {
  connection: "the upgrade needs its own",
  upgrade: "the upgrade needs its own",
  "sec-websocket-key": "it is generated in each process",
  "sec-websocket-version": "it is always 13",
  "sec-websocket-accept": "only a server sends it",
  "sec-websocket-extensions": "ask for compression instead",
  "sec-websocket-protocol": "name it in subprotocols instead, so that the answer is checked",
};

/**
 * Header names are tokens, and values printable text (RFC 9110, section 5): a control character could end the line and
 * forge another, or a whole request. Text beyond ASCII is sent as UTF-8, none of whose bytes is a control character.
 */
export function headerProblems(scenario: Fields): Problem[] {
  const { headers } = scenario;
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return [];
  const own = speaksWebSocket(scenario) ? { ...ownOfAll, ...ownOfWebSocket } : ownOfAll;
  return Object.entries(headers).flatMap(([name, given]): Problem[] => {
    const field = `headers.${name}`;
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      return [{ field, text: "expected a header name without spaces, colons or characters beyond ASCII" }];
    const why = own[name.toLowerCase()];
    if (why !== undefined) return [{ field, text: `expected no header that the request has of itself: ${why}` }];
    const values: unknown[] = Array.isArray(given) ? given : [given];
    return values.some((value) => typeof value === "string" && !isPrintable(value))
      ? [{ field, text: "expected a value without control characters: no line breaks, no NUL, no unpaired surrogates" }]
      : [];
  });
}

/** No control character but the tab, and no half of a surrogate pair. */
export function isPrintable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text) && !/\p{Surrogate}/u.test(text);
}

function speaksWebSocket({ kind, protocol }: Fields): boolean {
  return (
    kind !== "api" &&
    kind !== "streams" &&
    kind !== "pipeline" &&
    kind !== "compare" &&
    (protocol ?? "websocket") === "websocket"
  );
}

/** Fields that only some protocols have, and why not the others. */
const fieldsOfProtocols: Record<string, { of: readonly string[]; why: string }> = {
  ping: { of: ["websocket"], why: "only WebSocket and NATS have pings" },
  subprotocols: { of: ["websocket"], why: "only WebSocket has subprotocols" },
  compression: { of: ["websocket"], why: "permessage-deflate is a WebSocket extension" },
  subscribe: {
    of: ["websocket", "tcp"],
    why: "a client cannot send on an event stream: use the URL or a header instead",
  },
  protocolModule: { of: ["tcp"], why: "a custom protocol runs over raw TCP" },
  framing: { of: ["tcp"], why: "it says how messages are delimited on raw TCP" },
  headers: { of: ["websocket", "sse"], why: "raw TCP has no headers" },
};
/** All but MQTT, whose own problems are told beside its fields. */
const knownProtocols: readonly unknown[] = protocols.filter((protocol) => protocol !== "mqtt");

/** Fields that a scenario gives and its protocol does not have. A field that is switched off counts as not given. */
export function protocolProblems(scenario: Fields, given: Fields): Problem[] {
  const { protocol } = scenario;
  const ofEvents = eventSourceProblems(scenario);
  if (!knownProtocols.includes(protocol)) return ofEvents;
  const ofProtocol = Object.entries(fieldsOfProtocols).flatMap(([field, { of, why }]): Problem[] => {
    const value = given[field];
    const isGiven = value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
    const hasOwnPing = field === "ping" && (scenario.framing === "nats" || scenario.protocolModule !== undefined);
    if (!isGiven || hasOwnPing || of.includes(String(protocol)) || isEmptyObject(value)) return [];
    return [{ field, text: `expected to be left out with protocol ${protocol}: ${why}` }];
  });
  return [...ofEvents, ...ofProtocol];
}

function eventSourceProblems({ protocol, reconnect }: Fields): Problem[] {
  const isAsked = typeof reconnect === "object" && reconnect !== null && (reconnect as Fields).eventSource === true;
  if (!isAsked || protocol === "sse") return [];
  return [
    {
      field: "reconnect.eventSource",
      text: `expected to be left out with protocol ${String(protocol)}: event streams alone have ids`,
    },
  ];
}

/** The built-in targets put a length before each message: told apart otherwise, none would be one. */
export function framingProblems({ framing, target }: Fields): Problem[] {
  if (framing === undefined || framing === "length") return [];
  const builtIn = [target].flat().find((name) => typeof name === "string" && !isUrl(name));
  return builtIn === undefined
    ? []
    : [
        {
          field: "framing",
          text: `expected length with target ${String(builtIn)}, got "${String(framing)}": lines are for tcp:// and nats:// URLs`,
        },
      ];
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/**
 * Sources are numeric addresses. Whether they are of the machine that dials is known where it dials. An interface
 * stands instead of them, and neither has a meaning for a socket file; a proxy has none for it either, nor where a
 * built-in target is started here.
 */
export function sourceProblems({ sources, interface: named, proxy, target }: Fields): Problem[] {
  const problems: Problem[] = [];
  if (named !== undefined && sources !== undefined)
    problems.push({ field: "interface", text: "expected sources or an interface, not both" });
  const targets = [target ?? []].flat().map(String);
  for (const [field, value] of Object.entries({ sources, interface: named, proxy })) {
    if (value !== undefined && targets.some((each) => /^[a-z]+\+unix:/i.test(each)))
      problems.push({ field, text: "expected to be left out with a target that is a Unix socket on this machine" });
  }
  if (proxy !== undefined && targets.some((each) => !isUrl(each)))
    problems.push({
      field: "proxy",
      text: "expected to be left out with a built-in target, which is started on this machine: give a URL",
    });
  return [...problems, ...numericProblems(sources)];
}

function numericProblems(sources: unknown): Problem[] {
  if (!Array.isArray(sources)) return [];
  return sources.flatMap((source: unknown, index): Problem[] => {
    if (typeof source !== "string" || isIP(source) !== 0) return [];
    return [
      {
        field: `sources.${index}`,
        text: `expected a numeric address of this machine such as 127.0.0.2, got ${JSON.stringify(source)}`,
      },
    ];
  });
}

/**
 * Extracts the id of a published message from a received one: with a matcher, or by the text that precedes
 * `{{message}}` in the template it was sent from.
 */
import type { Incoming } from "./incoming.ts";
import type { MessageMatcher } from "./message-matcher.ts";

const idTemplate = "{{message}}";
/** Longest part of the preceding text that is searched for, characters. */
const maxHintLength = 24;
const zero = 0x30;
const nine = 0x39;

/** Calls back with each candidate id until one is accepted. */
export type FindId = (incoming: Incoming, slot: number, taken: (id: number) => boolean) => boolean;

export const findByMatcher =
  (matcher: MessageMatcher): FindId =>
  (incoming, slot, taken) =>
    matcher.matches(incoming, slot) && matcher.id >= 0 && taken(matcher.id);

/** Searches for the text before `{{message}}` in the sent template, without parsing the message. */
export function findByText(send: string): FindId {
  const before = send.slice(0, send.indexOf(idTemplate));
  const valueEnd = before.lastIndexOf("}}");
  const hint = Buffer.from(before.slice(Math.max(0, valueEnd < 0 ? 0 : valueEnd + 2, before.length - maxHintLength)));
  return ({ bytes, start, end }, _slot, taken) => {
    for (let at = start; at < end; at++) {
      const found = hint.length === 0 ? at : bytes.indexOf(hint, at);
      if (found < 0 || found + hint.length >= end) return false;
      const id = numberAt(bytes, found + hint.length, end);
      if (id >= 0 && taken(id)) return true;
      if (hint.length === 0) return false;
      at = found;
    }
    return false;
  };
}

function numberAt(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  let at = start;
  for (; at < end && bytes[at]! >= zero && bytes[at]! <= nine; at++) value = value * 10 + bytes[at]! - zero;
  return at === start || at - start > 16 ? -1 : value;
}

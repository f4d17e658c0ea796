import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findByText } from "./arrival.ts";
import { Incoming } from "./incoming.ts";

/** The candidate ids found in a message, none of which is accepted. */
function offered(send: string, message: string): number[] {
  const ids: number[] = [];
  const bytes = Buffer.from(`before ${message} after`);
  const incoming = new Incoming().set(bytes, 7, 7 + Buffer.byteLength(message), false);
  findByText(send)(incoming, 0, (id) => ids.push(id) < 0);
  return ids;
}

describe("the id of a published message, found by the preceding text", () => {
  for (const [send, message, ids] of [
    ['{"id":"{{message}}","from":"{{index}}"}', '{"id":"17","from":"30"}', [17]],
    ['{"from":"{{index}}","id":"{{message}}"}', '{"from":"30","id":"17"}', [17]],
    ["{{message}} is mine", "17 is mine", [17]],
    ["say {{message}}", "17 say 18 say 19", [18, 19]],
    ["{{room}}{{message}}", "r17", []],
    [`${"x".repeat(40)}={{message}}`, `${"x".repeat(40)}=17`, [17]],
  ] as const) {
    it(`${send.slice(-42)} in ${message.slice(-30)}`, () => assert.deepEqual(offered(send, message), ids));
  }
});

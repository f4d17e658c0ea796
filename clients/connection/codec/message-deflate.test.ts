import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgreement } from "./message-deflate.ts";

const cases: [answer: string, agreed: [isFresh: boolean, windowBits: number, text: string] | null][] = [
  ["permessage-deflate", [false, 15, "permessage-deflate"]],
  ["permessage-deflate; server_no_context_takeover", [true, 15, "permessage-deflate; server_no_context_takeover"]],
  [
    "Permessage-Deflate;server_no_context_takeover ; client_no_context_takeover",
    [true, 15, "permessage-deflate; client_no_context_takeover; server_no_context_takeover"],
  ],
  ["permessage-deflate; server_max_window_bits=10", [false, 10, "permessage-deflate; server_max_window_bits=10"]],
  ['permessage-deflate; server_max_window_bits="9"', [false, 9, 'permessage-deflate; server_max_window_bits="9"']],
  ["permessage-deflate; server_max_window_bits=7", null],
  ["permessage-deflate; server_max_window_bits", null],
  ["permessage-deflate; server_max_window_bits=010", null],
  ["permessage-deflate; client_max_window_bits=12", null],
  ["permessage-deflate; server_no_context_takeover=1", null],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", null],
  ["permessage-deflate; other", null],
  ["permessage-deflate, permessage-deflate", null],
  ["x-webkit-deflate-frame", null],
  ["", null],
];

for (const [answer, agreed] of cases) {
  test(`"${answer}" is ${agreed === null ? "no answer to our offer" : "agreed to"}`, () => {
    const agreement = parseAgreement(answer);
    assert.deepEqual(agreement === null ? null : [agreement.isFresh, agreement.windowBits, agreement.text], agreed);
  });
}

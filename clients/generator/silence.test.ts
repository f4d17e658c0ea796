import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SocketEvidence } from "../connection/engine.ts";
import { whoStalled } from "./silence.ts";

const before: SocketEvidence = {
  atNs: 0,
  unacked: 0,
  retransmits: 0,
  backoff: 0,
  bytesAcked: 200,
  bytesReceived: 900,
  unreadBytes: 0,
  unsentBytes: 0,
  minRttUs: 20,
};
const after = (over: Partial<SocketEvidence>): SocketEvidence => ({ ...before, atNs: 1e9, ...over });

describe("which side stalled", () => {
  const rows: [string, SocketEvidence | null, string][] = [
    ["bytes wait here for us", after({ bytesAcked: 214, bytesReceived: 1000, unreadBytes: 100 }), "generator"],
    ["the ping was acknowledged and not answered", after({ bytesAcked: 214 }), "target-application"],
    ["the ping was not acknowledged", after({ unacked: 1, retransmits: 1, backoff: 1, unsentBytes: 14 }), "network"],
    ["the ping waits behind what was never acknowledged", after({ unsentBytes: 500 }), "network"],
    ["the answer came", after({ bytesAcked: 214, bytesReceived: 908 }), "unknown"],
    ["the socket is gone", null, "unknown"],
  ];
  for (const [what, evidence, expected] of rows)
    it(`${what}: ${expected}`, () => assert.equal(whoStalled(before, evidence), expected));
});

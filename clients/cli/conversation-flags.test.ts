import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readScenario } from "../scenario/read-scenario.ts";
import { conversationFromFlags } from "./conversation-flags.ts";

describe("the flags of a conversation", () => {
  it("say replies, heartbeats and requests, with answers as text or JSON", () => {
    const conversation = conversationFromFlags({
      reply: ["2=>3", '{"t":"hi"}=>{"t":"ho"}'],
      beat: ["25s:2"],
      sendEvery: ['5s:{"id":"{{message}}"}=>{"id":"{{message}}"}'],
    });
    assert.deepEqual(conversation, {
      replies: [
        { when: { text: "2" }, send: "3" },
        { when: { json: { t: "hi" } }, send: '{"t":"ho"}' },
      ],
      beats: [{ every: "25s", send: "2" }],
      requests: [{ name: "send", every: "5s", send: '{"id":"{{message}}"}', answer: { json: { id: "{{message}}" } } }],
    });
    assert.doesNotThrow(() => readScenario({ kind: "connections", target: "go", conversation }));
  });

  it("are none when none is given, and a wrong one is a problem of the scenario", () => {
    assert.equal(conversationFromFlags({}), undefined);
    assert.throws(
      () =>
        readScenario({ kind: "connections", target: "go", conversation: conversationFromFlags({ beat: ["ping"] }) }),
      /conversation\.beats/,
    );
  });
});

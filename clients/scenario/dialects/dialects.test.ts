import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readScenario, ScenarioError } from "../read-scenario.ts";
import { dialectNames } from "./dialects.ts";

const read = (fields: object) =>
  readScenario({ kind: "connections", target: "ws://127.0.0.1:1", ...fields }) as unknown as Record<string, unknown>;
const conversationOf = (fields: object) => read(fields).conversation as Record<string, unknown[]>;

describe("a dialect", () => {
  for (const dialect of dialectNames) {
    it(`${dialect} is a valid scenario that stays itself when it is read again`, () => {
      const target = dialect === "nats" ? "tcp://127.0.0.1:4222" : "ws://127.0.0.1:1";
      const once = read({
        dialect,
        target,
        channel: "news",
        publish: dialect === "graphql-ws" || dialect === "pusher" ? undefined : { every: "5s" },
      });
      assert.ok((once.conversation as { opening: unknown[] }).opening.length > 0);
      assert.deepEqual(readScenario(structuredClone(once)), once);
    });
  }

  it("gives the target path and query, and leaves what the user wrote there", () => {
    assert.equal(read({ dialect: "socket.io" }).target, "ws://127.0.0.1:1/socket.io/?EIO=4&transport=websocket");
    const own = read({ dialect: "socket.io", target: "ws://127.0.0.1:1/own/?EIO=3&a={{index}}" }).target;
    assert.equal(own, "ws://127.0.0.1:1/own/?EIO=3&a={{index}}&transport=websocket");
  });

  it("yields to the user's opening, keeps its heartbeats beside the user's replies, in groups too", () => {
    const conversation = { opening: [{ expect: { text: "hi" } }], replies: [{ when: { text: "a" }, send: "b" }] };
    const said = conversationOf({ dialect: "socket.io", conversation });
    assert.deepEqual([said.opening?.length, said.replies?.length], [1, 2]);
    const groups = read({ dialect: "socket.io", groups: [{ name: "a", connections: 2, conversation }] }).groups as {
      conversation: typeof conversation;
    }[];
    assert.equal(groups[0]?.conversation.replies.length, 2);
  });

  it("tells what it needs and what it cannot do", () => {
    const refused = (fields: object, field: RegExp) =>
      assert.throws(
        () => read(fields),
        (error) => error instanceof ScenarioError && field.test(error.message),
      );
    refused({ channel: "news" }, /^channel: expected together with a dialect/m);
    refused({ dialect: "stomp" }, /^channel: expected something to subscribe to/m);
    refused({ dialect: "graphql-ws", channel: "tick", event: "x" }, /^event: /m);
    refused({ dialect: "socket.io", protocol: "tcp" }, /^dialect: /m);
    refused({ dialect: "nats" }, /^dialect: expected protocol tcp/m);
    refused({ target: "go", protocol: "tcp", framing: "lines" }, /^framing: expected length with target go/m);
    refused({ target: "ws://127.0.0.1:1", framing: "lines" }, /^framing: expected to be left out/m);
    refused({ dialect: "morse" }, /^dialect: expected one of socket\.io/m);
  });
});

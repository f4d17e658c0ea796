import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { of, Rig, until } from "../testing/rig.ts";

/** A client with conversations that records the texts it received. */
class Talker {
  readonly socket: WebSocket;
  readonly heard: string[] = [];
  closed = "";

  constructor(port: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/push?intervalMs=60000`);
    this.socket.on("message", (data, isBinary) => void (isBinary || this.heard.push(String(data))));
    this.socket.on("close", (code, reason) => {
      this.closed = `${code} ${reason}`;
    });
    this.socket.on("error", () => {});
  }

  /** Authenticates; settles when it is welcomed or closed. */
  async enter(token: string, room = "r"): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN, "a socket");
    this.socket.send(JSON.stringify({ t: "auth", token, room }));
    await until(() => this.heard.length > 0 || this.closed !== "", "an answer to the token");
    return this;
  }

  async hears(text: string): Promise<void> {
    await until(() => this.heard.includes(text), text);
  }
}

describe("conversations in the rehearsal target", { concurrency: 4 }, () => {
  it("accepts tokens once each, and answers, asks and forwards messages", async () => {
    const rig = await Rig.start("talk: { token: k, askEveryMs: 100 }");
    const [one, two] = [await new Talker(rig.port).enter("k1"), await new Talker(rig.port).enter("k2")];
    assert.deepEqual(one.heard, ['{"t":"welcome","session":"s-0"}']);
    const again = await new Talker(rig.port).enter("k1");
    const wrong = await new Talker(rig.port).enter("x1");
    assert.deepEqual([again.closed, wrong.closed], ["4003 token in use", "4003 bad token"]);
    one.socket.send('{"t":"ping"}');
    one.socket.send('{"t":"ask","id":7}');
    two.socket.send('{"t":"say","room":"r","id":8}');
    await one.hears('{"t":"pong"}');
    await one.hears('{"t":"answer","id":7}');
    await one.hears('{"t":"say","room":"r","id":8}');
    await one.hears("2");
    await until(() => one.closed !== "", "who does not answer is closed");
    assert.equal(one.closed, "4002 no answer");
    for (const { socket } of [two, again, wrong]) socket.terminate();
    const [summary] = of(await rig.account(), "summary");
    const { beats, asks, says, deliveries } = (summary?.talk ?? {}) as Record<string, number>;
    assert.deepEqual([beats, asks, says, deliveries], [1, 1, 1, 1]);
    assert(!two.heard.includes('{"t":"say","room":"r","id":8}'));
  });

  it("performs its faults, and records them", async () => {
    const script = {
      talk: { heartbeatMs: 400 },
      faults: [
        { kind: "talk.opening", how: "refuse", code: 4009, reason: "no", connections: [1] },
        { kind: "talk.answer", how: "twice", connections: [0] },
        { kind: "talk.delivery", how: "lose", connections: [0] },
        { kind: "talk.delivery", how: "swap", connections: [1] },
      ],
    };
    const rig = await Rig.start(JSON.stringify(script));
    const one = await new Talker(rig.port).enter("k1");
    const refused = await new Talker(rig.port).enter("k2");
    const two = await new Talker(rig.port).enter("k3");
    assert.equal(refused.closed, "4009 no");
    one.socket.send('{"t":"ask","id":1}');
    for (const id of [1, 2, 3]) one.socket.send(JSON.stringify({ t: "say", room: "r", id }));
    await two.hears('{"t":"say","room":"r","id":2}');
    assert.deepEqual(two.heard.slice(1), ['{"t":"say","room":"r","id":3}', '{"t":"say","room":"r","id":2}']);
    await until(() => one.closed !== "", "who does not beat is closed");
    assert.equal(one.closed, "4000 no heartbeat");
    assert.deepEqual(
      one.heard.filter((text) => text.includes("answer")),
      ['{"t":"answer","id":1}', '{"t":"answer","id":1}'],
    );
    const facts = await rig.account();
    assert.deepEqual(
      of(facts, "talk-fault").map(({ how }) => how),
      ["refuse", "twice", "lose", "swap"],
    );
    assert.deepEqual(
      of(facts, "refused").map(({ cause, status }) => [cause, status]),
      [["opening-failed", 4009]],
    );
  });
});

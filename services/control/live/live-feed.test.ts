import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LiveFeeds, replayedTicks, type TickWriter } from "./live-feed.ts";

/** A reader that accepts `room` writes and then waits. */
function recorder(room = Number.POSITIVE_INFINITY) {
  const texts: string[] = [];
  let drain: () => void = () => {};
  let isEnded = false;
  const writer: TickWriter = {
    write: (text) => {
      texts.push(text);
      return texts.length < room;
    },
    whenDrained: (callback) => {
      drain = callback;
    },
    end: () => {
      isEnded = true;
    },
  };
  return { writer, texts, drain: () => drain(), isEnded: () => isEnded };
}

const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe("the live feed of a run", () => {
  it("replays the last 900 on connect, then continues", () => {
    const feeds = new LiveFeeds();
    for (let i = 0; i < 1000; i++) feeds.publish("run", "tick", { i });
    const reader = recorder();
    feeds.join("run", reader.writer, 0);
    const replayed = ids(reader.texts.join(""));
    assert.equal(replayed.length, replayedTicks);
    assert.deepEqual([replayed[0], replayed.at(-1)], [101, 1000]);
    feeds.publish("run", "tick", { i: 1000 });
    assert.deepEqual(ids(reader.texts.at(-1) ?? ""), [1001]);
  });

  it("sends late readers every phase, even if its second was dropped long ago", () => {
    const feeds = new LiveFeeds();
    feeds.publish("run", "run", { target: "go" });
    feeds.publish("run", "phase", { phase: "ramp" });
    feeds.publish("run", "tick", { i: 0 });
    feeds.publish("run", "phase", { phase: "hold" });
    for (let i = 0; i < 2 * replayedTicks; i++) feeds.publish("run", "tick", { i });
    const [late, back] = [recorder(), recorder()];
    feeds.join("run", late.writer, 0);
    const replayed = late.texts.join("");
    assert.deepEqual(ids(replayed).slice(0, 4), [1, 2, 4, 4 + replayedTicks + 1]);
    assert.equal(ids(replayed).length, 3 + replayedTicks);
    feeds.join("run", back.writer, 2);
    assert.equal(ids(back.texts.join(""))[0], 4);
  });

  it("continues after a reader's last event", () => {
    const feeds = new LiveFeeds();
    for (let i = 0; i < 10; i++) feeds.publish("run", "tick", { i });
    const reader = recorder();
    feeds.join("run", reader.writer, 7);
    assert.deepEqual(ids(reader.texts.join("")), [8, 9, 10]);
  });

  it("drops ticks of a slow reader, says how many, and does not block others", () => {
    const feeds = new LiveFeeds();
    feeds.open("run");
    const [slow, quick] = [recorder(1), recorder()];
    feeds.join("run", slow.writer, 0);
    feeds.join("run", quick.writer, 0);
    for (let i = 0; i < 5; i++) feeds.publish("run", "tick", { i });
    assert.deepEqual(slow.texts.flatMap(ids), [1]);
    assert.deepEqual(quick.texts.flatMap(ids), [1, 2, 3, 4, 5]);
    slow.drain();
    feeds.publish("run", "tick", { i: 5 });
    assert.match(slow.texts.at(-1) ?? "", /event: dropped\ndata: {"ticks":4}\n\nid: 6\n/);
  });

  it("ends its streams with the run, and late readers at once", () => {
    const feeds = new LiveFeeds();
    feeds.open("run");
    const [early, late] = [recorder(), recorder()];
    feeds.join("run", early.writer, 0);
    assert.equal(feeds.readers, 1);
    feeds.close("run", "end", { state: "finished" });
    feeds.join("run", late.writer, 0);
    assert.ok(early.isEnded() && late.isEnded());
    assert.equal(feeds.readers, 0);
    assert.match(late.texts.join(""), /event: end/);
  });
});

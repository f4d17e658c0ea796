import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CallTree } from "./call-tree.ts";
import { summarizeCpuProfile } from "./cpu-profile.ts";
import { summarizePstats } from "./pstats.ts";

const close = (got: number | undefined, expected: number): void =>
  assert.ok(Math.abs((got ?? Number.NaN) - expected) < 1e-9, `expected ${expected}, got ${got}`);

describe("a call tree", () => {
  it("counts a recursive function once", () => {
    const tree = new CallTree();
    tree.add(["main", "walk", "walk", "walk"], 3);
    tree.add(["main", "walk"], 1);
    const { top, flame, busySeconds } = tree.summary(0.5);
    assert.equal(busySeconds, 2);
    assert.deepEqual(top, [
      { function: "walk", selfShare: 1, totalShare: 1 },
      { function: "main", selfShare: 0, totalShare: 1 },
    ]);
    assert.equal(flame.children[0]?.children[0]?.children[0]?.share, 0.75);
  });

  it("omits frames too small to see, and handles an empty profile", () => {
    const tree = new CallTree();
    tree.add(["a"], 1000);
    tree.add(["b"], 1);
    assert.deepEqual(
      tree.summary(1).flame.children.map(({ name }) => name),
      ["a"],
    );
    assert.deepEqual(new CallTree().summary(1), {
      busySeconds: 0,
      top: [],
      flame: { name: "all", share: 0, children: [] },
    });
  });
});

describe("a V8 profile", () => {
  it("attributes to each sample the time until the next, and excludes idle time", () => {
    const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 9 });
    const { busySeconds, top } = summarizeCpuProfile(
      JSON.stringify({
        nodes: [
          { id: 1, callFrame: frame("(root)"), children: [2, 4] },
          { id: 2, callFrame: frame("serve", "file:///a/b/c/server.js"), children: [3] },
          { id: 3, callFrame: frame(""), children: [] },
          { id: 4, callFrame: frame("(idle)") },
        ],
        samples: [2, 3, 4, 3],
        timeDeltas: [100, 10, 30, 5000, 7],
      }),
    );
    close(busySeconds, 47e-6);
    assert.deepEqual(
      top.map((entry) => [entry.function, Math.round(entry.selfShare * 47), Math.round(entry.totalShare * 47)]),
      [
        ["(anonymous)", 37, 37],
        ["serve c/server.js:10", 10, 47],
      ],
    );
  });

  it("is rejected when it has another format", () => {
    for (const text of ["{}", "null", '{"nodes":[]}']) assert.throws(() => summarizeCpuProfile(text), RangeError);
  });
});

describe("a pstats profile", () => {
  it("has exact shares, and a tree that distributes each function's time to its callees", () => {
    // main (1 s own) calls parse (6 s own) twice: itself and through loop (1 s own); parse calls add (2 s own).
    const rows = [
      ["main.py", 1, "main", 1, 1, 10, []],
      ["main.py", 5, "loop", 1, 1, 5, [[0, 1, 1, 5]]],
      [
        "json.py",
        9,
        "parse",
        9,
        6,
        8,
        [
          [0, 1, 3, 4],
          [1, 8, 3, 4],
        ],
      ],
      ["~", 0, "<method 'add'>", 9, 2, 2, [[2, 9, 2, 2]]],
    ];
    const { busySeconds, top, flame } = summarizePstats(JSON.stringify(rows));
    assert.equal(busySeconds, 10);
    assert.deepEqual(top[0], { function: "parse json.py:9", selfShare: 0.6, totalShare: 0.8 });
    const [main] = flame.children;
    close(main?.share, 1);
    assert.deepEqual(
      main?.children.map(({ name, share }) => [name, Number(share.toFixed(6))]),
      [
        ["loop main.py:5", 0.5],
        ["parse json.py:9", 0.4],
      ],
    );
    close(main?.children[1]?.children[0]?.share, 0.1);
  });

  it("terminates with cyclic calls", () => {
    const rows = [
      ["a.py", 1, "start", 1, 1, 10, []],
      [
        "a.py",
        2,
        "ping",
        5,
        4,
        9,
        [
          [0, 1, 1, 9],
          [2, 4, 3, 8],
        ],
      ],
      ["a.py", 3, "pong", 5, 5, 9, [[1, 5, 5, 9]]],
    ];
    const { flame } = summarizePstats(JSON.stringify(rows));
    assert.equal(flame.children[0]?.children[0]?.children[0]?.name, "pong a.py:3");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseCounterTables,
  parseKiB,
  parseLimit,
  parsePids,
  parseProcessStat,
  parseSockstat,
  parseSoftnet,
  parseStealShare,
} from "./proc.ts";

// Captured on Linux 6.18.
const statTail =
  "S 21599 21600 21600 0 -1 4194304 1026 5117 0 3 12 34 56 78 20 0 7 0 193358 5124096 1016 18446744073709551615 1 1 0 0 0 0 0 4 65536";

describe("/proc/pid/stat", () => {
  for (const name of ["node", "Web Content", "a) S 1 2 (b", "(sd-pam)", ""]) {
    it(`is read with the process name "${name}"`, () => {
      assert.deepEqual(parseProcessStat(`21600 (${name}) ${statTail}\n`), {
        pid: 21600,
        name,
        state: "S",
        parentPid: 21599,
        ownTicks: 12 + 34,
        reapedTicks: 56 + 78,
        threads: 7,
        startTicks: 193358,
      });
    });
  }
  it("is null for other text", () => {
    for (const text of ["", "21600", "21600 (node", "21600 (node) S"]) assert.equal(parseProcessStat(text), null);
  });
});

describe("other /proc text", () => {
  it("gives sizes in KiB, null when the line is not there", () => {
    const rollup =
      "562b06a69000-7fff212ca000 ---p 00000000 00:00 0    [rollup]\nRss:                1672 kB\nPss:                 279 kB\nPss_Dirty:           112 kB\n";
    assert.equal(parseKiB(rollup, "Pss"), 279);
    assert.equal(parseKiB(rollup, "Rss"), 1672);
    assert.equal(parseKiB("Name:\tnode\nState:\tZ (zombie)\n", "VmRSS"), null);
  });
  it("gives the children of a process", () => {
    assert.deepEqual(parsePids("24360 24361 \n"), [24360, 24361]);
    assert.deepEqual(parsePids(""), []);
  });
  it("gives soft and hard limits", () => {
    const text =
      "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 20000                files     \nMax cpu time              unlimited            unlimited            seconds   \n";
    assert.deepEqual(parseLimit(text, "Max open files"), { soft: 1024, hard: 20000 });
    assert.deepEqual(parseLimit(text, "Max cpu time"), {
      soft: Number.POSITIVE_INFINITY,
      hard: Number.POSITIVE_INFINITY,
    });
    assert.equal(parseLimit(text, "Max realtime"), null);
  });
  it("gives counters by table and name", () => {
    const counters = parseCounterTables(
      "TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 0 142\nIpExt: InNoRoutes\nIpExt: 3\n",
    );
    assert.deepEqual(
      [...counters],
      [
        ["TcpExt.SyncookiesSent", 0],
        ["TcpExt.ListenOverflows", 142],
        ["IpExt.InNoRoutes", 3],
      ],
    );
  });
  it("gives socket counts", () => {
    const sockets = parseSockstat(
      "sockets: used 6220\nTCP: inuse 6203 orphan 1 tw 2352 alloc 6203 mem 282\nUDP: inuse 0 mem 0\n",
    );
    assert.equal(sockets.get("TCP.tw"), 2352);
    assert.equal(sockets.get("TCP.orphan"), 1);
    assert.equal(sockets.get("UDP.mem"), 0);
    assert.equal(sockets.get("sockets.used"), 6220);
  });
  it("sums softnet over processors, in hexadecimal", () => {
    assert.deepEqual(parseSoftnet("0001e426 0000000a 00000000 0\n00032360 00000010 00000001 0\n"), {
      dropped: 26,
      squeezed: 1,
    });
  });
  it("gives the share of stolen time, guest time not counted twice", () => {
    assert.equal(parseStealShare("cpu  50 0 20 20 0 0 0 10 40 0\ncpu0 1 1 1\n"), 0.1);
    assert.equal(parseStealShare("intr 5\n"), null);
  });
});

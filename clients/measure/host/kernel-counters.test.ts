import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { counterDeltas, readCounters } from "./kernel-counters.ts";

function host(listenDrops: number, softnetDropped: string): (path: string) => string | null {
  const files: Record<string, string> = {
    "/proc/net/netstat": `TcpExt: ListenOverflows ListenDrops TCPSynRetrans\nTcpExt: 5 ${listenDrops} 9\n`,
    "/proc/net/snmp": "Tcp: MaxConn RetransSegs\nTcp: -1 42\n",
    "/proc/net/softnet_stat": `00000001 ${softnetDropped} 00000000\n00000001 00000001 00000000\n`,
    "/proc/net/sockstat": "sockets: used 9\nTCP: inuse 7 orphan 0 tw 3 alloc 8 mem 2\n",
    "/proc/sys/net/netfilter/nf_conntrack_count": "12\n",
  };
  return (path) => files[path] ?? null;
}

describe("kernel counters", () => {
  it("are those this kernel has, with the gauges", () => {
    const { counters, gauges } = readCounters(host(1, "00000010"));
    assert.deepEqual(counters, {
      "TcpExt.ListenOverflows": 5,
      "TcpExt.ListenDrops": 1,
      "TcpExt.TCPSynRetrans": 9,
      "Tcp.RetransSegs": 42,
      "softnet.dropped": 17,
      "softnet.squeezed": 0,
    });
    assert.deepEqual(gauges, { conntrackCount: 12, tcpInUse: 7, tcpOrphans: 0, tcpTimeWait: 3, tcpMemoryPages: 2 });
  });

  it("that increased become sentences with an owner, others are omitted", () => {
    const deltas = counterDeltas(readCounters(host(1, "00000000")), readCounters(host(1785, "000003e8")));
    assert.deepEqual(
      deltas.map(({ counter, delta, owner }) => [counter, delta, owner]),
      [
        ["TcpExt.ListenDrops", 1784, "target"],
        ["softnet.dropped", 1000, "host"],
      ],
    );
    assert.match(deltas[0]!.text, /^1,784 connections dropped at a listening socket/);
  });

  it("are no evidence without an earlier reading", () => {
    assert.deepEqual(
      counterDeltas(
        readCounters(() => null),
        readCounters(host(9, "00000009")),
      ),
      [],
    );
  });
});

/**
 * Memory of an idle WebSocket: the client's own, and the kernel's for both ends. Each connection receives a push every
 * three seconds.
 */

import { median } from "../../clients/measure/statistics/median.ts";
import { availableContenders, type Contender, contend, startPusher } from "../contender.ts";
import { watchKernel } from "../kernel-memory.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, isAtMost, spreadText } from "../spread.ts";
import { measurePeers } from "./memory-peers.ts";

const intervalMs = 3000;
/** Most connections of a single process, limited by its descriptors. */
const mostOfOne = 15_000;

/** Bytes per connection. */
interface Footprint {
  /** Beyond the process's memory before its first connection. */
  marginal: number;
  /** Including the processes' own memory. */
  whole: number;
  /** Kernel memory of both ends. */
  kernel: number;
  /** All memory of the contender's processes. */
  total: number;
}

async function measureOne(name: Contender, connections: number): Promise<Footprint | null> {
  const parts = Math.ceil(connections / mostOfOne);
  const pushers = await Promise.all(Array.from({ length: parts }, () => startPusher(intervalMs)));
  const kernel = await watchKernel();
  try {
    const outcome = await contend(name, {
      connections,
      ports: pushers.map(({ port }) => port),
      seconds: 5,
      intervalMs,
      shards: parts,
    });
    const kernelBytes = kernel.stop();
    if (outcome === null) return null;
    const total = outcome.totalRssBytes ?? Number.NaN;
    return {
      marginal: outcome.rssBytes / connections,
      whole: total / connections,
      kernel: kernelBytes / connections,
      total,
    };
  } finally {
    kernel.stop();
    for (const pusher of pushers) pusher.stop();
  }
}

const bytes = (values: readonly number[]): string => spreadText(values.filter((value) => Number.isFinite(value)));

/** Slope of total memory over the number of connections, which cancels base memory. */
function slopeReach(taken: Map<number, Map<Contender, Footprint[]>>): Reach {
  const sizes = [...taken.keys()].filter((size) => size <= mostOfOne);
  const [least = 0, most = 0] = [Math.min(...sizes), Math.max(...sizes)];
  const totalAt = (size: number): number => median((taken.get(size)?.get("holdfast") ?? []).map(({ total }) => total));
  const slope = (totalAt(most) - totalAt(least)) / (most - least);
  const marginal = median((taken.get(most)?.get("holdfast") ?? []).map((footprint) => footprint.marginal));
  return {
    what: `generator memory per idle WebSocket, marginal (from ${least.toLocaleString("en-US")} to ${most.toLocaleString("en-US")} in one shard)`,
    goal: "<= 1 KB",
    measured: `${digits(slope)} B (beyond the base at ${most.toLocaleString("en-US")}: ${digits(marginal)} B)`,
    isReached: isAtMost(slope, 1024),
  };
}

async function run(order: Order): Promise<Answer> {
  const { contenders, notes } = await availableContenders(["holdfast", "loop", "net", "ws"]);
  const sizes = order.quick ? [1000, 3000] : [1000, 5000, 15_000, 45_000];
  const taken = new Map<number, Map<Contender, Footprint[]>>();
  const lines: string[][] = [];
  for (const connections of sizes) {
    const able = connections > mostOfOne ? contenders.filter((name) => name === "holdfast") : contenders;
    const all = await inTurns(able, order.rounds, async (name, round) => {
      const footprint = await measureOne(name, connections);
      order.say(
        `memory ${connections} round ${round + 1}: ${name} ${footprint?.marginal.toFixed(0)} B beyond the base, kernel ${footprint?.kernel.toFixed(0)} B`,
      );
      return footprint;
    });
    taken.set(connections, all);
    for (const [name, footprints] of all) {
      const figures = (["marginal", "whole", "kernel"] as const).map((figure) =>
        bytes(footprints.map((footprint) => footprint[figure])),
      );
      lines.push([connections.toLocaleString("en-US"), name, ...figures]);
    }
  }
  const peers = await measurePeers(order);
  lines.push(...peers.lines);
  notes.push(
    ...peers.notes,
    "45,000 connections are three shard processes against three pushers; one process may hold 20,000 descriptors here.",
    "Kernel: growth of the slab caches of sockets and of TCP buffers on the whole host, so others' work is in it; it counts both ends of each connection.",
  );
  return {
    columns: ["connections", "client", "beyond the base, B", "with the base, B", "kernel, both ends, B"],
    lines,
    reaches: [slopeReach(taken)],
    notes,
  };
}

export const memory: Row = {
  name: "memory",
  title: "memory per idle WebSocket",
  minutes: 8,
  tools: ["tsung", "k6"],
  run,
};

/**
 * Instants exchanged between processes. On one machine they are in CLOCK_MONOTONIC, shared by all its processes.
 * Between machines they are in the CLOCK_REALTIME of the Redis both use: each side estimates that clock's offset from
 * its own, and the maximum error. No time synchronization is required.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { nowNs } from "../../clients/measure/clock.ts";
import { type ClockProbe, clockBoundNs, estimateClock, probesPerEstimate } from "../../clients/measure/clock-offset.ts";

/** The shared clock relative to a process's own. */
export interface ClockReading {
  /** Boot id and time namespace: equal means the same CLOCK_MONOTONIC. */
  machine: string;
  /** The shared clock minus CLOCK_MONOTONIC; seconds and nanoseconds separately, to avoid rounding. */
  offset: { seconds: number; nanoseconds: number };
  /** Maximum error of the offset, nanoseconds. */
  boundNs: number;
}

/** Converts an instant of `from`'s CLOCK_MONOTONIC to `to`'s. Exact on one machine. */
export function convertNs(atNs: number, from: ClockReading, to: ClockReading): number {
  if (from.machine === to.machine) return atNs;
  return atNs + (from.offset.seconds - to.offset.seconds) * 1e9 + (from.offset.nanoseconds - to.offset.nanoseconds);
}

/** Maximum error of an instant exchanged between two processes; null on one machine. */
export function clockErrorOf(from: ClockReading, to: ClockReading): { boundMs: number } | null {
  return from.machine === to.machine ? null : { boundMs: (from.boundNs + to.boundNs) / 1e6 };
}

function readText(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "unknown";
  }
}

const boot = readText(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
export const ownMachine = `${boot}/${readText(() => readlinkSync("/proc/self/ns/time"))}`;

/** This network namespace: only its processes can reach what listens on its loopback. */
export const ownNetwork = `${boot}${readText(() => readlinkSync("/proc/self/ns/net"))}`;

/** Redis's TIME: seconds and microseconds of its CLOCK_REALTIME. */
export type ReadTime = () => Promise<[seconds: number, microseconds: number]>;

/** Estimates the shared clock now, from sixteen probes. Rejects when Redis does not respond. */
export async function readClock(readTime: ReadTime): Promise<ClockReading> {
  const probes: ClockProbe[] = [];
  const [baseSeconds] = await readTime();
  for (let i = 0; i < probesPerEstimate; i++) {
    const sentNs = nowNs();
    const [seconds, microseconds] = await readTime();
    probes.push({ sentNs, receivedNs: nowNs(), remoteNs: (seconds - baseSeconds) * 1e9 + microseconds * 1e3 });
  }
  const estimate = estimateClock(probes);
  const offsetNs = estimate?.offsetNs ?? 0;
  const boundNs = estimate === null ? Number.MAX_SAFE_INTEGER : clockBoundNs(estimate, nowNs());
  return { machine: ownMachine, offset: { seconds: baseSeconds, nanoseconds: offsetNs }, boundNs };
}

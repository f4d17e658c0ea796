/** The clock of a target on another machine, from its `GET /clock` (docs/targets.md). */
import { Agent, get } from "node:http";
import type { Endpoint } from "../../connection/engine.ts";
import type { ShardPlan } from "../../generator/plan.ts";
import { nowNs } from "../../measure/clock.ts";
import { type ClockProbe, clockBoundNs, estimateClock, probesPerEstimate } from "../../measure/clock-offset.ts";
import type { RunTarget } from "./run-target.ts";

export interface TargetClock {
  /** Target's CLOCK_MONOTONIC minus ours. */
  offsetNs: number;
  boundMs: number;
}

const answerTimeoutMs = 2000;
const mostBytes = 1000;

/** Asks sixteen times over one connection; null when the target has no /clock, or speaks TLS or raw TCP. */
export async function probeTargetClock(endpoint: Endpoint): Promise<TargetClock | null> {
  if (endpoint.tls || !endpoint.path.startsWith("/")) return null;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const probes: ClockProbe[] = [];
  try {
    for (let i = 0; i < probesPerEstimate; i++) {
      const probe = await askOnce(endpoint, agent);
      if (probe === null) return null;
      // The first round trip holds the connect, too.
      if (i > 0) probes.push(probe);
    }
  } finally {
    agent.destroy();
  }
  const estimate = estimateClock(probes);
  return estimate === null ? null : { offsetNs: estimate.offsetNs, boundMs: clockBoundNs(estimate, nowNs()) / 1e6 };
}

/** Plans in the clock of a target on another machine, and how far off that may be; null where its clock is ours, or is not told. */
export async function inTargetClock(target: RunTarget, plans: ShardPlan[]): Promise<{ plans: ShardPlan[]; clockError: { boundMs: number } | null }> {
  const clock = target.isLocal ? null : await probeTargetClock(target.endpoints[0] as Endpoint);
  if (clock === null) return { plans, clockError: null };
  return { plans: plans.map((plan) => ({ ...plan, targetClockOffsetNs: clock.offsetNs })), clockError: { boundMs: clock.boundMs } };
}

function askOnce({ host, address, port }: Endpoint, agent: Agent): Promise<ClockProbe | null> {
  return new Promise((resolve) => {
    const sentNs = nowNs();
    const request = get({ host: address, port, path: "/clock", headers: { host: `${host}:${port}` }, agent, timeout: answerTimeoutMs }, (response) => {
      const receivedNs = nowNs();
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (text.length > mostBytes) request.destroy();
      });
      response.on("end", () => resolve(response.statusCode === 200 ? probeOf(text, sentNs, receivedNs) : null));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
    request.on("close", () => resolve(null));
  });
}

function probeOf(text: string, sentNs: number, receivedNs: number): ClockProbe | null {
  try {
    const remoteNs = Number((JSON.parse(text) as { monotonicNs?: string }).monotonicNs);
    return Number.isFinite(remoteNs) ? { sentNs, receivedNs, remoteNs } : null;
  } catch {
    return null;
  }
}

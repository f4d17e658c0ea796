/** The clock of a target on another machine, read through its `GET /clock` (docs/targets.md). */
import { Agent, type ClientRequest, get, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, get as secureGet } from "node:https";
import { isIP } from "node:net";
import type { Endpoint } from "../../connection/engine.ts";
import { secureContextOf } from "../../connection/portable/dialer.ts";
import { fullTls, type TlsOptions } from "../../connection/tls-options.ts";
import type { ShardPlan } from "../../generator/plan.ts";
import { nowNs } from "../../measure/clock.ts";
import { type ClockProbe, clockBoundNs, estimateClock, probesPerEstimate } from "../../measure/clock-offset.ts";
import type { RunTarget } from "./run-target.ts";

export interface TargetClock {
  /** Target's CLOCK_MONOTONIC minus ours, nanoseconds. */
  offsetNs: number;
  boundMs: number;
}

const answerTimeoutMs = 2000;
const mostBytes = 1000;

/**
 * Probes sixteen times over one connection, with TLS like the run's connections; null when the target has no /clock or
 * speaks raw TCP.
 */
export async function probeTargetClock(endpoint: Endpoint, tls: Partial<TlsOptions> = {}): Promise<TargetClock | null> {
  // Around its proxy, the request might reach another machine.
  if (!endpoint.path.startsWith("/") || endpoint.proxy !== undefined || endpoint.socketPath !== undefined) return null;
  const agent = endpoint.tls ? secureAgent(endpoint, fullTls(tls)) : new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    return await probeClock(endpoint, agent);
  } finally {
    agent.destroy();
  }
}

/** Where the clock is requested. */
export type ClockPlace = Pick<Endpoint, "host" | "address" | "port" | "tls">;

/** Probes any server that answers GET /clock, over the agent's connection; `headers`: required request headers. */
export async function probeClock(
  place: ClockPlace,
  agent: Agent,
  headers: Record<string, string> = {},
): Promise<TargetClock | null> {
  const probes: ClockProbe[] = [];
  for (let i = 0; i < probesPerEstimate; i++) {
    const probe = await askOnce(place, agent, headers);
    if (probe === null) return null;
    // The first round trip includes the connect.
    if (i > 0) probes.push(probe);
  }
  const estimate = estimateClock(probes);
  return estimate === null ? null : { offsetNs: estimate.offsetNs, boundMs: clockBoundNs(estimate, nowNs()) / 1e6 };
}

function secureAgent({ host }: Endpoint, tls: TlsOptions): SecureAgent {
  const name = tls.serverName ?? host;
  const named = isIP(name) === 0 ? { servername: name } : {};
  return new SecureAgent({
    keepAlive: true,
    maxSockets: 1,
    secureContext: secureContextOf(tls),
    rejectUnauthorized: !tls.insecure,
    ...named,
  });
}

/**
 * The plans adjusted to the clock of a target on another machine, and the maximum error; null where the clocks are the
 * same or the target's is unknown.
 */
export async function inTargetClock(
  target: RunTarget,
  plans: ShardPlan[],
): Promise<{ plans: ShardPlan[]; clockError: { boundMs: number } | null }> {
  const clock = target.isLocal ? null : await probeTargetClock(target.endpoints[0] as Endpoint, plans[0]?.engine?.tls);
  if (clock === null) return { plans, clockError: null };
  return {
    plans: plans.map((plan) => ({ ...plan, targetClockOffsetNs: clock.offsetNs })),
    clockError: { boundMs: clock.boundMs },
  };
}

function askOnce(
  { host, address, port, tls }: ClockPlace,
  agent: Agent,
  headers: Record<string, string>,
): Promise<ClockProbe | null> {
  const order = {
    host: address,
    port,
    path: "/clock",
    headers: { host: `${host}:${port}`, ...headers },
    agent,
    timeout: answerTimeoutMs,
  };
  const ask = (answer: (response: IncomingMessage) => void): ClientRequest =>
    tls ? secureGet(order, answer) : get(order, answer);
  return new Promise((resolve) => {
    const sentNs = nowNs();
    const request = ask((response) => {
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

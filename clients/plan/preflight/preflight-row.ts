/** One row of the pre-flight table, and how its numbers are written. */
import type { HostLimits } from "../../measure/host/host-limits.ts";
import type { LimitName } from "../search/limit-name.ts";

export type PreflightVerdict = "ok" | "warn" | "refuse";

/**
 * `value`: what this host has; `need`: what the plan needs, with the arithmetic; `fix`: a command or a flag, null when
 * nothing is to be done.
 */
export interface PreflightRow {
  row: string;
  value: string;
  need: string;
  verdict: PreflightVerdict;
  fix: string | null;
  /** Whose limit the plan meets here, where a capacity search names one. */
  limit?: LimitName;
}

/** What of a plan meets the limits of a host. */
export interface PreflightPlan {
  connections: number;
  shards: number;
  /** In the fullest shard. */
  perShardConnections: number;
  /** Local addresses connected from. */
  sources: number;
  /** Address and port pairs connected to, over all replicas. */
  destinations: number;
  replicas: number;
  targetOnThisHost: boolean;
  /** What the connections are for: pushes, which carry a clock's instants, unless said otherwise. */
  carries?: "pushes" | "requests";
  /** Connections speak TLS: plain when left out. */
  tls?: boolean;
}

/** A row, or null where the host has no such limit to read. */
export type PreflightCheck = (plan: PreflightPlan, limits: HostLimits) => PreflightRow | null;

/** 15000 as "15,000". */
export const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");

/** 0.1234 as "12.34 %". */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Descriptors of a process beside its connections: epoll, timers, logs, channels. */
export const spareDescriptors = 64;

/** What a plan's connections are to those who asked for it. */
export const connectionsNoun = ({ carries }: PreflightPlan): string =>
  carries === "requests" ? "users' connections" : "connections";

/** Ends of connections that lie on this host. */
export const endpointsOf = (plan: PreflightPlan): number => plan.connections * (plan.targetOnThisHost ? 2 : 1);

/** `ok`, or else what missing the need means, with its fix. */
export function judge(
  row: string,
  figures: Pick<PreflightRow, "value" | "need">,
  ok: boolean,
  otherwise: Omit<PreflightRow, "row" | "value" | "need">,
): PreflightRow {
  return { row, ...figures, ...(ok ? { verdict: "ok", fix: null } : otherwise) };
}

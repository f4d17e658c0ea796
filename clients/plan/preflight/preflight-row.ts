/** One row of the pre-flight table, and how its numbers are formatted. */
import type { HostLimits } from "../../measure/host/host-limits.ts";
import type { LimitName } from "../search/limit-name.ts";

export type PreflightVerdict = "ok" | "warn" | "refuse";

/**
 * `value`: what this host has; `need`: what the plan needs, with the calculation; `fix`: a command or a flag, null when
 * nothing needs to be done.
 */
export interface PreflightRow {
  row: string;
  value: string;
  need: string;
  verdict: PreflightVerdict;
  fix: string | null;
  /** The limit this row checks, where a capacity search can name it. */
  limit?: LimitName;
}

/** The properties of a plan that are checked against a host's limits. */
export interface PreflightPlan {
  connections: number;
  shards: number;
  /** Most connections in one shard. */
  perShardConnections: number;
  /** Number of local source addresses. */
  sources: number;
  /** Number of destination address and port pairs, over all replicas. */
  destinations: number;
  replicas: number;
  targetOnThisHost: boolean;
  /** What the connections carry; default: pushes, whose stamps need a good clock. */
  carries?: "pushes" | "requests";
  /** Whether connections use TLS; default: no. */
  tls?: boolean;
  /** Whether connections go through a unix socket, which takes no port; default: no. */
  isSocketFile?: boolean;
}

/** Returns a row, or null where the host has no such limit to read. */
export type PreflightCheck = (plan: PreflightPlan, limits: HostLimits) => PreflightRow | null;

/** A check that says nothing about connections through a unix socket. */
export const ofTcp =
  (check: PreflightCheck): PreflightCheck =>
  (plan, limits) =>
    plan.isSocketFile === true ? null : check(plan, limits);

/** 15000 as "15,000". */
export const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");

/** 0.1234 as "12.34 %". */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Descriptors of a process beside its connections: epoll, timers, logs, channels. */
export const spareDescriptors = 64;

/** How texts refer to a plan's connections. */
export const connectionsNoun = ({ carries }: PreflightPlan): string =>
  carries === "requests" ? "users' connections" : "connections";

/** Number of connection ends on this host. */
export const endpointsOf = (plan: PreflightPlan): number => plan.connections * (plan.targetOnThisHost ? 2 : 1);

/** A row that is `ok`, or has the given verdict and fix when the need is not met. */
export function judge(
  row: string,
  figures: Pick<PreflightRow, "value" | "need">,
  ok: boolean,
  otherwise: Omit<PreflightRow, "row" | "value" | "need">,
): PreflightRow {
  return { row, ...figures, ...(ok ? { verdict: "ok", fix: null } : otherwise) };
}

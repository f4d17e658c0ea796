/** The agents known to the control service, and their total capacity. */
import type { PreflightRow } from "../../../clients/plan/preflight/preflight-row.ts";
import { grouped } from "../../../clients/plan/preflight/preflight-row.ts";
import { shardCount, sparedDescriptors } from "../../../clients/plan/shard.ts";
import type { Announcement } from "../../agent/announcement.ts";

export interface AgentInfo {
  /** Whether Redis is reachable. */
  isConnected: boolean;
  /** Agents heard from within the last seconds. */
  list(): Announcement[];
}

/** The total capacity of some agents. */
export interface Carrying {
  slots: number;
  /**
   * Connections that fit in a shard of the smallest agent: shards have equal size, and any agent may get any of them.
   */
  perShard: number;
}

export function carryingOf(agents: readonly Announcement[]): Carrying {
  const slots = agents.reduce((sum, { slotsFree }) => sum + slotsFree, 0);
  const perShard = Math.min(...agents.map(({ descriptors }) => descriptors - sparedDescriptors));
  return { slots, perShard: agents.length === 0 ? 0 : perShard };
}

/** The pre-flight row about agents: whether their slots together can carry a scenario. None without agents. */
export function agentRows(
  agents: AgentInfo | null,
  scenario: { connections: number; shards?: number },
  targetIsLocal: boolean,
): PreflightRow[] {
  const able = (agents?.list() ?? []).filter(({ isSameHost }) => !targetIsLocal || isSameHost);
  if (able.length === 0) return [];
  const { slots, perShard } = carryingOf(able);
  const shards = scenario.shards ?? shardCount(scenario.connections, perShard + sparedDescriptors);
  const each = Math.ceil(scenario.connections / shards);
  const isEnough = shards <= slots && each <= perShard;
  return [
    {
      row: "agents",
      value: `${able.length} agents, ${slots} slots of ${grouped(perShard)} connections free`,
      need: `${grouped(scenario.connections)} connections in ${shards} shards of ${grouped(each)}`,
      verdict: isEnough ? "ok" : "refuse",
      fix: isEnough ? null : `start more agents, or plan at most ${grouped(slots * perShard)} connections`,
    },
  ];
}

/** The agents as control knows them, and what they can carry together. */
import type { PreflightRow } from "../../../clients/plan/preflight/preflight-row.ts";
import { grouped } from "../../../clients/plan/preflight/preflight-row.ts";
import { shardCount, sparedDescriptors } from "../../../clients/plan/shard.ts";
import type { Announcement } from "../../agent/announcement.ts";

export interface AgentInfo {
  /** Redis answers. */
  isConnected: boolean;
  /** Agents heard of within the last seconds. */
  list(): Announcement[];
}

/** What some agents can carry. */
export interface Carrying {
  slots: number;
  /** Connections of the smallest agent's shard: shards are of one size, and any agent may get any of them. */
  perShard: number;
}

export function carryingOf(agents: readonly Announcement[]): Carrying {
  const slots = agents.reduce((sum, { slotsFree }) => sum + slotsFree, 0);
  const perShard = Math.min(...agents.map(({ descriptors }) => descriptors - sparedDescriptors));
  return { slots, perShard: agents.length === 0 ? 0 : perShard };
}

/** The row about agents: whether their slots together carry a scenario. None without agents. */
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

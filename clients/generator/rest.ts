/**
 * How long a holding shard may wait for its sockets when nothing is due but pushes: sockets end a wait at once, and a
 * turn for nothing costs CPU.
 */
import { isHurried } from "../connection/codec/mqtt/options.ts";
import type { Tally } from "../measure/tally.ts";
import type { ShardPlan } from "./plan.ts";

const longMs = 500;
export const shortRestMs = 50;

/** Milliseconds: long where connections are only held, none comes or goes and none will by our doing. */
export function restMs(
  { churnPerMinute, storm, stages, engine }: ShardPlan,
  { connecting, closing }: Tally["counts"],
  leftNs: number,
): number {
  const isLevel = churnPerMinute === 0 && storm === null && stages === undefined;
  const isOnlyHeld = connecting + closing === 0 && isLevel && !isHurried(engine.mqtt);
  return isOnlyHeld ? Math.min(longMs, Math.max(1, Math.ceil(leftNs / 1e6))) : shortRestMs;
}

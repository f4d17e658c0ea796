/**
 * How long a holding shard may wait for its sockets when only pushes are due: readiness of a socket ends the wait at
 * once, and an idle loop iteration costs CPU.
 */
import { isHurried } from "../connection/codec/mqtt/options.ts";
import type { Tally } from "../measure/tally.ts";
import type { ShardPlan } from "./plan.ts";

const longMs = 500;
export const shortRestMs = 50;

/** Milliseconds: long when connections are only held, with none opening or closing and none planned to. */
export function restMs(
  { churnPerMinute, storm, stages, engine }: ShardPlan,
  { connecting, closing }: Tally["counts"],
  leftNs: number,
): number {
  const isLevel = churnPerMinute === 0 && storm === null && stages === undefined;
  const isOnlyHeld = connecting + closing === 0 && isLevel && !isHurried(engine.mqtt);
  return isOnlyHeld ? Math.min(longMs, Math.max(1, Math.ceil(leftNs / 1e6))) : shortRestMs;
}

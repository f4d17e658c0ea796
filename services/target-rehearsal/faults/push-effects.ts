import { amountMs } from "./amount.ts";
import type { Kind } from "./kinds.ts";
import type { Rule } from "./rules.ts";

/** The kinds that affect individual pushes. */
export const pushKinds = [
  "push.delay",
  "push.drift",
  "push.drop",
  "push.duplicate",
  "push.reorder",
  "push.corrupt",
  "push.no-written-stamp",
  "push.realtime-clock",
  "push.unstamped",
  "ping.fragment",
  "ping.split-bytes",
  "ping.coalesce",
] as const satisfies readonly Kind[];
export type PushRule = { readonly [K in (typeof pushKinds)[number]]: Rule<K> }[(typeof pushKinds)[number]];

/** A rule that applies to the current tick, with the tick's ordinal within the rule. */
export interface ActiveRule {
  readonly rule: PushRule;
  readonly ordinal: number;
}

/** Effects on one push. Numbers that refer to a fault are its index in the script, -1 for none. */
export interface Effects {
  delayMs: number;
  dropFault: number;
  duplicateFault: number;
  holdFault: number;
  hold: "coalesce" | "reorder";
  corruptFault: number;
  corruptDraw: number;
  isUnmarked: boolean;
  isRealtime: boolean;
  isUnstamped: boolean;
  frames: number;
  pieceBytes: number;
}

/** Effects of an unaffected push. */
export const noEffects: Effects = {
  delayMs: 0,
  dropFault: -1,
  duplicateFault: -1,
  holdFault: -1,
  hold: "reorder",
  corruptFault: -1,
  corruptDraw: 0,
  isUnmarked: false,
  isRealtime: false,
  isUnstamped: false,
  frames: 1,
  pieceBytes: 0,
};

function apply(rule: PushRule, ordinal: number, index: number, into: Effects): void {
  const { fault } = rule;
  switch (fault.kind) {
    case "push.delay":
      into.delayMs += amountMs(fault, rule.draw(index, ordinal));
      return;
    case "push.drift":
      into.delayMs += fault.msPerTick * ordinal;
      return;
    case "push.drop":
      into.dropFault = rule.ordinal;
      return;
    case "push.duplicate":
      into.duplicateFault = rule.ordinal;
      return;
    case "push.reorder":
    case "ping.coalesce":
      into.holdFault = rule.ordinal;
      into.hold = fault.kind === "push.reorder" ? "reorder" : "coalesce";
      return;
    case "push.corrupt":
      into.corruptFault = rule.ordinal;
      into.corruptDraw = rule.draw(index, ordinal);
      return;
    case "push.no-written-stamp":
      into.isUnstamped = true;
      return;
    case "push.realtime-clock":
      into.isRealtime = true;
      return;
    case "push.unstamped":
      into.isUnmarked = true;
      return;
    case "ping.fragment":
      into.frames = fault.frames;
      return;
    case "ping.split-bytes":
      into.pieceBytes = fault.bytes;
      return;
    default:
      fault satisfies never;
  }
}

/** The effects of the active rules on one connection's push. Pure and deterministic. */
export function effectsOn(
  connection: { readonly index: number; readonly rank: number },
  active: readonly ActiveRule[],
): Effects {
  const effects = { ...noEffects };
  for (const { rule, ordinal } of active) {
    const turn = rule.fault.per === "connection" ? 0 : ordinal;
    if (rule.strikes(connection, turn)) apply(rule, ordinal, connection.index, effects);
  }
  return effects;
}

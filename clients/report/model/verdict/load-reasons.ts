/**
 * What was planned and not applied, or asked for and not found: such a run has measured less than it says, and cannot
 * pass. Pure.
 */

import type { Reason } from "../report.ts";
import type { Measured } from "./measured.ts";

/**
 * Not asked of a run that its user stopped, nor of one whose target died: what was left undone is explained by that.
 */
export function loadReasons({ connections, stamp, sequence, unapplied = [] }: Measured): Reason[] {
  const reasons: Reason[] = [];
  const { planned, notAttempted, opened } = connections;
  if (notAttempted > 0) {
    const text = `${notAttempted} of ${planned} planned connections were never attempted: the target was not loaded as planned`;
    reasons.push({ code: "load-not-applied", text });
  }
  if (opened > 0 && stamp?.carried === 0)
    reasons.push({
      code: "stamp-not-found",
      text: `--push-stamp ${stamp.named} names where a message carries its send time: ${whatCame(stamp)}`,
    });
  if (opened > 0 && sequence?.carried === 0)
    reasons.push({
      code: "sequence-not-found",
      text: `--push-sequence ${sequence.named} names where a message carries its number: ${whatCame(sequence)}`,
    });
  return [...reasons, ...unapplied];
}

function whatCame({ messages, seen }: NonNullable<Measured["stamp"]>): string {
  if (messages === 0) return "no message was received";
  // What a conversation took for its own may be all that came.
  return seen === ""
    ? `none of ${messages} messages carried it`
    : `none of ${messages} messages carried it; the first was ${seen}`;
}

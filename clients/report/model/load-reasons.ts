/** What was planned and not applied, or asked for and not found: such a run has measured less than it says, and cannot pass. Pure. */
import type { Reason } from "./report.ts";
import type { Measured } from "./verdict.ts";

/** Not asked of a run that its user stopped, nor of one whose target died: what was left undone is explained by that. */
export function loadReasons({ connections, stamp, unapplied = [] }: Measured): Reason[] {
  const reasons: Reason[] = [];
  const { planned, notAttempted, opened } = connections;
  if (notAttempted > 0) {
    const text = `${notAttempted} of ${planned} planned connections were never attempted: the target was not loaded as planned`;
    reasons.push({ code: "load-not-applied", text });
  }
  if (stamp !== undefined && stamp.carried === 0 && opened > 0) {
    const seen = stamp.messages === 0 ? "no message came at all" : `it was in none of ${stamp.messages} messages; the first was ${stamp.seen}`;
    reasons.push({ code: "stamp-not-found", text: `--push-stamp ${stamp.named} names where a message says when it was sent: ${seen}` });
  }
  return [...reasons, ...unapplied];
}

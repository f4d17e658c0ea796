import type { Account } from "./account.ts";
import type { Agenda } from "./agenda.ts";
import type { RealtimeClock } from "./clock.ts";
import type { Rule, Rules } from "./faults/rules.ts";
import type { Script } from "./faults/script.ts";
import type { Totals } from "./totals.ts";

/** State shared by all parts of the server. */
export interface Stage {
  readonly script: Script;
  readonly rules: Rules;
  readonly account: Account;
  readonly totals: Totals;
  readonly agenda: Agenda;
  readonly realtime: RealtimeClock;
  /** How far the clock of ticks and stamps is ahead of CLOCK_MONOTONIC; 0 unless changed by `push.foreign-clock`. */
  readonly foreignNs: number;
}

/** How the account refers to the fault behind a fact. */
export function named(rule: Rule): { readonly fault: number; readonly kind: string } {
  return { fault: rule.ordinal, kind: rule.fault.kind };
}

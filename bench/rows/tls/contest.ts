/** Runs clients in turn against servers with and without TLS, and takes one figure from each outcome. */
import type { Contender, Contest, Outcome } from "../../contender.ts";
import { contend } from "../../contender.ts";
import { startBuiltIn } from "../../go-server.ts";
import type { Order } from "../../row.ts";
import { digits, inTurns, ratioText, spreadText } from "../../spread.ts";

/** Connection options of a client. */
export interface Entry {
  client: Contender;
  /** The built-in target it connects to. */
  server: "go" | "rehearsal";
  isSecure: boolean;
  /** The rehearsal target's script. */
  faults?: string;
  more?: Partial<Contest>;
}

export type Taken<Name extends string> = Map<Name, number[]>;

interface Question<Name extends string> {
  /** Name of the figure, for lines of progress. */
  figure: string;
  entries: Readonly<Record<Name, Entry>>;
  contest: Omit<Contest, "ports">;
  figureOf(outcome: Outcome, connections: number): number | null;
}

/** Runs every entry in turn, each against its own server. Rejects when a server does not start. */
export async function compete<Name extends string>(question: Question<Name>, order: Order): Promise<Taken<Name>> {
  const { figure, entries, contest, figureOf } = question;
  return inTurns(Object.keys(entries) as Name[], order.rounds, async (name, round) => {
    const { client, server, isSecure, faults, more } = entries[name];
    const started = await startBuiltIn(server, order.say, {
      isSecure,
      ...(faults === undefined ? {} : { faults }),
    });
    if (typeof started === "string") throw new Error(started);
    try {
      const secure = started.authority === undefined ? {} : { authority: started.authority };
      const outcome = await contend(client, { ...contest, ports: [started.port], ...secure, ...more });
      const value = outcome === null ? null : figureOf(outcome, contest.connections);
      order.say(`tls round ${round + 1}: ${name}: ${digits(value ?? Number.NaN)} ${figure}`);
      return value;
    } finally {
      await started.stop();
    }
  });
}

/** One line per entry; ratios are relative to the first. */
export function linesOf<Name extends string>(what: string, load: string, taken: Taken<Name>): string[][] {
  const [first = []] = taken.values();
  return [...taken].map(([name, values]) => [what, load, name, spreadText(values), ratioText(values, first)]);
}

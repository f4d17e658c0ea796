/** Client memory of an idle wss connection, with and without tickets. */
import { median } from "../../../clients/measure/statistics/median.ts";
import type { Outcome } from "../../contender.ts";
import type { Reach } from "../../row.ts";
import { digits, isAtMost, spreadText } from "../../spread.ts";
import { compete, linesOf, type Taken } from "./contest.ts";
import type { Part } from "./part.ts";

const idleMs = 60_000;
const withTickets = { server: "go", isSecure: true } as const;
const withoutTickets = {
  server: "rehearsal",
  isSecure: true,
  faults: "faults: [{ kind: tls.tickets, count: 0 }]\n",
} as const;
const entries = {
  "node:tls, TLS 1.3 with tickets": { ...withTickets, client: "net" },
  "node:tls, no ticket": { ...withoutTickets, client: "net" },
  "holdfast, TLS 1.3 with tickets": { ...withTickets, client: "holdfast" },
  "holdfast, no ticket": { ...withoutTickets, client: "holdfast" },
  "holdfast, TLS 1.2": { ...withTickets, client: "holdfast", more: { maxVersion: "1.2" } },
} as const;
type Name = keyof typeof entries;
const most = [
  ["holdfast, TLS 1.3 with tickets", 38],
  ["holdfast, no ticket", 20],
  ["holdfast, TLS 1.2", 20],
] as const;

export const memory: Part = {
  name: "memory",
  async run(order) {
    const [few, many] = order.quick ? [500, 1500] : [1000, 8000];
    const totals = async (connections: number): Promise<Taken<Name>> => {
      const contest = { connections, intervalMs: idleMs, seconds: 4, shards: 1, path: `/push?intervalMs=${idleMs}` };
      const figureOf = ({ totalRssBytes }: Outcome): number | null => totalRssBytes ?? null;
      return compete({ figure: `B in all at ${connections}`, entries, contest, figureOf }, order);
    };
    const [atFew, atMany] = [await totals(few), await totals(many)];
    const taken: Taken<Name> = new Map(
      [...atMany].map(([name, all]) => [
        name,
        all.map((total, round) => (total - atFew.get(name)![round]!) / (many - few)),
      ]),
    );
    const node = median(taken.get("node:tls, TLS 1.3 with tickets") ?? []);
    const load = `idle connections, from ${few.toLocaleString("en-US")} to ${many.toLocaleString("en-US")}`;
    return {
      lines: linesOf("memory each, marginal, B", load, taken),
      reaches: most.map(([name, kilobytes]): Reach => {
        const values = taken.get(name) ?? [];
        return {
          what: `generator memory an idle wss connection, marginal (${name})`,
          goal: `<= ${kilobytes} KB`,
          measured: `${spreadText(values)} B (node:tls with tickets: ${digits(node)} B)`,
          isReached: isAtMost(median(values), kilobytes * 1024),
        };
      }),
      notes: [
        "Idle: connected and upgraded, next push in a minute. The server without tickets is the rehearsal target with the fault `tls.tickets: 0`.",
      ],
    };
  },
};

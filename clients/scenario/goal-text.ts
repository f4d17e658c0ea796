/** The goals of a capacity search as text: "strict", "tolerant", or "p99<=50,loss<=1e-3". */
import { type GoalLatency, latencyNamed, type Vary, varied, variedOf } from "./varied.ts";

/** Most that the p99 of each latency may be, milliseconds. */
export type LatencyTerms = Partial<Record<GoalLatency, number>>;

/** What a load must keep to hold. */
export interface GoalTerms {
  name: string;
  /** Most unexpected closes, refusals, and lost or late pushes, each as a share of what there was, 0 to 1. */
  lossRatio: number;
  /** Limit on the push p99 in milliseconds, null for none. */
  latencyP99Ms: number | null;
  /** Limits on the p99 of other latencies. */
  latencies?: LatencyTerms;
}

/** 1e-5 is RFC 9411's share of failures in a valid trial: none at all up to 50,000 connections. */
const named: Record<string, number> = { strict: 1e-5, tolerant: 1e-3 };

/**
 * Reads one goal of a search that varies `vary`. Latencies that it does not name are limited as in `limits`, those of
 * the scenario. Throws a sentence.
 */
export function parseGoal(text: string, limits: LatencyTerms, vary: Vary): GoalTerms {
  const name = text.replace(/\s+/g, "");
  let lossRatio = named[name] ?? named.strict!;
  const latencies: LatencyTerms = { ...variedOf(vary).limits, ...limits };
  for (const part of named[name] === undefined ? name.split(",") : []) {
    const [, key, number] = /^(loss|p99|[A-Za-z]+\.p99)<=([0-9.]+(?:e[-+]?[0-9]+)?)(?:ms)?$/i.exec(part) ?? [];
    const value = Number(number);
    if (key === undefined || Number.isNaN(value))
      throw new Error(`expected strict, tolerant or a list such as "${example(vary)}", got "${text}"`);
    if (key === "loss" && value >= 1)
      throw new Error(`expected a loss below 1, a share of what was due, got "${part}"`);
    if (key !== "loss" && value <= 0) throw new Error(`expected a p99 above 0 milliseconds, got "${part}"`);
    if (key === "loss") lossRatio = value;
    else latencies[latencyOf(key, part, vary)] = value;
  }
  const { push, ...others } = latencies;
  const terms = { name, lossRatio, latencyP99Ms: push ?? null };
  return Object.keys(others).length === 0 ? terms : { ...terms, latencies: others };
}

/** "p99<=50,loss<=1e-3", or with the names that a search of this kind needs. */
function example(vary: Vary): string {
  const { main, latencies } = variedOf(vary);
  return main === null ? `${latencies[1]}.p99<=300,${latencies[2]}.p99<=100,loss<=1e-3` : "p99<=50,loss<=1e-3";
}

function latencyOf(key: string, part: string, vary: Vary): GoalLatency {
  const { main, latencies } = variedOf(vary);
  const found = key === "p99" ? main : latencyNamed(key.slice(0, -".p99".length));
  if (found !== null && latencies.includes(found)) return found;
  const known = [...(main === null ? [] : ["p99"]), ...latencies.map((name) => `${name}.p99`), "loss"].join(", ");
  const others = found === null ? [] : Object.entries(varied).filter(([, of]) => isOf(of.latencies, found));
  const where = others.length === 0 ? "" : `; ${key} is a goal of ${others.map(([name]) => name).join(", ")}`;
  throw new Error(`expected one of ${known} with search.vary ${vary}, got "${part}"${where}`);
}

const isOf = (latencies: readonly GoalLatency[], latency: GoalLatency): boolean => latencies.includes(latency);

/** All goals, each once; `strict` when there is none. */
export function parseGoals(texts: readonly string[] | undefined, limits: LatencyTerms, vary: Vary): GoalTerms[] {
  const goals = (texts ?? ["strict"]).map((text) => parseGoal(text, limits, vary));
  return goals.filter((goal, index) => goals.findIndex(({ name }) => name === goal.name) === index);
}

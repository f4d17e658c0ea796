/** The goals of a capacity search as text: "strict", "tolerant", or "p99<=50,loss<=1e-3". */

/** What a load must keep to hold. */
export interface GoalTerms {
  name: string;
  /** Most unexpected closes, refusals, and lost or late pushes, each as a share of what there was, 0 to 1. */
  lossRatio: number;
  /** Limit on the push p99 in milliseconds, null for none. */
  latencyP99Ms: number | null;
}

/** 1e-5 is RFC 9411's share of failures in a valid trial: none at all up to 50,000 connections. */
const named: Record<string, Omit<GoalTerms, "name">> = {
  strict: { lossRatio: 1e-5, latencyP99Ms: null },
  tolerant: { lossRatio: 1e-3, latencyP99Ms: null },
};

/** Reads one goal. A goal without a latency limit of its own takes `latencyP99Ms`. Throws a sentence. */
export function parseGoal(text: string, latencyP99Ms: number | null): GoalTerms {
  const name = text.replace(/\s+/g, "");
  const known = named[name];
  if (known !== undefined) return { name, ...known, latencyP99Ms };
  const goal: GoalTerms = { name, lossRatio: named.strict!.lossRatio, latencyP99Ms };
  for (const part of name.split(",")) {
    const [, key, number] = /^(p99|loss)<=([0-9.]+(?:e[-+]?[0-9]+)?)(?:ms)?$/i.exec(part) ?? [];
    const value = Number(number);
    if (key === undefined || Number.isNaN(value))
      throw new Error(`expected strict, tolerant or a list such as "p99<=50,loss<=1e-3", got "${text}"`);
    if (key === "loss" && value >= 1)
      throw new Error(`expected a loss below 1, a share of what was due, got "${part}"`);
    if (key === "p99" && value <= 0) throw new Error(`expected a p99 above 0 milliseconds, got "${part}"`);
    if (key === "loss") goal.lossRatio = value;
    else goal.latencyP99Ms = value;
  }
  return goal;
}

/** All goals, each once; `strict` when there is none. */
export function parseGoals(texts: readonly string[] | undefined, latencyP99Ms: number | null): GoalTerms[] {
  const goals = (texts ?? ["strict"]).map((text) => parseGoal(text, latencyP99Ms));
  return goals.filter((goal, index) => goals.findIndex(({ name }) => name === goal.name) === index);
}

/** Who of a run's connections hears what the run publishes: found by filling templates in for a few connections and matching. Pure. */
import { fillTemplate, templateParts } from "../scenario/template.ts";

/**
 * `all`: every connection hears every publisher; `own`: each hears itself alone; `none`: nobody hears anything; `mixed`: some hear some,
 * and how many nobody can say beforehand.
 */
export type Audience = "all" | "own" | "none" | "mixed";

/** Numbers apart enough that rooms of a few connections show. */
const samples = [0, 1, 2, 50, 999];

/** Whether a topic name matches a filter (MQTT 5, section 4.7). A shared subscription spreads messages over its members. */
export function matchesFilter(filter: string, name: string): boolean {
  const levels = filter.split("/");
  const names = name.split("/");
  if (name.startsWith("$") && (levels[0] === "+" || levels[0] === "#")) return false;
  for (const [at, level] of levels.entries()) {
    if (level === "#") return true;
    if (at >= names.length || (level !== "+" && level !== names[at])) return false;
  }
  return levels.length === names.length;
}

export function audienceOf(topics: readonly string[], publishTopic: string): Audience {
  if (topics.some((topic) => topic.startsWith("$share/"))) return "mixed";
  const filters = topics.map(templateParts);
  const name = templateParts(publishTopic);
  const hears = (listener: number, publisher: number): boolean =>
    filters.some((filter) => matchesFilter(fillTemplate(filter, listener), fillTemplate(name, publisher)));
  const pairs = samples.flatMap((listener) => samples.map((publisher) => ({ isOwn: listener === publisher, isHeard: hears(listener, publisher) })));
  if (pairs.every(({ isHeard }) => !isHeard)) return "none";
  if (pairs.every(({ isHeard }) => isHeard)) return "all";
  return pairs.every(({ isOwn, isHeard }) => isOwn === isHeard) ? "own" : "mixed";
}

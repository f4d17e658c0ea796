/**
 * Which of a run's connections receive what the run publishes, determined by filling in templates for a few connections
 * and matching. Pure.
 */
import { namesIn, parseTemplate } from "../scenario/template.ts";
import { ConnectionValues, noValues } from "./values/connection-values.ts";

/**
 * `all`: every connection receives from every publisher; `own`: each receives only its own messages; `none`: nobody
 * receives anything; `mixed`: something in between, whose number cannot be known in advance.
 */
export type Audience = "all" | "own" | "none" | "mixed";

/** Connection numbers far enough apart to reveal rooms of a few connections. */
const samples = [0, 1, 2, 50, 999];

/** Whether a topic name matches a filter (MQTT 5, section 4.7) that is not a shared subscription. */
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

/**
 * `vars` are the scenario's; templates that use anything but these and `index` vary in ways that cannot be known in
 * advance.
 */
export function audienceOf(
  topics: readonly string[],
  publishTopic: string,
  vars: Record<string, string> = {},
): Audience {
  if (topics.some((topic) => topic.startsWith("$share/"))) return "mixed";
  if (![...topics, publishTopic, ...Object.values(vars)].every((text) => dependsOnIndex(text, vars))) return "mixed";
  const values = new ConnectionValues({ ...noValues, vars }, { shard: 0, shards: 1 });
  const filled = (text: string): string[] => samples.map((index) => values.at(index).template(text).text());
  const filters = topics.map(filled);
  const names = filled(publishTopic);
  const pairs = names.flatMap((name, publisher) =>
    samples.map((_, listener) => ({
      isOwn: listener === publisher,
      isHeard: filters.some((filter) => matchesFilter(filter[listener] ?? "", name)),
    })),
  );
  if (pairs.every(({ isHeard }) => !isHeard)) return "none";
  if (pairs.every(({ isHeard }) => isHeard)) return "all";
  return pairs.every(({ isOwn, isHeard }) => isOwn === isHeard) ? "own" : "mixed";
}

const dependsOnIndex = (text: string, vars: Record<string, string>): boolean =>
  namesIn(parseTemplate(text)).every((name) => name === "index" || Object.hasOwn(vars, name));

/** What may be a topic filter, a topic name, or any other text of MQTT. */
import { parseTemplate } from "./template.ts";

const mostTextBytes = 65_535;

/** Why a text is no topic filter (MQTT 5, sections 4.7.1 and 4.8.2), null when it is one. */
export function topicFilterProblem(filter: string): string | null {
  const nameProblem = textProblem(filter);
  if (nameProblem !== null) return nameProblem;
  const levels = filter.split("/");
  if (levels[0] === "$share") {
    if (levels.length < 3 || levels[1] === "" || /[#+]/.test(levels[1] ?? "") || levels.slice(2).join("/") === "")
      return "expected a shared subscription of the form $share/NAME/FILTER, the name without + and #";
    return topicFilterProblem(levels.slice(2).join("/"));
  }
  for (const [at, level] of levels.entries()) {
    if (level.includes("#") && (level !== "#" || at !== levels.length - 1))
      return "expected # only as the last level, alone";
    if (level.includes("+") && level !== "+") return "expected + only as a whole level";
  }
  return null;
}

/** Why a text is no topic name, null when it is one. */
export function topicNameProblem(name: string): string | null {
  return textProblem(name) ?? (/[+#]/.test(name) ? "expected a topic without the wildcards + and #" : null);
}

/** Why MQTT cannot carry a text, null when it can. */
export function textProblem(text: string): string | null {
  if (text === "") return "expected at least one character";
  if (text.includes("\0")) return "expected text without the character U+0000";
  if (/\p{Surrogate}/u.test(text)) return "expected text that UTF-8 can carry";
  const bytes = Buffer.byteLength(text);
  return bytes > mostTextBytes ? `expected at most ${mostTextBytes} bytes, got ${bytes}` : null;
}

/** A template with a digit for each value: brackets may hold signs that a topic may not. */
export function sampleOf(template: string): string {
  return partsIn(template)
    .map((part) => (typeof part === "string" ? part : "0"))
    .join("");
}

/** Parts of a template; one that cannot be read is told elsewhere. */
export function partsIn(template: string): ReturnType<typeof parseTemplate> {
  try {
    return parseTemplate(template);
  } catch {
    return [template];
  }
}

/** Bounds on what is said about a wrong input: an answer never grows with the mistakes of the request it is about. */

/** Most problems that are told one by one; the others are counted. */
export const mostProblems = 50;
const mostFieldLength = 120;
const mostTextLength = 1000;

/** One problem of an input: which field, what was expected, what came. */
export interface Problem {
  field: string;
  text: string;
}

/**
 * What a parser says of a text, as the problem of a field; none when it reads it, or when what came is no text (the
 * schema's to refuse).
 */
export function parseProblem(field: string, given: unknown, parse: (text: string) => unknown): Problem[] {
  if (typeof given !== "string") return [];
  try {
    parse(given);
    return [];
  } catch (error) {
    return [{ field, text: (error as Error).message }];
  }
}

const clipped = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

/**
 * The first problems, none longer than a paragraph, and how many there are beside them. `field`: what the rest is
 * about.
 */
export function boundedProblems(problems: readonly Problem[], field = "scenario"): Problem[] {
  const told = problems.slice(0, mostProblems).map((problem) => ({
    field: clipped(problem.field, mostFieldLength),
    text: clipped(problem.text, mostTextLength),
  }));
  const more = problems.length - told.length;
  return more === 0 ? told : [...told, { field, text: `${more} more problems like these` }];
}

/** Deepest nesting of an input that is read at all: no scenario needs a third of it. */
export const mostDepth = 32;

/**
 * Whether a value is nested deeper than {@link mostDepth}. Walks without recursion: the input it is asked about would
 * end it.
 */
export function isTooDeep(value: unknown, most = mostDepth): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const inner of Object.values(item)) if (typeof inner === "object" && inner !== null) next.push(inner);
    }
    level = next;
  }
  return false;
}

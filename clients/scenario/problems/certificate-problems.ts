/** What is wrong with files of certificates that differ by connection. Pure. */

import { type Block, blockOf } from "../block.ts";
import { isBuiltIn, namesIn, parseTemplate } from "../template.ts";
import type { Problem } from "./problem-bounds.ts";
import { namesTaken } from "./template-fields.ts";

/** Built-in values that a connection keeps. */
const kept: readonly string[] = ["index", "group"];

/**
 * A connection's file is the same whenever it connects, and no peer has a say in it. `hasValues`: connections of this
 * kind of scenario have some.
 */
export function certificateProblems(scenario: Block, hasValues: boolean): Problem[] {
  const tls = blockOf(scenario.tls);
  const vars = blockOf(scenario.vars);
  const taken = new Set(namesTaken(scenario));
  return ["certificate", "key"].flatMap((name): Problem[] => {
    const [field, text] = [`tls.${name}`, tls[name]];
    if (typeof text !== "string" || !text.includes("{{")) return [];
    if (!hasValues)
      return [{ field, text: `expected one file for all: connections of kind ${scenario.kind} have no values` }];
    const passing = namesOf(text, vars).filter((each) => taken.has(each) || (isBuiltIn(each) && !kept.includes(each)));
    return passing.map((each) => ({
      field,
      text: `expected values of the data file, variables, ${kept.join(" or ")}, which are constant for a connection, got {{${each}}}`,
    }));
  });
}

/** The values a template needs, variables followed to their own; what is random in those a connection keeps. */
function namesOf(text: string, vars: Block): string[] {
  const found = new Set<string>();
  const visit = (template: string, isVariable: boolean): void => {
    for (const name of namesIn(parseTemplate(template))) {
      if (found.has(name) || (isVariable && isRandom(name))) continue;
      found.add(name);
      if (typeof vars[name] === "string") visit(vars[name], true);
    }
  };
  try {
    visit(text, false);
  } catch {
    return []; // No template: told as such.
  }
  return [...found];
}

const isRandom = (name: string): boolean => name === "uuid" || name === "random";

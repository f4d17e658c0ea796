/** Templates of a scenario: text with `{{index}}` in it, the connection's number from 0. A literal `{{` is written `{{{{`. */

/** What may stand between the brackets. */
export const templateNames = ["index"] as const;

export type TemplatePart = { text: string } | { name: string };

/** A template taken apart: literal text and names, in order. */
export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const literal = (text: string): void => void (text !== "" && parts.push({ text }));
  let from = 0;
  for (const found of template.matchAll(/\{\{\{\{|\{\{([^{}]*)\}\}/g)) {
    literal(template.slice(from, found.index));
    if (found[1] === undefined) literal("{{");
    else parts.push({ name: found[1].trim() });
    from = found.index + found[0].length;
  }
  literal(template.slice(from));
  return parts;
}

/** Whether a template differs between connections. */
export const varies = (template: string): boolean => templateParts(template).some((part) => "name" in part);

/** The names a template uses that there are none of. */
export function unknownNames(template: string): string[] {
  return templateParts(template).flatMap((part) => ("name" in part && !(templateNames as readonly string[]).includes(part.name) ? [part.name] : []));
}

/** The text of a template for the connection of this number. */
export function fillTemplate(parts: readonly TemplatePart[], index: number): string {
  return parts.map((part) => ("text" in part ? part.text : String(index))).join("");
}

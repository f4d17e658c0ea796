/** The fields of a request's head (RFC 9110, section 5). Pure. */

/** Fields of a request by name; a list is a field that is sent once for each of its values. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** Fields by name in lower case, each with all its values in the order given. */
export function fieldValues(fields: HeaderFields): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of Object.entries(fields)) {
    const values = typeof value === "string" ? [value] : value;
    byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), ...values]);
  }
  return byName;
}

/** Ours and those given, whose values replace ours of the same name. */
export const mergedFields = (ours: HeaderFields, given: HeaderFields): Map<string, string[]> =>
  new Map([...fieldValues(ours), ...fieldValues(given)]);

/** The field lines of a request; what was given replaces ours of the same name. */
export function fieldLines(ours: HeaderFields, given: HeaderFields): string {
  return [...mergedFields(ours, given)]
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}\r\n`))
    .join("");
}

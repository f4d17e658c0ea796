/** Fields of a request head (RFC 9110, section 5). Pure. */

/** Request fields by name; a list is sent as one field per value. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** Fields by lower-case name, each with all its values in the order given. */
export function fieldValues(fields: HeaderFields): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of Object.entries(fields)) {
    const values = typeof value === "string" ? [value] : value;
    byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), ...values]);
  }
  return byName;
}

/** The default fields, overridden by given ones of the same name. */
export const mergedFields = (defaults: HeaderFields, given: HeaderFields): Map<string, string[]> =>
  new Map([...fieldValues(defaults), ...fieldValues(given)]);

/** The field lines of a request; given fields override default ones of the same name. */
export function fieldLines(defaults: HeaderFields, given: HeaderFields): string {
  return [...mergedFields(defaults, given)]
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}\r\n`))
    .join("");
}

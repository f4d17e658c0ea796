/** Header fields in the form Node's HTTP client takes them. */
import { fieldValues, type HeaderFields } from "../header-fields.ts";

/** Text as its UTF-8 bytes, one character per byte: Node writes header values as latin1. */
const asBytes = (text: string): string => Buffer.from(text).toString("latin1");

/** Fields by lower-case name, each with all its values; text beyond ASCII is sent as UTF-8. */
export const headerBytes = (headers: HeaderFields): Record<string, string[]> =>
  Object.fromEntries([...fieldValues(headers)].map(([name, values]) => [name, values.map(asBytes)]));

/**
 * HTML that is safe by construction: whatever is put into the `html` template is escaped unless it is Markup itself.
 * Target names, settings, error text and scenarios come from outside, and only this file decides what becomes a tag.
 */

/** HTML that needs no more escaping. */
export class Markup {
  readonly #text: string;

  /** Only for text that holds no outside value; everything else goes through {@link html}. */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: null, false and undefined leave nothing behind, lists are joined. */
export type MarkupPart = Markup | string | number | null | undefined | false | readonly MarkupPart[];

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Text as HTML text or attribute value. Control characters that HTML forbids become U+FFFD, as do lone surrogates. */
export function escapeHtml(text: string): string {
  return Array.from(
    text,
    (character) => entities[character] ?? (isForbidden(character.codePointAt(0) ?? 0) ? "\ufffd" : character),
  ).join("");
}

function isForbidden(code: number): boolean {
  return (
    (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) ||
    (code >= 0x7f && code < 0xa0) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    isDirection(code)
  );
}

/** Marks that reorder the text around them (CVE-2021-42574) could make a failed verdict read as a passed one. */
function isDirection(code: number): boolean {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/**
 * The template: literal parts are HTML, values are escaped. A number that is not finite is a mistake of ours and is
 * left out.
 */
export function html(literals: TemplateStringsArray, ...values: readonly MarkupPart[]): Markup {
  let text = literals[0] ?? "";
  values.forEach((value, index) => {
    text += put(value) + (literals[index + 1] ?? "");
  });
  return new Markup(text);
}

function put(part: MarkupPart): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Markup) return part.toString();
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return Number.isFinite(part) ? String(part) : "";
  return part.map(put).join("");
}

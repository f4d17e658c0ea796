/** A compiled template: filling it writes its parts into one buffer without creating objects. */
import { type Expression, isConstant, parseTemplate, skeletonOf, type TemplatePart } from "../../scenario/template.ts";
import type { FillBuffer } from "./fill-buffer.ts";

/**
 * How values are written: unchanged, percent-encoded for a URL, or escaped for the inside of a JSON string. The
 * template's own text is not changed.
 */
export type Encoding = "raw" | "url" | "json";

/** Provides the values. */
export interface ValueSource {
  readonly buffer: FillBuffer;
  /** Appends a value to the buffer. */
  put(name: string, argument: string): void;
  /** A value as an integer. */
  number(name: string): number;
}

interface Step {
  literal: Buffer | null;
  expression: Expression | null;
  encoding: Encoding;
}

export class Template {
  readonly #steps: Step[];
  readonly #source: ValueSource;
  readonly #constant: Buffer | null;

  /** Throws a sentence when the text is not a valid template. */
  constructor(text: string, source: ValueSource, encoding: Encoding) {
    const parts = parseTemplate(text);
    const escapes = encoding === "raw" ? jsonStrings(parts) : parts.map(() => encoding);
    this.#source = source;
    this.#steps = parts.map((part, index) =>
      typeof part === "string"
        ? { literal: Buffer.from(part), expression: null, encoding: "raw" }
        : { literal: null, expression: part, encoding: escapes[index] ?? "raw" },
    );
    this.#constant = isConstant(parts) ? Buffer.from(parts.join("")) : null;
  }

  /** Whether it is the same for every connection and message. */
  get isConstant(): boolean {
    return this.#constant !== null;
  }

  /**
   * Fills the template with the source's current values. The result is valid until the next template of the same source
   * is filled.
   */
  fill(): Buffer {
    if (this.#constant !== null) return this.#constant;
    const { buffer } = this.#source;
    buffer.length = 0;
    this.append();
    return buffer.bytes.subarray(0, buffer.length);
  }

  text(): string {
    return this.fill().toString("utf8");
  }

  /** Appends it to the buffer. */
  append(): void {
    const { buffer } = this.#source;
    for (const { literal, expression, encoding } of this.#steps) {
      if (literal !== null) buffer.putBytes(literal, 0, literal.length);
      else if (expression !== null) this.#put(expression, encoding);
    }
  }

  #put(expression: Expression, encoding: Encoding): void {
    const { buffer } = this.#source;
    const from = buffer.length;
    if (expression.kind === "value") this.#source.put(expression.name, expression.argument);
    else buffer.putText(String(this.#evaluate(expression)));
    if (encoding !== "raw") encodeFrom(buffer, from, encoding);
  }

  #evaluate(expression: Expression): number {
    if (expression.kind === "number") return expression.value;
    if (expression.kind === "value") return this.#source.number(expression.name);
    return compute(expression.operator, this.#evaluate(expression.left), this.#evaluate(expression.right));
  }
}

/** Integer arithmetic: quotients are rounded down, and division by 0 yields 0. */
function compute(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? 0 : Math.floor(left / right);
    default:
      return right === 0 ? 0 : left - right * Math.floor(left / right);
  }
}

const quote = 0x22;
const backslash = 0x5c;

function isPlain(byte: number, encoding: Encoding): boolean {
  if (encoding === "json") return byte >= 0x20 && byte !== quote && byte !== backslash;
  // Unreserved characters (RFC 3986, section 2.3).
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f ||
    byte === 0x7e
  );
}

/** Encodes what was written since `from`, where necessary. */
function encodeFrom(buffer: FillBuffer, from: number, encoding: Encoding): void {
  let at = from;
  while (at < buffer.length && isPlain(buffer.bytes[at]!, encoding)) at++;
  if (at === buffer.length) return;
  const text = buffer.bytes.toString("utf8", from, buffer.length);
  buffer.length = from;
  buffer.putText(encoding === "json" ? JSON.stringify(text).slice(1, -1) : percentEncode(text));
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Which parts are inside a JSON string, where a value's quotation marks must be escaped; determined when the text is
 * JSON, after any prefix before its first bracket.
 */
function jsonStrings(parts: readonly TemplatePart[]): Encoding[] {
  const plain = parts.map((): Encoding => "raw");
  const skeleton = skeletonOf(parts);
  const begin = skeleton.search(/[[{]/);
  if (begin < 0 || !isJson(skeleton.slice(begin))) return plain;
  let isInside = false;
  return parts.map((part) => {
    if (typeof part !== "string") return isInside ? "json" : "raw";
    for (let at = 0; at < part.length; at++) {
      if (part[at] === "\\") at++;
      else if (part[at] === '"') isInside = !isInside;
    }
    return "raw";
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

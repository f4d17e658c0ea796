/**
 * Templates: `{{name}}` in a text stands for a value of the connection or of the message it is filled for,
 * `{{index / 50}}` for integer arithmetic on such values, `{{{{` for two literal brackets. Pure; filling is
 * clients/plan/values.
 */

/** Values that every run has, with what each is. Column names and variables stand beside them. */
export const builtInValues = {
  index: "number of the connection in the whole run, from 0",
  group: "name of the connection's group",
  message: "number unique to the message within the run",
  sequence: "how many messages of this kind the connection has sent before, from 0",
  sentNs: "when the message is written, nanoseconds since 1970; {{sentNs:monotonic}} for CLOCK_MONOTONIC",
  sentMs: "the same in milliseconds",
  uuid: "a new random UUID; in vars, constant for the connection",
  random: "{{random:8}}: as many random letters and digits; in vars, constant for the connection",
} as const;
export type BuiltInValue = keyof typeof builtInValues;

export type Operator = "+" | "-" | "*" | "/" | "%";

/** What stands between double brackets. `argument` is what follows a colon. */
export type Expression =
  | { kind: "number"; value: number }
  | { kind: "value"; name: string; argument: string }
  | { kind: "operation"; operator: Operator; left: Expression; right: Expression };

/** A literal text or an expression, in the order of the template. */
export type TemplatePart = string | Expression;

export const isBuiltIn = (name: string): name is BuiltInValue => Object.hasOwn(builtInValues, name);

/** Takes a template apart. Throws a sentence that names what is wrong. */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = "";
  let at = 0;
  for (let open = text.indexOf("{{", at); open >= 0; open = text.indexOf("{{", at)) {
    literal += text.slice(at, open);
    if (text.startsWith("{{{{", open)) {
      literal += "{{";
      at = open + 4;
      continue;
    }
    const close = text.indexOf("}}", open);
    if (close < 0) throw new Error(`expected }} after "${shortened(text.slice(open))}"; a literal {{ is written {{{{`);
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push(new ExpressionReader(text.slice(open + 2, close)).read());
    at = close + 2;
  }
  literal += text.slice(at);
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return parts;
}

/** The names a template refers to, each once. */
export function namesIn(parts: readonly TemplatePart[]): string[] {
  const names = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.kind === "value") names.add(expression.name);
    if (expression.kind !== "operation") return;
    visit(expression.left);
    visit(expression.right);
  };
  for (const part of parts) if (typeof part !== "string") visit(part);
  return [...names];
}

/** The names a template computes with: their values must be whole numbers. */
export function numbersIn(parts: readonly TemplatePart[]): string[] {
  return namesIn(parts.filter((part) => typeof part !== "string" && part.kind === "operation"));
}

/** A template's text with 0 in the place of each value: JSON, where what it becomes is JSON. */
export const skeletonOf = (parts: readonly TemplatePart[]): string =>
  parts.map((part) => (typeof part === "string" ? part : "0")).join("");

/** Whether a text is the same for every connection and message. */
export const isConstant = (parts: readonly TemplatePart[]): boolean => parts.every((part) => typeof part === "string");

const shortened = (text: string): string => (text.length > 30 ? `${text.slice(0, 27)}...` : text);
const tokenPattern = /\s*(?:([0-9]+)|([A-Za-z_][\w.]*(?:-[\w.]+)*)(?::([A-Za-z0-9]+))?|([-+*/%()]))/y;
const precedence: Record<string, number> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2 };

interface Token {
  number?: number;
  name?: string;
  argument?: string;
  sign?: string;
}

/** Reads one expression by precedence climbing. */
class ExpressionReader {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    tokenPattern.lastIndex = 0;
    const end = text.trimEnd().length;
    while (tokenPattern.lastIndex < end) {
      const from = tokenPattern.lastIndex;
      const found = tokenPattern.exec(text);
      if (found === null)
        throw new Error(
          `expected a value such as {{token}} or {{index / 50}}, got "{{${shortened(text)}}}" (from "${shortened(text.slice(from))}")`,
        );
      const [, number, name, argument, sign] = found;
      this.#tokens.push(
        number !== undefined
          ? { number: Number(number) }
          : sign !== undefined
            ? { sign }
            : { name: name ?? "", argument: argument ?? "" },
      );
    }
  }

  read(): Expression {
    const expression = this.#operation(1);
    if (this.#at < this.#tokens.length) this.#fail("expected an operator (+ - * / %) between two values");
    return expression;
  }

  #fail(problem: string): never {
    throw new Error(`${problem} in "{{${shortened(this.#text)}}}"`);
  }

  #operation(least: number): Expression {
    let left = this.#operand();
    for (;;) {
      const sign = this.#tokens[this.#at]?.sign;
      const strength = sign === undefined ? undefined : precedence[sign];
      if (sign === undefined || strength === undefined || strength < least) return left;
      this.#at++;
      const right = this.#operation(strength + 1);
      if ((sign === "/" || sign === "%") && right.kind === "number" && right.value === 0)
        this.#fail("expected a divisor that is not 0");
      left = { kind: "operation", operator: sign as Operator, left, right };
    }
  }

  #operand(): Expression {
    const token = this.#tokens[this.#at++];
    if (token?.number !== undefined) return { kind: "number", value: token.number };
    if (token?.sign === "(") {
      const inner = this.#operation(1);
      if (this.#tokens[this.#at++]?.sign !== ")") this.#fail("expected a closing bracket");
      return inner;
    }
    const name = token?.name;
    if (name === undefined) this.#fail("expected a value such as token or index");
    const argument = token?.argument ?? "";
    if (name === "random" && !/^[1-9][0-9]{0,3}$/.test(argument))
      this.#fail("expected a length from 1 to 9999, as in {{random:8}},");
    if ((name === "sentNs" || name === "sentMs") && !["", "realtime", "monotonic"].includes(argument))
      this.#fail("expected a clock of realtime, monotonic,");
    else if (argument !== "" && !["random", "sentNs", "sentMs"].includes(name))
      this.#fail(`expected nothing after "${name}:"`);
    return { kind: "value", name, argument };
  }
}

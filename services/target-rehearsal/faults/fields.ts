/** A problem of an input: where it is, what was expected, what was found. */
export interface Problem {
  readonly field: string;
  readonly expected: string;
  readonly came: string;
}

/** Reads one field. `read` appends problems to `problems` and returns the value unchanged. */
export interface Field<T> {
  readonly expected: string;
  read(value: unknown, path: string, problems: Problem[]): T;
  readonly optional?: boolean;
}
export type OptionalField<T> = Field<T> & { readonly optional: true };
export type Shape = Readonly<Record<string, Field<unknown>>>;

type RequiredNames<S extends Shape> = { [N in keyof S]: S[N] extends { readonly optional: true } ? never : N }[keyof S];
type ValueOf<F> = F extends Field<infer T> ? T : never;
/** The type of the objects a shape accepts. */
export type Shaped<S extends Shape> = { readonly [N in RequiredNames<S>]: ValueOf<S[N]> } & {
  readonly [N in Exclude<keyof S, RequiredNames<S>>]?: ValueOf<S[N]>;
};

/** A value as shown in errors, truncated. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function field<T>(expected: string, accepts: (value: unknown) => boolean): Field<T> {
  return {
    expected,
    read(value, path, problems) {
      if (!accepts(value)) problems.push({ field: path, expected, came: shown(value) });
      return value as T;
    },
  };
}

const isIn = (value: unknown, minimum: number, maximum: number): boolean =>
  typeof value === "number" && value >= minimum && value <= maximum;

/** A number, including fractions. */
export function number(minimum: number, maximum: number): Field<number> {
  return field(`a number from ${minimum} to ${maximum}`, (value) => isIn(value, minimum, maximum));
}

/** An integer. */
export function integer(minimum: number, maximum: number): Field<number> {
  return field(
    `a whole number from ${minimum} to ${maximum}`,
    (value) => isIn(value, minimum, maximum) && Number.isInteger(value),
  );
}

/** A string of at most `maximumBytes` in UTF-8. */
export function text(maximumBytes: number): Field<string> {
  return field(
    `a string of at most ${maximumBytes} bytes`,
    (value) => typeof value === "string" && Buffer.byteLength(value) <= maximumBytes,
  );
}

/** One word from a closed list. */
export function oneOf<const W extends readonly (string | boolean)[]>(words: W): Field<W[number]> {
  return field(words.map((word) => JSON.stringify(word)).join(" or "), (value) =>
    (words as readonly unknown[]).includes(value),
  );
}

/** An optional field. */
export function optional<T>(inner: Field<T>): OptionalField<T> {
  return { ...inner, optional: true };
}

/** A non-empty list of one kind of value. */
export function listOf<T>(inner: Field<T>): Field<readonly T[]> {
  const expected = `a list, each ${inner.expected}`;
  return {
    expected,
    read(value, path, problems) {
      if (!Array.isArray(value) || value.length === 0) problems.push({ field: path, expected, came: shown(value) });
      else for (const [at, each] of value.entries()) inner.read(each, `${path}[${at}]`, problems);
      return value as readonly T[];
    },
  };
}

/** An object with exactly these fields. */
export function object<const S extends Shape>(shape: S): Field<Shaped<S>> {
  const names = Object.keys(shape);
  const expected = `an object with ${names.join(", ")}`;
  return {
    expected,
    read(value, path, problems) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        problems.push({ field: path || "script", expected, came: shown(value) });
        return value as Shaped<S>;
      }
      const given = value as Record<string, unknown>;
      const at = (name: string): string => (path ? `${path}.${name}` : name);
      for (const name of Object.keys(given)) {
        if (!names.includes(name))
          problems.push({
            field: at(name),
            expected: `one of the fields ${names.join(", ")}`,
            came: `the unknown field "${name}"`,
          });
      }
      for (const [name, inner] of Object.entries(shape)) {
        if (given[name] !== undefined) inner.read(given[name], at(name), problems);
        else if (!inner.optional) problems.push({ field: at(name), expected: inner.expected, came: "nothing" });
      }
      return value as Shaped<S>;
    },
  };
}

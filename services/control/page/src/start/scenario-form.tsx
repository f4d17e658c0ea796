/** A form generated from a scenario's schema: new schema fields appear automatically. */
import type { Signal } from "@preact/signals";
import type { Schema, Target } from "../api.ts";
import { sectionsOf } from "./form-sections.ts";
import { StructureField } from "./structure-field.tsx";

export type Values = Record<string, unknown>;

export interface FormContext {
  values: Signal<Values>;
  targets: Target[];
  scripts: string[];
  refused: string[];
}

function valueAt(values: Values, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (at as Values | undefined)?.[name], values);
}

/** A copy with one value set, or removed if undefined; blocks that become empty are removed too. */
export function withValue(values: Values, path: readonly string[], value: unknown): Values {
  const [name, ...rest] = path;
  if (name === undefined) return values;
  const { [name]: before, ...others } = values;
  const inner = rest.length === 0 ? value : withValue((before as Values | undefined) ?? {}, rest, value);
  const isEmpty = inner === undefined || (rest.length > 0 && Object.keys(inner as Values).length === 0);
  return isEmpty ? others : { ...values, [name]: inner };
}

const titleOf = (name: string): string =>
  name.replace(/MiB|[A-Z]/g, (word) => ` ${word === "MiB" ? word : word.toLowerCase()}`);
const literalsOf = (schema: Schema): unknown[] =>
  (schema.anyOf ?? []).flatMap((choice) => (choice.const === undefined ? [] : [choice.const]));
const isBlock = (schema: Schema): boolean => schema.type === "object" && schema.properties !== undefined;

/** Nested blocks, and lists of them, are edited as text: they would need hundreds of inputs. */
function isStructure(schema: Schema): boolean {
  if (schema.type === "array") return schema.items?.type === "object" || schema.items?.anyOf?.some(isBlock) === true;
  return isBlock(schema) && Object.values(schema.properties ?? {}).every((field) => isBlock(field));
}

/** Number of fields with a value in a section. */
const givenIn = (values: Values, names: readonly string[]): number =>
  names.filter((name) => values[name] !== undefined).length;

/** The form of a kind: common fields first, then rare ones, folded by theme. */
export function ScenarioFields({ schema, context }: { schema: Schema; context: FormContext }) {
  return (
    <>
      {sectionsOf(schema, context.refused, context.values.value).map(({ title, names }) => {
        const fields = <Fields schema={schema} path={[]} names={names} context={context} />;
        if (title === "") return <div class="usual">{fields}</div>;
        const given = givenIn(context.values.value, names);
        return (
          <details key={title} class="section" open={given > 0}>
            <summary>
              {title} {given === 0 ? "" : <span class="quiet">{given} given</span>}
            </summary>
            {fields}
          </details>
        );
      })}
    </>
  );
}

interface FieldsProps {
  schema: Schema;
  path: string[];
  /** Which fields, in this order; default: all that may be set. */
  names?: readonly string[];
  context: FormContext;
}

function Fields({ schema, path, names, context }: FieldsProps) {
  const all = Object.keys(schema.properties ?? {});
  const allowed = (names ?? all).filter((name) => !context.refused.includes(name));
  const elsewhere = path.length === 0 ? [] : all.filter((name) => context.refused.includes(name));
  const isAlone = path.length === 0 && names?.length === 1;
  return (
    <>
      {allowed.map((name) => {
        const field = schema.properties?.[name] ?? {};
        const below = [...path, name];
        if (!isBlock(field) || isStructure(field))
          return <Field key={name} name={name} schema={field} path={below} context={context} />;
        // A section with a single block needs no second title.
        if (isAlone) return <Fields key={name} schema={field} path={below} context={context} />;
        return (
          <details key={name} open={valueAt(context.values.value, below) !== undefined}>
            <summary>{titleOf(name)}</summary>
            <small class="quiet">{field.description}</small>
            <Fields schema={field} path={below} context={context} />
          </details>
        );
      })}
      {elsewhere.length === 0 ? null : (
        <small class="quiet">Only on this machine's command line: {elsewhere.map(titleOf).join(", ")}.</small>
      )}
    </>
  );
}

function Field({
  name,
  schema,
  path,
  context,
}: {
  name: string;
  schema: Schema;
  path: string[];
  context: FormContext;
}) {
  const id = `field-${path.join("-")}`;
  const isTarget = path.length === 1 && name === "target";
  return (
    <div class="field">
      <label for={isTarget ? `${id}-url` : id}>{titleOf(name)}</label>
      {isTarget ? (
        <Targets id={id} path={path} context={context} />
      ) : (
        <Input id={id} name={name} schema={schema} path={path} context={context} />
      )}
      <small id={`${id}-about`}>{schema.description}</small>
    </div>
  );
}

function Input({
  id,
  name,
  schema,
  path,
  context,
}: {
  id: string;
  name: string;
  schema: Schema;
  path: string[];
  context: FormContext;
}) {
  const value = valueAt(context.values.value, path);
  const set = (next: unknown) => {
    context.values.value = withValue(context.values.value, path, next);
  };
  const common = { id, name: path.join("."), "aria-describedby": `${id}-about` };
  const choices = name === "faults" ? context.scripts : literalsOf(schema);
  if (choices.length > 0)
    return (
      <select
        {...common}
        value={String(value ?? "")}
        onChange={(event) => set(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
      >
        <option value="">{schema.default === undefined ? "none" : `${schema.default} (default)`}</option>
        {choices.map((choice) => (
          <option key={String(choice)} value={String(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
    );
  if (schema.type === "boolean")
    return (
      <input
        {...common}
        type="checkbox"
        checked={Boolean(value ?? schema.default)}
        onChange={(event) =>
          set(event.currentTarget.checked === (schema.default === true) ? undefined : event.currentTarget.checked)
        }
      />
    );
  if (isStructure(schema))
    return <StructureField common={common} isList={schema.type === "array"} value={value} set={set} />;
  if (schema.type === "array" || schema.type === "object")
    return <Lines common={common} schema={schema} value={value} set={set} />;
  const isNumber = schema.type === "integer" || schema.type === "number";
  const take = (text: string) => set(text === "" ? undefined : isNumber ? Number(text) : text);
  const text = {
    ...common,
    value: value === undefined ? "" : String(value),
    placeholder: schema.default === undefined ? "" : String(schema.default),
  };
  if (!isNumber) return <input {...text} type="text" onInput={(event) => take(event.currentTarget.value)} />;
  const range = { min: schema.minimum, max: schema.maximum, step: schema.type === "integer" ? 1 : "any" };
  return <input {...text} {...range} type="number" onInput={(event) => take(event.currentTarget.value)} />;
}

/** A line of a list: a word, or a block as JSON. */
function itemOf(line: string): unknown {
  if (!line.startsWith("{")) return line;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

type Common = { id: string; name: string; "aria-describedby": string };

/** Lists, and names with values, one per line. */
function Lines({
  common,
  schema,
  value,
  set,
}: {
  common: Common;
  schema: Schema;
  value: unknown;
  set: (next: unknown) => void;
}) {
  const isRecord = schema.type === "object";
  const isNumbers = schema.items?.type === "integer" || schema.items?.type === "number";
  const lines = isRecord
    ? Object.entries((value as Values | undefined) ?? {}).map(([key, text]) => `${key}: ${text}`)
    : ((value as unknown[] | undefined) ?? []).map((item) =>
        typeof item === "object" ? JSON.stringify(item) : String(item),
      );
  const take = (text: string) => {
    const given = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    if (given.length === 0) return set(undefined);
    if (!isRecord) return set(isNumbers ? given.map(Number) : given.map(itemOf));
    set(
      Object.fromEntries(
        given.map((line) => [
          line.split(":")[0]?.trim() ?? "",
          line.includes(":") ? line.slice(line.indexOf(":") + 1).trim() : "",
        ]),
      ),
    );
  };
  return (
    <textarea
      {...common}
      rows={2}
      placeholder={isRecord ? "name: value, one per line" : "one per line"}
      defaultValue={lines.join("\n")}
      onChange={(event) => take(event.currentTarget.value)}
    />
  );
}

/** Built-in targets by name, others by URL. Several make a comparison. */
function Targets({ id, path, context }: { id: string; path: string[]; context: FormContext }) {
  const value = valueAt(context.values.value, path);
  const chosen = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  const set = (next: string[]) => {
    const only = next.length === 1 ? next[0] : next.length === 0 ? undefined : next;
    context.values.value = withValue(context.values.value, path, only);
  };
  const names = context.targets.map(({ name }) => name);
  const url = chosen.find((name) => !names.includes(name)) ?? "";
  const withUrl = (text: string) =>
    set([...chosen.filter((name) => names.includes(name)), ...(text === "" ? [] : [text])]);
  return (
    <div class="choices">
      {context.targets.map(({ name, title, state, why }) => (
        <label key={name} title={why ?? title}>
          <input
            type="checkbox"
            name={`target.${name}`}
            checked={chosen.includes(name)}
            disabled={state !== "available"}
            onChange={() => set(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name])}
          />{" "}
          {name}
        </label>
      ))}
      <input
        id={`${id}-url`}
        name="target.url"
        type="text"
        placeholder="or a URL: ws://host:8080/push"
        value={url}
        onChange={(event) => withUrl(event.currentTarget.value.trim())}
      />
    </div>
  );
}

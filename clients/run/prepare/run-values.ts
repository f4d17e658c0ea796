/**
 * The template values of a run: reads the data file once, reports all problems at once, and gives each shard its rows.
 */
import { randomInt } from "node:crypto";
import type { ShardPlan } from "../../generator/plan.ts";
import { planConversation } from "../../plan/conversation-plan.ts";
import { connectionNumber, shareOf } from "../../plan/shard.ts";
import { ConnectionValues, type ValuesPlan } from "../../plan/values/connection-values.ts";
import { DataFileError, readDataFile } from "../../plan/values/data-file.ts";
import type { DataRows } from "../../plan/values/data-rows.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { Problem } from "../../scenario/problems/problem-bounds.ts";
import {
  namesTaken,
  namesUsed,
  numbersUsed,
  partsOf,
  type TemplateField,
  type TemplateUse,
  templateFields,
} from "../../scenario/problems/template-fields.ts";
import { isPrintable } from "../../scenario/problems/wire-problems.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { isBuiltIn, namesIn, parseTemplate } from "../../scenario/template.ts";
import { checkCertificates } from "./client-certificates.ts";
import { checkClientIds } from "./client-ids.ts";
import { messageProblem, withRooms } from "./run-rooms.ts";

/** Most bytes of values sent to one shard: they are a single message, also over Redis. */
const maxShardBytes = 64 * 2 ** 20;

/** Which values each use allows; others could forge a request. */
const allowed: Partial<Record<TemplateUse, { isAllowed: (text: string) => boolean; what: string }>> = {
  header: { isAllowed: isPrintable, what: "no line breaks and no control characters" },
  subprotocol: {
    isAllowed: (text) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text),
    what: "letters, digits and !#$%&'*+.^_`|~- only",
  },
  // A value that leaves the folder could read any file.
  file: {
    isAllowed: (text) => !/\0|(^|\/)\.\.(\/|$)/.test(text),
    what: "no .. and no U+0000, since they are part of a file name",
  },
  topic: {
    isAllowed: (text) => !/[+#\0]/.test(text),
    what: "no +, no # and no U+0000, since they are part of a topic",
  },
};

/** What the templates belong to: connections, or users who send requests over them. */
export type ValuedScenario = ConnectionsScenario & { paths?: string[]; body?: string; whom?: "connection" | "user" };

export interface RunValues {
  /** The plans of a run's shards, each with its connections' values. */
  give(plans: ShardPlan[]): ShardPlan[];
}

/**
 * Reads and checks what a scenario's templates need. Throws a {@link ScenarioError} with every problem; its sentences
 * contain no values.
 */
export function readValues(scenario: ValuedScenario): RunValues {
  const vars = scenario.vars ?? {};
  const used = namesUsed(scenario);
  const problems: Problem[] = [];
  let columns: string[] = [];
  let rows: DataRows | null = null;
  if (scenario.data !== undefined) {
    try {
      const read = readDataFile(scenario.data.file, used);
      ({ columns, rows } = read);
      problems.push(...rowProblems(scenario, read.count), ...valueProblems(scenario, read.rows));
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      throw new ScenarioError([{ field: "data.file", text: error.message }]);
    }
  }
  problems.push(...nameProblems(scenario, columns), ...variableProblems(scenario), ...publishProblems(scenario));
  if (problems.length > 0) throw new ScenarioError(problems);
  // Different in each run, so that random values do not repeat.
  const seed = randomInt(0xffff_ffff);
  const whole = (): ConnectionValues => new ConnectionValues({ vars, data: rows, seed }, { shard: 0, shards: 1 });
  checkCertificates(scenario, whole());
  const valuesOf = ({ shard, shards }: ShardPlan): ValuesPlan => ({
    vars,
    data: rows === null ? null : rowsOf(scenario, rows, shard, shards),
    seed,
  });
  return {
    give: (plans) => {
      const given = plans.map((plan) => ({ ...plan, values: valuesOf(plan) }));
      checkClientIds(given);
      return withRooms(given, whole());
    },
  };
}

function rowsOf({ connections }: ConnectionsScenario, rows: DataRows, shard: number, shards: number) {
  const wire = rows.toWire(
    rows.columns,
    Array.from(
      { length: shareOf(connections, shard, shards) },
      (_, slot) => connectionNumber(slot, shard, shards) % Math.max(1, rows.count),
    ),
  );
  if (wire.bytes.length > maxShardBytes) {
    const text = `expected at most ${maxShardBytes / 2 ** 20} MiB of values per shard; use more shards, or shorter values`;
    throw new ScenarioError([{ field: "data.file", text }]);
  }
  return wire;
}

function rowProblems({ data, connections, whom = "connection" }: ValuedScenario, count: number): Problem[] {
  if (count === 0) return [{ field: "data.file", text: "expected at least one row after the header line, got none" }];
  if (data?.exhausted === "cycle" || count >= connections) return [];
  const text = `expected a row for each of ${connections} ${whom}s, got ${count}; add rows, or set data.exhausted: cycle`;
  return [{ field: "data.file", text }];
}

/** Unknown names in templates. */
function nameProblems(scenario: ValuedScenario, columns: readonly string[]): Problem[] {
  const vars = scenario.vars ?? {};
  const known = new Set([...Object.keys(vars), ...columns, ...namesTaken(scenario)]);
  const problems = templateFields(scenario).flatMap(({ field, text }) =>
    namesIn(parseTemplate(text))
      .filter((name) => !isBuiltIn(name) && !known.has(name))
      .map((name) => ({
        field,
        text: `expected a known value, got {{${name}}}; known: ${[...known].join(", ") || "no column and no variable"}`,
      })),
  );
  const twice = Object.keys(vars).filter((name) => columns.includes(name));
  return [
    ...problems,
    ...twice.map((name) => ({
      field: `vars.${name}`,
      text: `expected a name other than a column of the data file, got "${name}"`,
    })),
  ];
}

function publishProblems(scenario: ValuedScenario): Problem[] {
  const conversation = planConversation(scenario);
  return (conversation?.publishes ?? []).flatMap(({ group, everyMs }, _, all) => {
    const text = messageProblem(
      conversation?.groups[group]?.connections ?? 0,
      all.length,
      everyMs,
      durationMs(scenario.hold),
    );
    return text === null
      ? []
      : [{ field: scenario.groups === undefined ? "publish.every" : `groups.${group}.publish.every`, text }];
  });
}

/** Variables whose own text is not allowed where a template uses it. */
function variableProblems(scenario: ValuedScenario): Problem[] {
  return Object.entries(scenario.vars ?? {}).flatMap(([name, text]) => {
    const literal = parseTemplate(text)
      .filter((part) => typeof part === "string")
      .join("");
    return templateFields(scenario).flatMap((field) => {
      const rule = allowed[field.use];
      if (rule === undefined || literal === "" || rule.isAllowed(literal) || !reaches(scenario, field, name)) return [];
      return [{ field: `vars.${name}`, text: `expected ${rule.what}, as ${field.field} uses it` }];
    });
  });
}

/** Values not allowed where a template uses them, with the first row that contains one. */
function valueProblems(scenario: ValuedScenario, rows: DataRows): Problem[] {
  const numbers = numbersUsed(scenario);
  const fields = templateFields(scenario);
  const rowCount = Math.min(rows.count, scenario.connections);
  return rows.columns.flatMap((name, column) => {
    const uses = fields.filter((field) => allowed[field.use] !== undefined && reaches(scenario, field, name));
    const checks = uses.map(({ field, use }) => ({ field, ...allowed[use]! }));
    if (numbers.has(name))
      checks.push({
        field: "data.file",
        isAllowed: (text: string) => /^-?[0-9]{1,15}$/.test(text),
        what: "a whole number, since a template computes with it",
      });
    return checks.flatMap(({ field, isAllowed, what }) => {
      for (let row = 0; row < rowCount; row++) {
        if (!isAllowed(rows.text(row, column)))
          return [{ field, text: `expected ${what}; the value of "${name}" in row ${row + 1} is not that` }];
      }
      return [];
    });
  });
}

/** Whether a template uses a column, directly or through variables. */
function reaches({ vars = {} }: ValuedScenario, field: TemplateField, column: string): boolean {
  const seen = new Set<string>();
  const visit = (names: string[]): boolean =>
    names.some((name) => {
      if (name === column) return true;
      const text = vars[name];
      if (text === undefined || seen.has(name)) return false;
      seen.add(name);
      return visit(namesIn(parseTemplate(text)));
    });
  return visit(namesIn(partsOf(field)));
}

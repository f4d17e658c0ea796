/** An order read from a folder: validated, since the file may contain anything. */
import { type TSchema, Type } from "#typebox";
import Value from "#typebox/value";
import { isRunId } from "../../../clients/run/folder/run-folder.ts";
import { type Order, orderStates } from "./order.ts";

const text = Type.String();
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const Stored = Type.Object({
  id: text,
  kind: text,
  target: text,
  scenario: Type.Object({ kind: text }),
  state: Type.Union(orderStates.map((state) => Type.Literal(state))),
  tags: Type.Array(text),
  group: orNull(text),
  createdAt: text,
  startedAt: orNull(text),
  endedAt: orNull(text),
  run: orNull(text),
  error: orNull(Type.Object({ code: text, text })),
});

const isInstant = (value: string | null): boolean => value === null || !Number.isNaN(Date.parse(value));

/** Whether something read from a file is an order. */
export function isOrder(found: unknown): found is Order {
  if (!Value.Check(Stored, found)) return false;
  const { id, run, group, createdAt, startedAt, endedAt } = found as Order;
  const areIds = [id, run ?? id, group ?? id].every(isRunId);
  return areIds && [createdAt, startedAt, endedAt].every(isInstant);
}

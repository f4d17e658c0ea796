/** Where the values of templates come from: a data file, and variables. */
import { Type } from "typebox";
import { closed } from "./shared-fields.ts";

/** `whom`: who has a row each, in the singular. */
export const dataOf = (whom: "connection" | "user") =>
  closed(
    {
      file: Type.String({
        minLength: 1,
        description: `CSV with a head line, or NDJSON (.ndjson, .jsonl): one row a ${whom}, its columns are values of templates`,
      }),
      exhausted: Type.Union([Type.Literal("error"), Type.Literal("cycle")], {
        default: "error",
        description: `with fewer rows than ${whom}s: refuse to start, or begin again with the first`,
      }),
    },
    `a row of values for each ${whom}`,
  );

export const Vars = Type.Record(Type.String(), Type.String(), {
  description: "named templates, e.g. room={{index / 50}}; a constant of each connection or user, usable in all others",
});

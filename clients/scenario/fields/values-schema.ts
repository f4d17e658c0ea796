/** Where the values of templates come from: a data file, and variables. */
import { Type } from "typebox";
import { closed } from "./shared-fields.ts";

export const Data = closed(
  {
    file: Type.String({
      minLength: 1,
      description:
        "CSV with a head line, or NDJSON (.ndjson, .jsonl): one row a connection, its columns are values of templates",
    }),
    exhausted: Type.Union([Type.Literal("error"), Type.Literal("cycle")], {
      default: "error",
      description: "with fewer rows than connections: refuse to start, or begin again with the first",
    }),
  },
  "a row of values for each connection",
);

export const Vars = Type.Record(Type.String(), Type.String(), {
  description: "named templates, e.g. room={{index / 50}}; a constant of each connection, usable in all others",
});

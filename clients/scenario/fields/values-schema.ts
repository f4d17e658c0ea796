/** Where the values of templates come from: a data file, and variables. */
import { Type } from "typebox";
import { closed } from "./shared-fields.ts";

export const Data = closed(
  {
    file: Type.String({
      minLength: 1,
      description:
        "CSV with a header line, or NDJSON (.ndjson, .jsonl): one row per connection, whose columns are available in templates",
    }),
    exhausted: Type.Union([Type.Literal("error"), Type.Literal("cycle")], {
      default: "error",
      description: "if there are fewer rows than connections: refuse to start, or start over with the first",
    }),
  },
  "data file with one row per connection",
);

export const Vars = Type.Record(Type.String(), Type.String(), {
  description:
    "named templates, e.g. room={{index / 50}}; evaluated once per connection, usable in all other templates",
});

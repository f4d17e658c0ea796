/** Where the values of templates come from: a data file, and variables. */
import { Type } from "#typebox";
import { closed } from "./shared-fields.ts";

/** `whom`: who has a row each, in the singular. */
export const dataOf = (whom: "connection" | "user") =>
  closed(
    {
      file: Type.String({
        minLength: 1,
        description: `CSV with a header line, or NDJSON (.ndjson, .jsonl): one row per ${whom}, whose columns are available in templates`,
      }),
      exhausted: Type.Union([Type.Literal("error"), Type.Literal("cycle")], {
        default: "error",
        description: `if there are fewer rows than ${whom}s: refuse to start, or start over with the first`,
      }),
    },
    `data file with one row per ${whom}`,
  );

export const Vars = Type.Record(Type.String(), Type.String(), {
  description:
    "named templates, e.g. room={{index / 50}}; evaluated once per connection or user, usable in all other templates",
});

/** The block `addresses` of a report: what became of the connections at each address of a name that has several. */
import { type Static, Type } from "#typebox";
import { count, figureOrNull, orNull, text } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

export const AddressReport = Type.Object(
  {
    address: text("dialled"),
    port: count("dialled"),
    opened: count("connections, reconnects included"),
    refused: count("attempts that did not open, reconnects included"),
    closedUnexpectedly: count("of the opened"),
    connectMeanMs: figureOrNull("from the connect call to open, mean; null: none opened"),
    pushes: Type.Optional(
      orNull(
        Type.Object({
          received: count("from it"),
          late: count("of the received"),
          lost: count("due, and never received"),
        }),
        "null: pushes carry neither timestamp nor number",
      ),
    ),
    pushLatencyMs: Type.Optional(orNull(Quantiles, "of pushes received from it; null: none had a timestamp")),
  },
  { description: "connections and pushes at one of several addresses" },
);
export type AddressReport = Static<typeof AddressReport>;

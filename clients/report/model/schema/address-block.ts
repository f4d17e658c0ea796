/** The block `addresses` of a report: what became of the connections at each address of a name that has several. */
import { type Static, Type } from "typebox";
import { count, figureOrNull, text } from "./field.ts";

export const AddressReport = Type.Object(
  {
    address: text("dialled"),
    port: count("dialled"),
    opened: count("connections, reconnects included"),
    refused: count("attempts that did not open, reconnects included"),
    closedUnexpectedly: count("of the opened"),
    connectMeanMs: figureOrNull("from our connect call to open, mean; null: none opened"),
  },
  { description: "connections at one of several addresses" },
);
export type AddressReport = Static<typeof AddressReport>;

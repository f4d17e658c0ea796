/** Every quantity that a search can vary. A new one is a new entry. */
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import type { Vary } from "../../scenario/varied.ts";
import { connectRate } from "./vary-connects.ts";
import { publishRate } from "./vary-publishing.ts";
import { connections, pushRate } from "./vary-pushes.ts";
import { streamRate, streams } from "./vary-streams.ts";
import type { Varying } from "./varying.ts";

const values: Readonly<Record<Vary, Varying>> = {
  connections,
  rate: pushRate,
  "connect-rate": connectRate,
  "publish-rate": publishRate,
  streams,
  "stream-rate": streamRate,
};

/** The quantity that a scenario's search varies. */
export const varyingOf = ({ search }: CapacityScenario): Varying => values[search.vary];

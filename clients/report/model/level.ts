import type { Interval } from "./interval.ts";

/** How many connections are to be open at an instant: those of the stage, all that are planned where there are none. */
export const levelOf = ({ level, planned }: Pick<Interval["connections"], "level" | "planned">): number =>
  level ?? planned;

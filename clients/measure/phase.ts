/** The phases of a run, in order; a run need not pass through all. */
export const phases = ["prepare", "ramp", "hold", "storm", "drain", "done"] as const;
export type Phase = (typeof phases)[number];

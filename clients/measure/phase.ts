/** The phases of a run, in order; a run need not pass through all. */
export const phases = ["prepare", "ramp", "hold", "storm", "drain", "done"] as const;
export type Phase = (typeof phases)[number];

/** "hold 2" where the load goes up and down in stages, counted from 1. */
export const phaseName = (phase: string, stage?: number): string => (stage === undefined ? phase : `${phase} ${stage}`);

/** The phases of a run, in order; a run may skip some. */
export const phases = ["prepare", "ramp", "hold", "storm", "drain", "done"] as const;
export type Phase = (typeof phases)[number];

/** "hold 2" where the load changes in stages, counted from 1. */
export const phaseName = (phase: string, stage?: number): string => (stage === undefined ? phase : `${phase} ${stage}`);

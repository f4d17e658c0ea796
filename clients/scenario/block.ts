/** Blocks of a scenario, before anything is known to be what it should: objects with fields. Pure. */
export type Block = Record<string, unknown>;

export const isBlock = (value: unknown): value is Block =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value where it is a block; one without fields where it is none. */
export const blockOf = (value: unknown): Block => (isBlock(value) ? value : {});

/** The blocks of a list; none where it is no list. */
export const blocksIn = (value: unknown): Block[] => (Array.isArray(value) ? value.filter(isBlock) : []);

/** Which connections (or pushes, attempts, requests) a fault affects. If empty: all of them. */
export interface Selection {
  /** This share of them, 0 to 1, chosen by a seeded hash. */
  readonly share?: number;
  /** Every n-th: those whose index modulo `every` is `offset`. */
  readonly every?: number;
  readonly offset?: number;
  /** Indexes below this. */
  readonly first?: number;
  /** Those that opened while more than this many were open, including themselves. */
  readonly above?: number;
  /** These indexes. */
  readonly connections?: readonly number[];
}

/** The properties a selection depends on. */
export interface Candidate {
  /** Order of completed upgrades (or attempts, or requests), from 0. */
  readonly index: number;
  /** Number of connections open when it opened, including itself. */
  readonly rank: number;
}

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ (value >>> 0), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A random-looking u32 that is the same for the same seed, fault, index and turn: MurmurHash3's finalizer, once per
 * argument.
 */
export function hash32(seed: number, fault: number, index: number, turn: number): number {
  return mix(mix(mix(mix(0x9e37_79b9, seed), fault + 1), index), turn);
}

/**
 * Whether a fault affects a candidate. `turn` is the wave or tick ordinal when the choice is made anew each time,
 * otherwise 0; with `every` it shifts the pattern, so that each candidate is affected once in n turns.
 */
export function isChosen(
  selection: Selection,
  seed: number,
  fault: number,
  candidate: Candidate,
  turn: number,
): boolean {
  const { index } = candidate;
  if (selection.share !== undefined) return hash32(seed, fault, index, turn) < selection.share * 0x1_0000_0000;
  if (selection.every !== undefined) return (index + turn) % selection.every === (selection.offset ?? 0);
  if (selection.first !== undefined) return index < selection.first;
  if (selection.above !== undefined) return candidate.rank > selection.above;
  if (selection.connections !== undefined) return selection.connections.includes(index);
  return true;
}

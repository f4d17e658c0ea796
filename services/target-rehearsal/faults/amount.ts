/** A duration in a fault: fixed, uniform between bounds, or from a weighted list. */
export interface Amount {
  readonly ms?: number;
  readonly uniform?: { readonly minMs: number; readonly maxMs: number };
  readonly weighted?: readonly { readonly ms: number; readonly weight: number }[];
}

/** The duration for a u32 random number, milliseconds; uniform ones in steps of 0.1 ms. */
export function amountMs(amount: Amount, draw: number): number {
  const fraction = draw / 0x1_0000_0000;
  if (amount.uniform) {
    const { minMs, maxMs } = amount.uniform;
    return minMs + Math.floor(fraction * ((maxMs - minMs) * 10 + 1)) / 10;
  }
  if (amount.weighted) {
    let rest = fraction * amount.weighted.reduce((sum, each) => sum + each.weight, 0);
    for (const each of amount.weighted) {
      rest -= each.weight;
      if (rest < 0) return each.ms;
    }
    return amount.weighted.at(-1)?.ms ?? 0;
  }
  return amount.ms ?? 0;
}

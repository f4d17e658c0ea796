/**
 * Assigns connections to groups. Groups are spread evenly over the connection numbers, so that every fifty consecutive
 * connections, and every part of the ramp, contain each group in proportion. A pure function of the groups' sizes.
 */

/** Calls `visit` for every connection of the run in order, with its group and its number within the group. */
export function layOutGroups(
  sizes: readonly number[],
  visit: (index: number, group: number, member: number) => void,
): void {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const taken = sizes.map(() => 0);
  for (let index = 0; index < total; index++) {
    let group = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let candidate = 0; candidate < sizes.length; candidate++) {
      const owed = sizes[candidate]! * (index + 1) - taken[candidate]! * total;
      if (owed <= most) continue;
      most = owed;
      group = candidate;
    }
    visit(index, group, taken[group]!++);
  }
}

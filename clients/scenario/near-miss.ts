/** What an unknown field was meant to be. Pure. */

/** Longer than any field: nothing known is near it. */
const mostNameLength = 40;

/** " (did you mean X?)" for a near miss, otherwise the known fields. */
export function suggestion(wrong: string, known: string[]): string {
  if (wrong.length > mostNameLength) return `; known: ${known.join(", ")}`;
  const near = known
    .map((name) => ({ name, distance: editDistance(wrong.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (near !== undefined && near.distance <= Math.max(2, wrong.length / 3)) return `; did you mean "${near.name}"?`;
  return `; known: ${known.join(", ")}`;
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

import { hash32 } from "../faults/selection.ts";

/** The user with an id below `users` as JSON; null for any other id. The same seed gives the same users. */
export function userJson(id: string, seed: number, users: number): string | null {
  if (!/^\d{1,12}$/.test(id) || Number(id) >= users) return null;
  const number = Number(id);
  const draw = hash32(seed, 0, number % 0x1_0000_0000, Math.floor(number / 0x1_0000_0000));
  const name = draw.toString(36).padStart(7, "0");
  return JSON.stringify({
    id: number,
    name: `user-${name}`,
    email: `${name}@example.com`,
    score: draw % 1000,
    active: (draw & 1024) === 0,
  });
}

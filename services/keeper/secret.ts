/** Secrets that grant access: compared in constant time, and too long to be guessed. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Shorter secrets could be guessed. */
export const leastTokenLength = 16;

const digest = (text: string): Buffer => createHmac("sha256", "holdfast token").update(text).digest();

/** Whether two secrets are equal; takes the same time wherever they differ, and whatever their lengths. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

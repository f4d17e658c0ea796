/** Who may use the service: a token, compared in constant time, as a header or as the cookie the sign-in form sets. */
import { createHmac, timingSafeEqual } from "node:crypto";

export const cookieName = "holdfast_session";
/** Fewer characters can be guessed. */
export const leastTokenLength = 16;

const digest = (text: string): Buffer => createHmac("sha256", "holdfast token").update(text).digest();

/** Whether two secrets are equal; takes the same time wherever they differ, and whatever their lengths. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/** What the cookie holds: it opens this service, and the token cannot be read back from it. */
export function sessionOf(token: string): string {
  return createHmac("sha256", token).update("holdfast session 1").digest("base64url");
}

/** Whether a request's headers open the service. */
export function isSignedIn(
  headers: { authorization?: string | undefined; cookie?: string | undefined },
  token: string,
): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined && isSame(bearer, token)) return true;
  const cookie = new RegExp(`(?:^|;\\s*)${cookieName}=([A-Za-z0-9_-]+)`).exec(headers.cookie ?? "")?.[1];
  return cookie !== undefined && isSame(cookie, sessionOf(token));
}

/** Authentication: a token, compared in constant time, from a header or the cookie set by the sign-in form. */
import { createHmac } from "node:crypto";
import { isSame } from "../../keeper/secret.ts";

export const cookieName = "holdfast_session";
/** The cookie's value: it authenticates with this service, and the token cannot be derived from it. */
export function sessionOf(token: string): string {
  return createHmac("sha256", token).update("holdfast session 1").digest("base64url");
}

/** Whether a request's headers authenticate it. */
export function isSignedIn(
  headers: { authorization?: string | undefined; cookie?: string | undefined },
  token: string,
): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined && isSame(bearer, token)) return true;
  const cookie = new RegExp(`(?:^|;\\s*)${cookieName}=([A-Za-z0-9_-]+)`).exec(headers.cookie ?? "")?.[1];
  return cookie !== undefined && isSame(cookie, sessionOf(token));
}

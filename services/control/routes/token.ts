/** Who may use the service: a token, compared in constant time, as a header or as the cookie the sign-in form sets. */
import { createHmac } from "node:crypto";
import { isSame } from "../../keeper/secret.ts";

export const cookieName = "holdfast_session";
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

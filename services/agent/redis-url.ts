/** The Redis URL given by an operator. */

/** Validates a Redis URL. Throws a sentence that reveals nothing of it, as it may contain a password. */
export function readRedisUrl(text: string): string {
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) {
    const got = text === "" ? "nothing" : "something else (not shown: it may hold a password)";
    throw new Error(`--redis: expected a URL such as redis://127.0.0.1:6379, got ${got}`);
  }
  return text;
}

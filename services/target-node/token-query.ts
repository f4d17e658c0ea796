/** Parameters of POST /stream; each is taken from the JSON body or, if absent there, from the query string. */
export interface TokenQuery {
  /** Events before `[DONE]`, 0 to 1,000,000. */
  events: number;
  /** Interval between events, milliseconds, 0 to 3,600,000. */
  intervalMs: number;
  /** Maximum random delay of each event, milliseconds, 0 to 3,600,000. */
  jitterMs: number;
  /** Length of an event's text, 0 to 65,536 bytes. */
  bytes: number;
}

const fields: Record<keyof TokenQuery, { max: number; otherwise: number }> = {
  events: { max: 1_000_000, otherwise: 10 },
  intervalMs: { max: 3_600_000, otherwise: 100 },
  jitterMs: { max: 3_600_000, otherwise: 0 },
  bytes: { max: 65_536, otherwise: 16 },
};

/** Parses a request; other fields are ignored, since bodies made for other servers have them. */
export function parseTokenQuery(query: URLSearchParams, body: unknown): TokenQuery | { error: string } {
  const own = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const parsed = { events: 0, intervalMs: 0, jitterMs: 0, bytes: 0 };
  for (const name of Object.keys(fields) as (keyof TokenQuery)[]) {
    const { max, otherwise } = fields[name];
    const given = Object.hasOwn(own, name) ? own[name] : (query.get(name) ?? undefined);
    const isNumber = typeof given === "number" || (typeof given === "string" && /^[0-9]{1,9}$/.test(given));
    const value = given === undefined ? otherwise : isNumber ? Number(given) : Number.NaN;
    if (!Number.isInteger(value) || value < 0 || value > max) {
      return { error: `${name}: expected 0 to ${max}, got ${JSON.stringify(given)}` };
    }
    parsed[name] = value;
  }
  return parsed;
}

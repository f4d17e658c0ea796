/** Instants in RFC 3339 notation with nanosecond precision, which Date's double of milliseconds would lose. */

/** Since 1970, UTC: whole seconds, and 0 to 999,999,999 nanoseconds. */
export interface Instant {
  seconds: number;
  nanoseconds: number;
}

const pattern =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([-+])([0-9]{2}):([0-9]{2}))$/;

/** Parses an RFC 3339 date-time (section 5.6); null for any other text, including one without a UTC offset. */
export function readInstant(text: string): Instant | null {
  const parts = pattern.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [offsetHour, offsetMinute] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  const isDay =
    month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  // A leap second is written as :60.
  if (!isDay || hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return null;
  const offsetSeconds = (parts[8] === "-" ? -1 : 1) * (offsetHour * 3600 + offsetMinute * 60);
  const days = new Date(0).setUTCFullYear(year, month - 1, day) / 1000;
  const nanoseconds = Number((parts[7] ?? "").slice(0, 9).padEnd(9, "0"));
  return { seconds: days + hour * 3600 + minute * 60 + second - offsetSeconds, nanoseconds };
}

/** The log of a service process: JSON lines on stderr, without secrets. */
import { type Logger, pino } from "pino";

const secret = ["authorization", "cookie", "token", "headers", "redis"];

export function makeLogger(): Logger {
  const paths = [...secret, ...secret.map((name) => `*.${name}`), ...secret.map((name) => `*.*.${name}`)];
  return pino({ level: process.env.HOLDFAST_LOG ?? "info", redact: { paths, censor: "(not shown)" } }, pino.destination(2));
}

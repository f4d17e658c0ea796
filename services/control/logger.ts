/** The log of a service process: JSON lines on stderr, without secrets. */
import { type Logger, pino } from "pino";

const secret = ["authorization", "cookie", "token", "headers", "redis"];

/** An error without additional properties: Redis errors include the rejected command, and thus the password. */
const bare = ({ name, message, stack }: Error): object => ({ type: name, message, stack });

export function makeLogger(): Logger {
  const paths = [...secret, ...secret.map((name) => `*.${name}`), ...secret.map((name) => `*.*.${name}`)];
  return pino(
    { level: process.env.HOLDFAST_LOG ?? "info", redact: { paths, censor: "(not shown)" }, serializers: { err: bare } },
    pino.destination(2),
  );
}

/** `GET /healthz` of the target contract. */
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { get as secureGet } from "node:https";

/** What a target says of itself. */
export interface Health {
  name: string;
  runtime: string;
  framework: string;
  settings: Record<string, string | number | boolean>;
}

const answerTimeoutMs = 1000;
const pollEveryMs = 50;
/**
 * The name we ask for by TLS: the rehearsal target's faults pass over it. Who answers is our own process, whatever
 * certificate it shows.
 */
const secureName = { servername: "healthz.holdfast.invalid", rejectUnauthorized: false } as const;

/** The body of a /healthz answer as {@link Health}; null when it is not one. Runtime and framework may be missing. */
export function parseHealth(text: string): Health | null {
  try {
    const { status, name, runtime, framework, settings } = JSON.parse(text) as Partial<Health> & { status?: string };
    if (status !== "ok" || typeof name !== "string") return null;
    return { name, runtime: runtime ?? "", framework: framework ?? "", settings: settings ?? {} };
  } catch {
    return null;
  }
}

/** Asks once; null for anything but a healthy answer within a second. */
export function readHealth(host: string, port: number, isSecure = false): Promise<Health | null> {
  const order = { host, port, path: "/healthz", agent: false as const, timeout: answerTimeoutMs };
  return new Promise((resolve) => {
    const ask = (answer: (response: IncomingMessage) => void): ClientRequest =>
      isSecure ? secureGet({ ...order, ...secureName }, answer) : get(order, answer);
    const request = ask((response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(response.statusCode === 200 ? parseHealth(text) : null));
      response.on("error", () => resolve(null));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
    request.on("close", () => resolve(null));
  });
}

/** Asks until it is healthy; null when `withinMs` passed or `stop` is aborted first. */
export async function waitForHealth(
  host: string,
  port: number,
  withinMs: number,
  stop: AbortSignal,
  isSecure = false,
): Promise<Health | null> {
  const until = performance.now() + withinMs;
  while (!stop.aborted && performance.now() < until) {
    const health = await readHealth(host, port, isSecure);
    if (health !== null) return stop.aborted ? null : health;
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
  return null;
}

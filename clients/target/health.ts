/** `GET /healthz` of the target contract. */
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { get as secureGet } from "node:https";

/** What a target reports about itself. */
export interface Health {
  name: string;
  runtime: string;
  framework: string;
  settings: Record<string, string | number | boolean>;
}

const answerTimeoutMs = 1000;
const pollEveryMs = 50;
/**
 * Server name sent for TLS, which the rehearsal target exempts from faults. The server is our own process, so any
 * certificate is accepted.
 */
const secureName = { servername: "healthz.holdfast.invalid", rejectUnauthorized: false } as const;

/**
 * Parses the body of a /healthz response as {@link Health}; null when it is not one. Runtime and framework may be
 * absent.
 */
export function parseHealth(text: string): Health | null {
  try {
    const { status, name, runtime, framework, settings } = JSON.parse(text) as Partial<Health> & { status?: string };
    if (status !== "ok" || typeof name !== "string") return null;
    return { name, runtime: runtime ?? "", framework: framework ?? "", settings: settings ?? {} };
  } catch {
    return null;
  }
}

/** Requests it once; null for anything but a healthy response within a second. */
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

/** Polls until healthy; null when `withinMs` has passed or `stop` is aborted first. */
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

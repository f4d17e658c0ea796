/** `GET /healthz` of the target contract. */
import { get } from "node:http";

/** What a target says of itself. */
export interface Health {
  name: string;
  runtime: string;
  framework: string;
  settings: Record<string, string | number | boolean>;
}

const answerTimeoutMs = 1000;
const pollEveryMs = 50;

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
export function readHealth(host: string, port: number): Promise<Health | null> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: "/healthz", agent: false, timeout: answerTimeoutMs }, (response) => {
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
export async function waitForHealth(host: string, port: number, withinMs: number, stop: AbortSignal): Promise<Health | null> {
  const until = performance.now() + withinMs;
  while (!stop.aborted && performance.now() < until) {
    const health = await readHealth(host, port);
    if (health !== null) return stop.aborted ? null : health;
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
  return null;
}

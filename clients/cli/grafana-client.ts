/**
 * Asks a Grafana over its HTTP API. Every failure becomes a sentence and an exit code; the token is in none of them.
 */
import { printable } from "../report/model/format.ts";
import { exitCodes } from "./exit-code.ts";

const timeoutMs = 15_000;

/** A Grafana that could not be asked, or said no. */
export class GrafanaError extends Error {
  readonly exitCode: number;
  /** The HTTP status; 0 when none came. */
  readonly status: number;

  constructor(text: string, status: number) {
    super(text);
    this.status = status;
    this.exitCode = status === 0 || status >= 500 ? exitCodes.targetLost : exitCodes.usage;
  }
}

export class GrafanaClient {
  readonly #base: string;
  readonly #token: string;

  /** `url` without credentials, with the path Grafana is served under if it has one. */
  constructor(url: URL, token: string) {
    this.#base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
    this.#token = token;
  }

  /** Where a path of Grafana's pages is, for people. */
  pageAt(path: string): string {
    return new URL(path, this.#base).href;
  }

  /** The JSON of an answer; rejects with a GrafanaError. `path` begins with /api/. */
  async ask(method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
    const { status, headers, text } = await this.#fetch(method, path, body);
    if (status >= 300 && status < 400)
      throw this.#error(`it redirects (${status}) to ${headers.get("location")}: use that address with --url`, status);
    const answer = parsed(text);
    if (status >= 200 && status < 300) {
      if (answer === undefined)
        throw this.#error(
          "it answered with a page instead of JSON: is this Grafana, or a login page in front of it?",
          status,
        );
      return answer;
    }
    throw this.#error(refusalOf(status, path, messageOf(answer)), status);
  }

  async #fetch(
    method: string,
    path: string,
    body: unknown,
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers,
        // A token follows no redirect, and a POST would become a GET.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      throw this.#error(unreachableOf(error as Error), 0);
    }
  }

  #error(text: string, status: number): GrafanaError {
    return new GrafanaError(`Grafana at ${this.#base}: ${printable(text).replaceAll(this.#token, "***")}`, status);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(answer: unknown): string {
  const message = (answer as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? ` ("${message.slice(0, 200)}")` : "";
}

function refusalOf(status: number, path: string, message: string): string {
  if (status === 401)
    return `the token is not valid here, or has expired (401)${message}; make one under Administration, Service accounts, with the role Editor`;
  if (status === 403)
    return `the token lacks permission (403, ${path})${message}; its service account needs the role Editor, or Admin to list data sources`;
  if (status === 404)
    return `it has no ${path} (404)${message}; give --url the address of Grafana's start page, including its path prefix if it has one`;
  return `it refused ${path} with ${status}${message}`;
}

const certificateFaults = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME/;

/** Why no answer came, in a sentence, from the code of the error's cause. */
export function unreachableOf(error: Error): string {
  const cause = (error.cause ?? error) as { code?: unknown; name?: string; message?: string };
  const code = String(cause.code ?? cause.name ?? "unknown");
  if (code === "ECONNREFUSED") return "connection refused: is Grafana running, and is the port right?";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `its name does not resolve (${code})`;
  if (error.name === "TimeoutError" || /TIMEOUT/.test(code)) return `no answer within ${timeoutMs / 1000} s`;
  if (certificateFaults.test(code))
    return `its certificate is not trusted (${code}); set NODE_EXTRA_CA_CERTS to the file of its certificate authority`;
  if (/SSL|EPROTO|TLS/.test(code)) return `TLS failed (${code}): does it support https? If not, use an http:// address`;
  return `no answer (${code})`;
}

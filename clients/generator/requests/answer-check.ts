/** Checks responses: the status of all of them, the body of a sample. */
import type { ApiPlan } from "./request-plan.ts";

export class AnswerCheck {
  readonly checksBodies: boolean;
  readonly #statuses: ReadonlySet<number> | null;
  readonly #rule: string;
  readonly #text: Buffer;

  constructor({ expect, checkShare }: Pick<ApiPlan, "expect" | "checkShare">) {
    this.#statuses = expect.status === null ? null : new Set(expect.status);
    const colon = expect.body.indexOf(":");
    this.#rule = colon < 0 ? expect.body : expect.body.slice(0, colon);
    this.#text = Buffer.from(colon < 0 ? "" : expect.body.slice(colon + 1));
    this.checksBodies = this.#rule !== "none" && checkShare > 0;
  }

  /** `user` as returned by {@link RequestPool.userOf}. */
  isStatusRight(status: number, user: number): boolean {
    if (this.#statuses !== null) return this.#statuses.has(status);
    if (user === 0) return status < 400;
    return status === (user > 0 ? 200 : 404);
  }

  isBodyRight(bytes: Buffer, start: number, end: number, user: number): boolean {
    switch (this.#rule) {
      case "none":
        return true;
      case "contains":
        return bytes.subarray(start, end).includes(this.#text);
      case "equals":
        return bytes.subarray(start, end).equals(this.#text);
      default:
        return isJson(bytes.toString("utf8", start, end), this.#rule === "user" && user > 0 ? user : null);
    }
  }
}

function isJson(text: string, id: number | null): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      id === null || (typeof value === "object" && value !== null && Number((value as { id?: unknown }).id) === id)
    );
  } catch {
    return false;
  }
}

/** All refusals in one format: a code from a closed list, a sentence, and the affected fields. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { ConnectionError } from "../../../clients/connection/connection-error.ts";
import { TargetUnavailable } from "../../../clients/run/prepare/choose-target.ts";
import { PreflightRefused } from "../../../clients/run/prepare/plan-check.ts";
import { boundedProblems, type Problem } from "../../../clients/scenario/problems/problem-bounds.ts";
import { ScenarioError } from "../../../clients/scenario/read-scenario.ts";
import { TargetError } from "../../../clients/target/target-error.ts";

/** The closed list of codes, and the response status for each. */
export const refusalCodes = {
  validation: 400,
  unauthorized: 401,
  "not-allowed": 403,
  "not-found": 404,
  "not-supported": 405,
  conflict: 409,
  "too-large": 413,
  "not-json": 415,
  "cannot-carry": 422,
  "too-many": 429,
  internal: 500,
  unavailable: 503,
} as const;
export type RefusalCode = keyof typeof refusalCodes;

export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly problems: Problem[];

  constructor(code: RefusalCode, text: string, problems: Problem[] = []) {
    super(text);
    this.code = code;
    this.problems = problems;
  }
}

/** Most problems mentioned in the sentence of a refusal; its list may have more. */
const mostInSentence = 10;

/** A request value not allowed by its schema. */
export function invalid(problems: readonly Problem[]): Refusal {
  const told = boundedProblems(problems, "body");
  const sentences = told.slice(0, mostInSentence).map(({ field, text: what }) => `${field}: ${what}`);
  const more = problems.length - sentences.length;
  return new Refusal("validation", [...sentences, ...(more > 0 ? [`and ${more} more`] : [])].join("; "), told);
}

/**
 * Converts an error to a refusal; null for a defect of the service itself. `prefix`: the request field that contains
 * the scenario.
 */
export function refusalOf(error: unknown, prefix = "scenario"): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof ScenarioError)
    return invalid(
      error.problems.map(({ field, text }) => ({ field: field === "scenario" ? prefix : `${prefix}.${field}`, text })),
    );
  if (error instanceof PreflightRefused)
    return new Refusal("cannot-carry", error.message, [{ field: `${prefix}.connections`, text: error.message }]);
  if (error instanceof TargetUnavailable)
    return new Refusal("unavailable", error.message, [{ field: `${prefix}.target`, text: error.message }]);
  if (error instanceof ConnectionError || error instanceof TargetError)
    return invalid([{ field: `${prefix}.target`, text: error.message }]);
  return frameworkRefusal(error as FastifyError);
}

/**
 * Errors of the host that may pass: no disk space, descriptors or memory. The current request fails; everything else
 * continues.
 */
const hostCodes: readonly string[] = [
  "ENOSPC",
  "EDQUOT",
  "EMFILE",
  "ENFILE",
  "EIO",
  "EROFS",
  "EACCES",
  "EPERM",
  "ENOMEM",
  "EAGAIN",
  "EPIPE",
  "ECONNRESET",
];

/** Whether an error is a temporary one of the host, independent of this process. */
export const isRefusedByHost = (error: unknown): boolean =>
  hostCodes.includes(String((error as NodeJS.ErrnoException | null)?.code));

/** Converts refusals by the framework before a handler is called. */
function frameworkRefusal(error: FastifyError): Refusal | null {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Refusal("too-large", "body: expected at most 256 KiB", [
        { field: "body", text: "expected at most 256 KiB" },
      ]);
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new Refusal("not-json", "header content-type: expected application/json", [
        { field: "header content-type", text: "expected application/json" },
      ]);
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return invalid([{ field: "url", text: "expected a valid percent-encoded path" }]);
  }
  if (isRefusedByHost(error)) return new Refusal("unavailable", `this machine could not do it: ${error.message}`);
  const status = error.statusCode ?? 500;
  if (status === 429) return new Refusal("too-many", "too many requests; try again later");
  if (status >= 400 && status < 500) return invalid([{ field: "body", text: `expected JSON: ${error.message}` }]);
  return null;
}

/** The error handler of the service. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error);
  if (refusal === null) request.log.error({ err: error }, "request failed");
  const { code, message, problems } = refusal ?? new Refusal("internal", "internal error; see the service's log");
  if (code === "unauthorized") reply.header("www-authenticate", 'Bearer realm="holdfast"');
  void reply
    .code(refusalCodes[code])
    .send({ error: { code, text: message, ...(problems.length > 0 ? { problems } : {}) } });
}

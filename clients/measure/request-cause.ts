/** Why a request failed: one closed list, used for metric labels, report rows and documentation. */
import { type Cause, causeList, causes, isRefusal } from "./cause.ts";

const ownCauses = {
  status: "the answer had another status than the scenario expects",
  timeout: "no whole answer came within the deadline",
  truncated: "the connection ended within the answer",
  malformed: "the answer's bytes break HTTP",
  "wrong-body": "the answer's body is not what the scenario expects (checked on a sample)",
  "unchecked-body": "the answer's body was to be checked and is larger than the 16 MiB that are kept for it",
  "stream-cut": "the stream ended before its end mark came",
  "error-event": "the stream carried an event that says that it failed",
  "first-event-timeout": "no event came within the deadline",
  "gap-timeout": "no further event came within the deadline",
  "bad-encoding": "the stream's content encoding could not be decoded",
  "connection-closed": "the target ended the connection before it answered",
  "generator-died": "our own shard process or agent ended before the answer came",
} as const;

/** A request whose connection did not open has the connection's cause. */
export type RequestCause = keyof typeof ownCauses | Cause;

export const requestCauseList: readonly RequestCause[] = [
  ...causeList.filter(isRefusal),
  ...(Object.keys(ownCauses) as RequestCause[]),
];

/** The index of each cause in {@link requestCauseList}, for typed-array columns. */
export const requestCauseIndex = Object.fromEntries(requestCauseList.map((cause, index) => [cause, index])) as Record<
  RequestCause,
  number
>;

export function requestCauseSentence(cause: RequestCause): string {
  return cause in ownCauses ? ownCauses[cause as keyof typeof ownCauses] : causes[cause as Cause].sentence;
}

/** "none" is a request that failed without a complete response. */
export const statusClassList = ["none", "1xx", "2xx", "3xx", "4xx", "5xx", "other"] as const;
export const noAnswer = 0;

/** The index of a status (100 to 999) in {@link statusClassList}. */
export function statusClassIndex(status: number): number {
  return status < 600 ? Math.floor(status / 100) : 6;
}

/** Why a request failed: one closed list, used for metric labels, report rows and documentation. */
import { type Cause, causeList, causes, isRefusal } from "./cause.ts";

const ownCauses = {
  status: "the answer had a status that the scenario does not expect",
  timeout: "no complete answer arrived within the timeout",
  truncated: "the connection was closed within the answer",
  malformed: "the answer was not valid HTTP",
  "wrong-body": "the answer's body was not what the scenario expects (checked on a sample)",
  "unchecked-body": "the answer's body was selected for checking but is larger than 16 MiB, the most that is kept",
  "stream-cut": "the stream ended before its end mark arrived",
  "error-event": "the stream carried an event that reports a failure",
  "first-event-timeout": "no event arrived within the timeout",
  "gap-timeout": "no further event arrived within the timeout",
  "bad-encoding": "the stream's content encoding could not be decoded",
  "connection-closed": "the target closed the connection before it answered",
  "generator-died": "a shard process or agent of the generator died before the answer arrived",
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

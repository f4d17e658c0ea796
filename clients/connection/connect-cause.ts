/**
 * Which cause a failed socket, bind or connect call has, by the name of its error: the numbers differ between systems.
 */
import { getSystemErrorName } from "node:util";
import type { Cause } from "../measure/cause.ts";

const causesByErrorName: Record<string, Cause> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "refused",
  EPIPE: "refused",
  ETIMEDOUT: "connect-timeout",
  EADDRNOTAVAIL: "no-local-port",
  EADDRINUSE: "no-local-port",
  EMFILE: "no-descriptor",
  ENFILE: "no-descriptor",
  ENOBUFS: "no-descriptor",
  ENOMEM: "no-descriptor",
  // The user's epoll watches are used up (epoll_ctl(2)).
  ENOSPC: "no-descriptor",
};

/** The cause of a failed connect; what is not known counts as unreachable, its name kept as the code. */
export function connectCause(errorName: string): Cause {
  return causesByErrorName[errorName] ?? "unreachable";
}

/** The name of a positive errno of this system: "ECONNRESET". */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** Maps a failed socket, bind or connect call to a cause, by error name: errno numbers differ between systems. */
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
  // The user's limit of epoll watches is reached (epoll_ctl(2)).
  ENOSPC: "no-descriptor",
};

/** The cause of a failed connect; unknown errors count as unreachable, with the error name kept as the code. */
export function connectCause(errorName: string): Cause {
  return causesByErrorName[errorName] ?? "unreachable";
}

/** The name of a positive errno on this system: "ECONNRESET". */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

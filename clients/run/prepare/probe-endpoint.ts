/** Tests with a single connection whether anything listens at an endpoint. */
import { connect } from "node:net";
import { ConnectionError } from "../../connection/connection-error.ts";
import type { Endpoint } from "../../connection/engine.ts";
import { dialledPlace } from "../../connection/proxy.ts";

const probeTimeoutMs = 5000;

/** Resolves when a TCP connection is established. Throws a ConnectionError `target-unreachable`. */
export function probeEndpoint(endpoint: Endpoint): Promise<void> {
  const place = dialledPlace(endpoint);
  const { host, port } = endpoint.proxy ?? endpoint;
  const shown = endpoint.socketPath ?? `${endpoint.proxy === undefined ? "" : "the proxy "}${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = "socketPath" in place ? connect({ path: place.socketPath }) : connect({ host: place.address, port });
    const fail = (why: string): void => {
      socket.destroy();
      reject(
        new ConnectionError(
          "target-unreachable",
          `expected ${shown} to accept a connection, but ${why}; is the target running, and is the address right?`,
        ),
      );
    };
    socket.setTimeout(probeTimeoutMs, () => fail(`it did not answer within ${probeTimeoutMs / 1000} s`));
    socket.once("error", (error: NodeJS.ErrnoException) => fail(`it answered ${error.code ?? error.message}`));
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

import type { AddressInfo, Server as NetServer } from "node:net";
import { buildApp } from "./app.ts";
import { listenBacklog } from "./health.ts";
import { Metrics } from "./metrics.ts";
import { closeGraceMs } from "./push/push-connection.ts";
import { PushHub } from "./push/push-hub.ts";
import { createRawServer } from "./push/raw-tcp.ts";
import type { TlsFiles } from "./tls-files.ts";
import { Users } from "./users.ts";

/**
 * Where to listen (port 0: chosen by the system), the Redis URL, empty for none, and the TLS files for both ports, null
 * for none.
 */
export type ServerOptions = { host: string; port: number; tcpPort: number; redisUrl: string; tls?: TlsFiles | null };

/** A listening target. */
export type Server = { httpAddress: string; rawAddress: string; hub: PushHub; close: () => Promise<void> };

/** Listens on both ports. Rejects with a sentence when one is not available. */
export async function serve({ host, port, tcpPort, redisUrl, tls = null }: ServerOptions): Promise<Server> {
  const metrics = new Metrics();
  const users = new Users(redisUrl);
  const hub = new PushHub(metrics);
  const app = buildApp({ hub, metrics, users }, tls);
  const raw = createRawServer(hub, tls);
  await app
    .listen({ host, port, backlog: listenBacklog })
    .catch((error: unknown) => refuse("--port", host, port, error));
  await listen(raw, host, tcpPort).catch((error: unknown) => refuse("--tcp-port", host, tcpPort, error));
  const close = async () => {
    raw.close();
    app.server.close();
    await hub.close(closeGraceMs);
    await app.close();
    users.close();
  };
  return { httpAddress: addressOf(app.server), rawAddress: addressOf(raw), hub, close };
}

function listen(server: NetServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: listenBacklog }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function refuse(flag: string, host: string, port: number, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new Error(
    `cannot listen on ${host}:${port} (${flag}): ${reason}; choose another address or stop the process that uses it`,
  );
}

function addressOf(server: { address(): AddressInfo | string | null }): string {
  const address = server.address();
  return typeof address === "object" && address !== null ? `${address.address}:${address.port}` : String(address);
}

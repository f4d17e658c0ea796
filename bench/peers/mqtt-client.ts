/**
 * The usual way: npm's `mqtt`, one object per client, from the folder given by the row; each subscribes to its own
 * topic.
 */
import { createRequire } from "node:module";
import { measure, port } from "./measured.ts";

interface Client {
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "connect", listener: () => void): void;
  subscribe(topic: string, done: (error: Error | null) => void): void;
}

interface Package {
  connect(url: string, options: { protocolVersion: number; clientId: string; reconnectPeriod: number }): Client;
}

const { connect } = createRequire(`${process.env.BENCH_PACKAGES}/`)("mqtt") as Package;

await measure(
  (index) =>
    new Promise((resolve, reject) => {
      const options = { protocolVersion: 5, clientId: `bench-${process.pid}-${index}`, reconnectPeriod: 0 };
      const client = connect(`mqtt://127.0.0.1:${port}`, options);
      client.on("error", reject);
      client.on("connect", () =>
        client.subscribe(`dev/${index}`, (error) => (error === null ? resolve() : reject(error))),
      );
    }),
);

/** For tests: ports for third-party servers, and whether one is listening yet. */
import { connect } from "node:net";
import { findPort } from "../../target/port.ts";

/** Ports that were free just now, outside the kernel's ephemeral range. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => findPort()));
  await Promise.all(held.map(({ release }) => release()));
  return held.map(({ port }) => port);
}

/** Whether a port of this machine accepts a connection. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

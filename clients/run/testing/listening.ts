/** For tests: ports for servers of somebody else's, and whether one listens yet. */
import { connect } from "node:net";
import { findPort } from "../../target/port.ts";

/** Ports that were free a moment ago, outside the kernel's range for outgoing connections. */
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

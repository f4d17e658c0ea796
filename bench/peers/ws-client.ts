/** The usual way: one `ws` object a socket, compression off. */
import WebSocket from "ws";
import { measure, path, port, sample } from "./measured.ts";

await measure(
  () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
        perMessageDeflate: false,
        skipUTF8Validation: true,
      });
      socket.on("open", resolve);
      socket.on("error", reject);
      socket.on("message", (message: Buffer) => sample(message, 0));
    }),
);

/** The usual way: one `ws` object per socket, without compression unless requested. */
import WebSocket from "ws";
import { measure, path, port, sample, secureContext } from "./measured.ts";

const scheme = secureContext === null ? "ws" : "wss";
const secure = secureContext === null ? {} : { secureContext };

await measure(
  () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, {
        ...secure,
        perMessageDeflate: process.env.BENCH_COMPRESSION !== undefined,
        skipUTF8Validation: true,
      });
      socket.on("open", resolve);
      socket.on("error", reject);
      socket.on("message", (message: Buffer) => sample(message, 0));
    }),
);

/**
 * The leanest client with Node alone: `node:net` with one shared read buffer, or `node:tls`, which has no such option,
 * and its own frame parser.
 */
import { connect } from "node:net";
import { connect as secure } from "node:tls";
import { measure, path, port, sample, secureContext } from "./measured.ts";

const shared = Buffer.alloc(65_536);
const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;

/** Unmasked frames below 126 bytes, as sent by the reference pusher. */
function takeFrames(bytes: Buffer, start: number, end: number): void {
  for (let at = start; at + 2 <= end; at += 2 + bytes[at + 1]!) sample(bytes, at + 2);
}

await measure(
  () =>
    new Promise((resolve, reject) => {
      let isOpen = false;
      const callback = (length: number, bytes: Uint8Array): boolean => {
        const buffer = bytes as Buffer;
        if (isOpen) takeFrames(buffer, 0, length);
        else {
          const end = buffer.indexOf("\r\n\r\n");
          if (end < 0) return true;
          isOpen = true;
          resolve();
          if (length > end + 4) takeFrames(buffer, end + 4, length);
        }
        return true;
      };
      const to = { host: "127.0.0.1", port };
      const socket =
        secureContext === null
          ? connect({ ...to, noDelay: true, onread: { buffer: shared, callback } })
          : secure({ ...to, secureContext }).on("data", (bytes) => callback(bytes.length, bytes));
      socket.write(request);
      socket.on("error", reject);
    }),
);

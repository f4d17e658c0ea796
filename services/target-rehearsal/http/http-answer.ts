import { STATUS_CODES } from "node:http";

/** An answer before it is bytes. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: "application/json" | "text/plain";
  readonly body: string;
}

/** How the answer is put on the wire, beyond the ordinary. */
export interface Delivery {
  readonly keepsAlive: boolean;
  /** Chunked instead of a length, with chunks of this many bytes; 0 for a length. */
  readonly chunkBytes: number;
  /** Ends the body after this many bytes, though the length promised more; null for the whole. */
  readonly truncateAt: number | null;
  readonly isMalformed: boolean;
}

/** The ordinary delivery. */
export const wholeDelivery: Delivery = { keepsAlive: true, chunkBytes: 0, truncateAt: null, isMalformed: false };

function chunked(body: Buffer, chunkBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(parts);
}

/** The answer as bytes. */
export function encodeAnswer(answer: HttpAnswer, delivery: Delivery): Buffer {
  const body = Buffer.from(answer.body);
  if (delivery.isMalformed) return Buffer.concat([Buffer.from("HTTP/1.1 2OO  \nnot a header\n\r\n"), body]);
  const length = delivery.chunkBytes > 0 ? "transfer-encoding: chunked" : `content-length: ${body.length}`;
  const connection = delivery.keepsAlive ? "" : "connection: close\r\n";
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? "Unknown"}\r\ncontent-type: ${answer.type}\r\n${connection}${length}\r\n\r\n`;
  const framed = delivery.chunkBytes > 0 ? chunked(body, delivery.chunkBytes) : body;
  return Buffer.concat([
    Buffer.from(head, "latin1"),
    delivery.truncateAt === null ? framed : framed.subarray(0, delivery.truncateAt),
  ]);
}

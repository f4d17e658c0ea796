import { STATUS_CODES } from "node:http";

/** A response before encoding. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: "application/json" | "text/plain";
  readonly body: string;
}

/** Deviations from ordinary encoding. */
export interface Delivery {
  readonly keepsAlive: boolean;
  /** Chunk size in bytes; 0 sends a content length instead. */
  readonly chunkBytes: number;
  /** Ends the body after this many bytes, although the length promised more; null for the whole body. */
  readonly truncateAt: number | null;
  readonly isMalformed: boolean;
  /** Additional header lines, each with its line break. */
  readonly headers: string;
}

/** Ordinary encoding. */
export const wholeDelivery: Delivery = {
  keepsAlive: true,
  chunkBytes: 0,
  truncateAt: null,
  isMalformed: false,
  headers: "",
};

function chunked(body: Buffer, chunkBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(parts);
}

/** Encodes a response. */
export function encodeAnswer(answer: HttpAnswer, delivery: Delivery): Buffer {
  const body = Buffer.from(answer.body);
  if (delivery.isMalformed) return Buffer.concat([Buffer.from("HTTP/1.1 2OO  \nnot a header\n\r\n"), body]);
  const length = delivery.chunkBytes > 0 ? "transfer-encoding: chunked" : `content-length: ${body.length}`;
  const connection = delivery.keepsAlive ? "" : "connection: close\r\n";
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? "Unknown"}\r\ncontent-type: ${answer.type}\r\n${connection}${delivery.headers}${length}\r\n\r\n`;
  const framed = delivery.chunkBytes > 0 ? chunked(body, delivery.chunkBytes) : body;
  return Buffer.concat([
    Buffer.from(head, "latin1"),
    delivery.truncateAt === null ? framed : framed.subarray(0, delivery.truncateAt),
  ]);
}

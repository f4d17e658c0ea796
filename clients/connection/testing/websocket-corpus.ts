/** For tests: valid and invalid streams after a server's 101, and what must be reported for each. */
import { createHash } from "node:crypto";

/** A server's frame: unmasked. `lengthBytes` forces one of the longer length encodings. */
export function serverFrame(
  code: number,
  payload: Uint8Array | string = "",
  options: { fin?: boolean; reserved?: number; lengthBytes?: 0 | 2 | 8 } = {},
): Buffer {
  const body = Buffer.from(payload as string);
  const extended = options.lengthBytes ?? (body.length < 126 ? 0 : body.length < 65536 ? 2 : 8);
  const head = Buffer.alloc(2 + extended);
  head[0] = (options.fin === false ? 0 : 0x80) | (options.reserved ?? 0) | code;
  head[1] = extended === 0 ? body.length : extended === 2 ? 126 : 127;
  if (extended === 2) head.writeUInt16BE(body.length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

/** The 101 response to a request, with an independently computed accept value (RFC 6455, section 4.2.2). */
export function upgradeAnswer(request: Uint8Array | string, extra = ""): Buffer {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(Buffer.from(request as string).toString("latin1"))?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return Buffer.from(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extra}\r\n`,
  );
}

/** Messages larger than this are rejected in the corpus, bytes. */
export const corpusMaxMessageBytes = 70_000;

export interface Stream {
  name: string;
  bytes: Buffer;
  told: string[];
  /** Too long to be split at every byte. */
  isLong?: boolean;
}

const hex = (payload: Uint8Array | string): string => Buffer.from(payload as string).toString("hex");
const message = (payload: Uint8Array | string): string => `message ${hex(payload)}`;
const wrote = (code: number, payload: Uint8Array | string): string =>
  `write ${(0x80 | code).toString(16)} ${hex(payload)}`;
const status = (code: number, reason = ""): Buffer =>
  Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason)]);
const closedWith = (code: number): string[] => [wrote(8, code === 0 ? "" : status(code)), `closed ${code}`];
const broke = (rule: string, code = 1002): string[] => [wrote(8, status(code)), `violation ${rule}`];
const binary = (bytes: number): Buffer => Buffer.alloc(bytes, 0xa5);
const f = serverFrame;
const all = (...frames: Buffer[]): Buffer => Buffer.concat(frames);

const legal: Stream[] = [
  { name: "binary message", bytes: f(2, "abc"), told: [message("abc")] },
  { name: "empty messages", bytes: all(f(2), f(1)), told: [message(""), message("")] },
  { name: "text message, not only ASCII", bytes: f(1, "héllo ✓ 😀"), told: [message("héllo ✓ 😀")] },
  ...[125, 126, 127, 300].map((n) => ({
    name: `${n} bytes`,
    bytes: all(f(2, binary(n)), f(2, "z")),
    told: [message(binary(n)), message("z")],
  })),
  ...[65535, 65536, 70_000].map((n) => ({
    name: `${n} bytes`,
    bytes: all(f(2, binary(n)), f(2, "z")),
    told: [message(binary(n)), message("z")],
    isLong: true,
  })),
  {
    name: "lengths in longer forms than needed",
    bytes: all(f(2, "a", { lengthBytes: 2 }), f(2, "b", { lengthBytes: 8 })),
    told: [message("a"), message("b")],
  },
  {
    name: "three fragments",
    bytes: all(f(2, "a", { fin: false }), f(0, "b", { fin: false }), f(0, "c")),
    told: [message("abc")],
  },
  {
    name: "a character cut by fragments",
    bytes: all(f(1, Buffer.of(0xe2, 0x9c), { fin: false }), f(0, Buffer.of(0x93))),
    told: [message("✓")],
  },
  {
    name: "empty fragments",
    bytes: all(f(1, "", { fin: false }), f(0, "", { fin: false }), f(0)),
    told: [message("")],
  },
  {
    name: "control frames between fragments",
    bytes: all(
      f(2, "a", { fin: false }),
      f(9, "p1"),
      f(0, "b", { fin: false }),
      f(10, "?"),
      f(9),
      f(0, "c"),
      f(2, "next"),
    ),
    told: [wrote(10, "p1"), wrote(10, ""), message("abc"), message("next")],
  },
  { name: "longest ping", bytes: f(9, binary(125)), told: [wrote(10, binary(125))] },
  { name: "pong of ours", bytes: f(10, doubleBytes(1234.5)), told: ["pong 1234.5"] },
  { name: "pong of nobody", bytes: all(f(10, "unasked"), f(2, "a")), told: [message("a")] },
  { name: "close without code", bytes: all(f(8), f(2, "after")), told: closedWith(0) },
  {
    name: "close with reason",
    bytes: all(f(2, "a"), f(8, status(1001, "bye ✓"))),
    told: [message("a"), ...closedWith(1001)],
  },
  ...[1000, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4999].map((code) => ({
    name: `close ${code}`,
    bytes: f(8, status(code)),
    told: closedWith(code),
  })),
];

const illegal: Stream[] = [
  ...[0x10, 0x20, 0x40].map((reserved) => ({
    name: `reserved bit ${reserved}`,
    bytes: f(2, "a", { reserved }),
    told: broke("reserved-bits"),
  })),
  ...[3, 7, 11, 15].map((code) => ({ name: `opcode ${code}`, bytes: f(code, "a"), told: broke("bad-opcode") })),
  { name: "masked", bytes: Buffer.from("8281000000006120", "hex"), told: broke("masked-by-server") },
  { name: "fragmented ping", bytes: f(9, "a", { fin: false }), told: broke("fragmented-control") },
  { name: "ping of 126", bytes: f(9, binary(126)), told: broke("control-too-long") },
  {
    name: "ping with a long form of a short length",
    bytes: f(9, "a", { lengthBytes: 2 }),
    told: broke("control-too-long"),
  },
  {
    name: "continuation of nothing",
    bytes: all(f(2, "a"), f(0, "b")),
    told: [message("a"), ...broke("continuation-without-start")],
  },
  {
    name: "message inside fragments",
    bytes: all(f(2, "a", { fin: false }), f(2, "b")),
    told: broke("start-inside-fragments"),
  },
  {
    name: "start inside fragments",
    bytes: all(f(1, "", { fin: false }), f(1, "b", { fin: false })),
    told: broke("start-inside-fragments"),
  },
  { name: "text that is not UTF-8", bytes: f(1, Buffer.of(0x61, 0xff)), told: broke("text-not-utf8", 1007) },
  {
    name: "fragmented text that is not UTF-8",
    bytes: all(f(1, Buffer.of(0xe2), { fin: false }), f(0, "a")),
    told: broke("text-not-utf8", 1007),
  },
  { name: "close payload of one byte", bytes: f(8, "a"), told: broke("close-payload") },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map((code) => ({
    name: `close ${code}`,
    bytes: f(8, status(code)),
    told: broke("close-code"),
  })),
  {
    name: "close reason not UTF-8",
    bytes: f(8, all(status(1000), Buffer.of(0xc0))),
    told: broke("close-reason-not-utf8", 1007),
  },
  { name: "one byte too large", bytes: f(2, binary(70_001)).subarray(0, 400), told: broke("message-too-large", 1009) },
  {
    name: "a length of 2^63",
    bytes: Buffer.from("827f8000000000000000", "hex"),
    told: broke("message-too-large", 1009),
  },
  {
    name: "a length of 2^53 + 1",
    bytes: Buffer.from("827f0020000000000001", "hex"),
    told: broke("message-too-large", 1009),
  },
  {
    name: "fragments that are too large together",
    bytes: all(f(2, binary(35_000), { fin: false }), f(0, binary(35_000), { fin: false }), f(0, "z")),
    told: broke("message-too-large", 1009),
    isLong: true,
  },
];

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

export const corpus: readonly Stream[] = [...legal, ...illegal];

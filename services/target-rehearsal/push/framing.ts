import { type MqttProtocol, pushTopic, variableInteger } from "../mqtt-packets.ts";
import { writeNs, writtenOffset } from "./message.ts";

/** The protocols that carry pushes. */
export const protocols = ["websocket", "sse", "tcp", "mqtt", "mqtt-3.1.1"] as const;
export type Protocol = (typeof protocols)[number];

/** An encoded push in a buffer that can be restamped for the next connection. */
export interface Frame {
  bytes: Buffer;
  /** Offset of the `written` field in `bytes`; -1 when it is not stamped. */
  readonly stampAt: number;
  readonly encoding: "raw" | "base64url";
  /** The message's byte 15, which shares base64 characters with the stamp. */
  readonly byteBeforeStamp: number;
}

const scratch = Buffer.alloc(9);

/** Writes the `written` stamp into a frame. */
export function stamp(frame: Frame, writtenNs: number | bigint): void {
  if (frame.stampAt < 0) return;
  if (frame.encoding === "raw") return writeNs(frame.bytes, writtenNs, frame.stampAt);
  scratch[0] = frame.byteBeforeStamp;
  writeNs(scratch, writtenNs, 1);
  frame.bytes.write(scratch.toString("base64url"), frame.stampAt, "latin1");
}

const ssePrefix = "data: ";

/**
 * A server's (unmasked) WebSocket frame header for a payload of `length` bytes. `first` is FIN, reserved bits and
 * opcode.
 */
export function webSocketHeader(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, length]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
  if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeUIntBE(length, 4, 6);
  }
  return header;
}

/**
 * Frames a push message for its protocol: a binary frame, an event in a chunked response, a length prefix, or a
 * PUBLISH.
 */
export function frameMessage(protocol: Protocol, message: Buffer, stamped: boolean): Frame {
  const byteBeforeStamp = message[writtenOffset - 1]!;
  if (protocol === "sse") {
    const event = `${ssePrefix}${message.toString("base64url")}\n\n`;
    const head = `${event.length.toString(16)}\r\n`;
    // Bytes 15 to 23 of the message are exactly characters 20 to 31 of its base64.
    const stampAt = stamped ? head.length + ssePrefix.length + 20 : -1;
    return { bytes: Buffer.from(`${head}${event}\r\n`, "latin1"), stampAt, encoding: "base64url", byteBeforeStamp };
  }
  let header: Buffer;
  if (protocol === "tcp") {
    header = Buffer.alloc(4);
    header.writeUInt32BE(message.length);
  } else if (protocol === "mqtt" || protocol === "mqtt-3.1.1") header = publishHeader(protocol, message.length);
  else header = webSocketHeader(0x82, message.length);
  const stampAt = stamped ? header.length + writtenOffset : -1;
  return { bytes: Buffer.concat([header, message]), stampAt, encoding: "raw", byteBeforeStamp };
}

/** The part of a QoS 0 PUBLISH before its payload. */
function publishHeader(protocol: MqttProtocol, payloadBytes: number): Buffer {
  const topic = Buffer.from(
    `\0${String.fromCharCode(pushTopic.length)}${pushTopic}${protocol === "mqtt" ? "\0" : ""}`,
    "latin1",
  );
  return Buffer.concat([Buffer.from([0x30]), variableInteger(topic.length + payloadBytes), topic]);
}

/** A copy of a frame that can be stamped independently. */
export function copyFrame(frame: Frame): Frame {
  return { ...frame, bytes: Buffer.from(frame.bytes) };
}

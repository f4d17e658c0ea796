/** For tests: drives a codec like an engine, feeding it chunks and recording its callbacks. */
import { Leftovers } from "../codec/leftovers.ts";
import type { Protocol, Wire } from "../codec/protocol.ts";

export class RecordingWire implements Wire {
  /** One line per callback: "message 48656c6c6f". */
  readonly told: string[] = [];
  isOpen = false;
  isOver = false;

  opened(): void {
    this.isOpen = true;
    this.told.push("opened");
  }

  refused(_slot: number, cause: string, code: number | string): void {
    this.isOver = true;
    this.told.push(`refused ${cause} ${code}`);
  }

  message(...[, bytes, start, end]: Parameters<Wire["message"]>): void {
    this.told.push(`message ${bytes.toString("hex", start, end)}`);
  }

  pong(_slot: number, sentNs: number): void {
    this.told.push(`pong ${sentNs}`);
  }

  peerClosed(_slot: number, code: number): void {
    this.isOver = true;
    this.told.push(`closed ${code}`);
  }

  violation(_slot: number, rule: string): void {
    this.isOver = true;
    this.told.push(`violation ${rule}`);
  }

  acknowledged(_slot: number, sentNs: number, isRefused: boolean): void {
    if (!isRefused) this.told.push(`acknowledged ${sentNs > 0}`);
  }

  wake(): boolean {
    return this.isOpen && !this.isOver;
  }

  abandon(_slot: number, cause: string, detail: string): void {
    this.isOver = true;
    this.told.push(`abandoned ${cause} ${detail}`);
  }

  /** Client frames carry a random mask, so only the first byte and the payload are recorded. */
  write(_slot: number, bytes: Uint8Array): void {
    const mask = bytes.subarray(2, 6);
    const payload = Buffer.from(bytes.subarray(6).map((byte, i) => byte ^ mask[i & 3]!));
    this.told.push(`write ${bytes[0]!.toString(16)} ${payload.toString("hex")}`);
  }
}

/** For codecs that write unmasked bytes. */
export class PlainWire extends RecordingWire {
  override write(_slot: number, bytes: Uint8Array): void {
    this.told.push(`write ${Buffer.from(bytes).toString("hex")}`);
  }
}

/**
 * The callbacks of a codec for bytes that arrive in these chunks, each copied into the same buffer as an engine does.
 */
export function tell(
  makeProtocol: (wire: Wire) => Protocol,
  makePieces: (protocol: Protocol) => Buffer[],
  wire = new RecordingWire(),
): string[] {
  const protocol = makeProtocol(wire);
  const leftovers = new Leftovers();
  const buffer = Buffer.alloc(131_072, 0x0a);
  protocol.reset(0);
  for (const piece of makePieces(protocol)) {
    if (wire.isOver) break;
    if (piece.length > buffer.length) throw new Error("a piece is at most one read");
    piece.copy(buffer);
    const isContinued = leftovers.has(0);
    const whole = isContinued ? leftovers.append(0, buffer, piece.length) : buffer;
    if (whole === null) continue;
    const end = isContinued ? whole.length : piece.length;
    const stopped = protocol.take(0, whole, 0, end, wire.isOpen);
    if (stopped < 0 || stopped > end) throw new Error(`took to ${stopped} of ${end}`);
    if (stopped < end && protocol.needs <= end - stopped)
      throw new Error(`stopped at ${stopped} of ${end} and needs only ${protocol.needs}`);
    if (stopped < end) leftovers.keep(0, whole, stopped, end, protocol.needs);
    else leftovers.delete(0);
  }
  return wire.told;
}

/** Splits bytes at these places (any numbers; they are sorted and clamped). */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => Math.min(place, bytes.length)))].sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).flatMap((edge, i) => (edge > edges[i]! ? [bytes.subarray(edges[i], edge)] : []));
}

/**
 * MQTT acknowledgements are sent once per read: merges all writes of acknowledgements into one at the front, so that
 * the number of reads does not matter.
 */
export function joinAcknowledgements(told: readonly string[]): string[] {
  const ack = /^write ([4567][02]0[23].*)$/;
  const isAck = (line: string): boolean => ack.test(line);
  const bytes = told.flatMap((line) => ack.exec(line)?.[1] ?? []).join("");
  const others = told.filter((line) => !isAck(line));
  return bytes === "" ? others : [`acknowledged ${bytes}`, ...others];
}

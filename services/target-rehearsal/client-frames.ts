/** Receives a client's frames. After a violation no more are read. */
export interface FrameReader {
  ping(payload: Buffer): void;
  pong(): void;
  /** A text or binary message in a single frame. */
  message?(payload: Buffer): void;
  close(code: number | null): void;
  violation(sentence: string): void;
}

/** Longest accepted payload: clients of this service only send short messages, and a longer frame is rejected. */
const longestPayloadBytes = 65_536;

/** Reads the frames a client sends (RFC 6455, section 5). Keeps nothing between whole frames. */
export class ClientFrames {
  #rest: Buffer | null = null;
  #done = false;

  read(chunk: Buffer, reader: FrameReader): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = null;
    while (bytes.length > 0 && !this.#done) {
      const used = this.#frame(bytes, reader);
      if (used === 0) {
        this.#rest = bytes;
        return;
      }
      bytes = bytes.subarray(used);
    }
  }

  /** Reads one frame and returns its length; 0 when it is incomplete. */
  #frame(bytes: Buffer, reader: FrameReader): number {
    if (bytes.length < 2) return 0;
    if ((bytes[1]! & 0x80) === 0)
      return this.#refuse(reader, "expected masked frames from a client, got one without a mask");
    let length = bytes[1]! & 0x7f;
    let at = 2;
    if (length === 126) {
      if (bytes.length < 4) return 0;
      length = bytes.readUInt16BE(2);
      at = 4;
    } else if (length === 127)
      return this.#refuse(reader, `expected frames up to ${longestPayloadBytes} bytes, got a longer one`);
    if (bytes.length < at + 4 + length) return 0;
    const mask = bytes.subarray(at, at + 4);
    const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
    for (let each = 0; each < length; each++) payload[each]! ^= mask[each & 3]!;
    this.#dispatch(bytes[0]! & 0x0f, payload, reader);
    return at + 4 + length;
  }

  #dispatch(opcode: number, payload: Buffer, reader: FrameReader): void {
    if (opcode === 9) reader.ping(payload);
    else if (opcode === 10) reader.pong();
    else if (opcode === 8) {
      this.#done = true;
      reader.close(payload.length >= 2 ? payload.readUInt16BE(0) : null);
    } else if (opcode === 1 || opcode === 2) reader.message?.(payload);
    else if (opcode > 2) this.#refuse(reader, `expected an opcode of RFC 6455, got ${opcode}`);
  }

  #refuse(reader: FrameReader, sentence: string): number {
    this.#done = true;
    reader.violation(sentence);
    return 0;
  }
}

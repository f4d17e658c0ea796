/**
 * Decodes the content codings of streams (RFC 9110, section 8.4.1) incrementally: each chunk is decoded as it arrives.
 */
import { BrotliDecompress, constants, Gunzip, Inflate } from "minizlib";

type Decoder = Gunzip | Inflate | BrotliDecompress;

export const contentCodings: readonly string[] = ["", "identity", "gzip", "x-gzip", "deflate", "br"];

/** A decoder for one of {@link contentCodings}; null for a coding that needs no decoding. */
export function makeDecoder(coding: string): ContentDecoder | null {
  switch (coding) {
    case "":
    case "identity":
      return null;
    case "br":
      return new ContentDecoder(new BrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }));
    case "deflate":
      return new ContentDecoder(new Inflate({ flush: constants.Z_SYNC_FLUSH }));
    default:
      return new ContentDecoder(new Gunzip({ flush: constants.Z_SYNC_FLUSH }));
  }
}

export class ContentDecoder {
  readonly #decoder: Decoder;
  #pieces: Buffer[] = [];
  #isBroken = false;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    decoder.on("data", (piece: Buffer) => this.#pieces.push(piece));
    decoder.on("error", () => {
      this.#isBroken = true;
    });
  }

  /** The decoded chunk; null when it is invalid. */
  decode(bytes: Buffer, start: number, end: number): Buffer | null {
    this.#pieces = [];
    this.#decoder.write(bytes.subarray(start, end));
    return this.#isBroken ? null : Buffer.concat(this.#pieces);
  }

  close(): void {
    this.#decoder.close();
  }
}

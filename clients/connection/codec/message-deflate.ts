/**
 * The client side of permessage-deflate (RFC 7692): what is offered, and what a response agrees to. The server is asked
 * to reset its window for each message, so that one window serves all connections; a server that declines needs one
 * window per connection. Outgoing messages are never compressed, as section 6.1 allows.
 */

/** Two offers, the preferred one first (section 5.1). */
export const deflateOffer =
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover, permessage-deflate; client_no_context_takeover";

export interface DeflateAgreement {
  /** Each message starts with an empty window. */
  isFresh: boolean;
  /** log2 of the server's window, 8 to 15. */
  windowBits: number;
  /** The agreed extension with its parameters in order; responses are counted by it. */
  text: string;
}

/**
 * Parses the agreement in a response header; null when it is not a valid response to {@link deflateOffer} (section
 * 7.1).
 */
export function parseAgreement(header: string): DeflateAgreement | null {
  const [name = "", ...words] = header.split(";").map((word) => word.trim().toLowerCase());
  if (name !== "permessage-deflate") return null;
  const parameters = new Map<string, string>();
  for (const word of words) {
    const [key = "", value = ""] = word.split("=").map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
    if (parameters.has(key)) return null;
    parameters.set(key, value);
  }
  let windowBits = 15;
  for (const [key, value] of parameters) {
    if (key === "server_max_window_bits" && /^([89]|1[0-5])$/.test(value)) windowBits = Number(value);
    else if ((key !== "server_no_context_takeover" && key !== "client_no_context_takeover") || value !== "")
      return null;
  }
  const text = [name, ...words.map((word) => word.replace(/\s*=\s*/, "=")).sort()].join("; ");
  return { isFresh: parameters.has("server_no_context_takeover"), windowBits, text };
}

/** {@link MessageInflater.inflate}: the bytes are not valid DEFLATE data; the message exceeds the size limit. */
export const brokenData = -1;
export const tooMuchData = -2;

/** Decompresses messages and keeps the state each connection needs between them. */
export interface MessageInflater {
  /** The message inflated last. */
  readonly output: Buffer;
  /** A connection opened with this agreement. */
  begin(slot: number, agreement: DeflateAgreement): void;
  /** Whether a slot's connection agreed on compression. */
  has(slot: number): boolean;
  /** Inflates one whole message. Returns its length in {@link output}, {@link brokenData} or {@link tooMuchData}. */
  inflate(slot: number, bytes: Buffer, start: number, end: number): number;
  /** Clears a slot. */
  end(slot: number): void;
}

/**
 * Reads the head of an HTTP/1.x response in place (RFC 9112, sections 4 to 6), without creating strings or objects. The
 * results are fields of the one reader, valid until the next call.
 */
import { mostHeadBytes, tooLong, unfinished } from "./http-head.ts";

/** {@link AnswerHead.read}: these bytes are not a response head. */
export const malformed = -3;

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const comma = 44;
const colon = 58;

const protocolName = Buffer.from("HTTP/1.");
const contentLengthName = Buffer.from("content-length");
const transferEncodingName = Buffer.from("transfer-encoding");
const connectionName = Buffer.from("connection");
const contentTypeName = Buffer.from("content-type");
const contentEncodingName = Buffer.from("content-encoding");
const retryAfterName = Buffer.from("retry-after");
const chunkedToken = Buffer.from("chunked");
const closeToken = Buffer.from("close");
const keepAliveToken = Buffer.from("keep-alive");
/** "HTTP/1.1 200" */
const shortestStatusLine = 12;
/** Most digits of a content length. */
const mostDigits = 15;

export class AnswerHead {
  status = 0;
  /** -1 when none was given. */
  contentLength = -1;
  isChunked = false;
  /** A transfer coding was given, chunked or not, so any content length is ignored. */
  hasTransferEncoding = false;
  /** The server closes the connection after this response. */
  closes = false;
  /** Set when {@link readsContent} is enabled: lower case, without parameters; empty when not given. */
  contentType = "";
  contentEncoding = "";
  /** Seconds or a date as given, cut to 40 characters. */
  retryAfter = "";
  readonly #readsContent: boolean;
  /** The `connection` field contained the token. */
  #saysClose = false;
  #saysKeepAlive = false;

  /** `readsContent`: also read the fields that describe the content, which allocates. */
  constructor(readsContent = false) {
    this.#readsContent = readsContent;
  }

  /** Returns where the body begins, or {@link unfinished}, {@link tooLong}, {@link malformed}. */
  read(bytes: Buffer, start: number, end: number): number {
    const limit = Math.min(end, start + mostHeadBytes);
    let at = this.#readStatus(bytes, start, limit);
    if (at < 0) return at;
    this.contentLength = -1;
    this.isChunked = false;
    this.hasTransferEncoding = false;
    this.#saysClose = false;
    this.#saysKeepAlive = false;
    if (this.#readsContent) this.contentType = this.contentEncoding = this.retryAfter = "";
    for (;;) {
      const next = at < limit ? this.#readLine(bytes, at, limit) : unfinished;
      if (next === unfinished) return limit < end || limit === start + mostHeadBytes ? tooLong : unfinished;
      if (next < 0) return next;
      const isEmpty = bytes[at] === lineFeed || (bytes[at] === carriageReturn && next === at + 2);
      at = next;
      if (isEmpty) break;
    }
    this.closes = this.#saysClose || (bytes[start + 7] === 48 && !this.#saysKeepAlive);
    return at;
  }

  /** Checks the status line as far as it has arrived; returns where its reason phrase begins. */
  #readStatus(bytes: Buffer, start: number, limit: number): number {
    const known = Math.min(limit - start, protocolName.length);
    for (let i = 0; i < known; i++) if (bytes[start + i] !== protocolName[i]) return malformed;
    if (limit - start <= shortestStatusLine) return unfinished;
    const version = bytes[start + 7]!;
    const hundreds = bytes[start + 9]! - 48;
    const tens = bytes[start + 10]! - 48;
    const ones = bytes[start + 11]! - 48;
    const after = bytes[start + 12]!;
    if ((version !== 48 && version !== 49) || bytes[start + 8] !== space) return malformed;
    if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return malformed;
    if (after !== space && after !== carriageReturn && after !== lineFeed) return malformed;
    this.status = hundreds * 100 + tens * 10 + ones;
    let at = start + shortestStatusLine;
    while (at < limit && bytes[at] !== lineFeed) at++;
    return at < limit ? at + 1 : unfinished;
  }

  /** Reads one field line, or the empty line after the last. Returns where the next line begins. */
  #readLine(bytes: Buffer, start: number, limit: number): number {
    const first = bytes[start]!;
    if (first === lineFeed) return start + 1;
    if (first === carriageReturn) {
      if (start + 1 >= limit) return unfinished;
      return bytes[start + 1] === lineFeed ? start + 2 : malformed;
    }
    let at = start;
    // A line that starts with whitespace continues the previous value (obsolete folding, section 5.2); it is skipped.
    const isFolded = first === space || first === tab;
    while (!isFolded && at < limit && bytes[at] !== colon) if (bytes[at++]! <= space) return malformed;
    const nameEnd = at;
    while (at < limit && bytes[at] !== lineFeed) at++;
    if (at >= limit) return unfinished;
    const length = nameEnd - start;
    if (
      length === 14 ||
      length === 10 ||
      length === 17 ||
      (this.#readsContent && (length === 12 || length === 16 || length === 11))
    ) {
      const valueEnd = bytes[at - 1] === carriageReturn ? at - 1 : at;
      if (!this.#readField(bytes, start, nameEnd, valueEnd)) return malformed;
    } else if (length === 0 && !isFolded) return malformed;
    return at + 1;
  }

  /** Reads a field if it is a known one; false when its value is invalid. */
  #readField(bytes: Buffer, start: number, nameEnd: number, valueEnd: number): boolean {
    if (isWord(bytes, start, nameEnd, contentLengthName)) return this.#readLength(bytes, nameEnd + 1, valueEnd);
    if (isWord(bytes, start, nameEnd, connectionName)) {
      if (hasToken(bytes, nameEnd + 1, valueEnd, closeToken)) this.#saysClose = true;
      if (hasToken(bytes, nameEnd + 1, valueEnd, keepAliveToken)) this.#saysKeepAlive = true;
    } else if (isWord(bytes, start, nameEnd, transferEncodingName)) {
      this.hasTransferEncoding = true;
      this.isChunked = endsWithToken(bytes, nameEnd + 1, valueEnd, chunkedToken);
    } else if (this.#readsContent) {
      if (isWord(bytes, start, nameEnd, contentTypeName)) this.contentType = wordAt(bytes, nameEnd + 1, valueEnd);
      else if (isWord(bytes, start, nameEnd, contentEncodingName))
        this.contentEncoding = wordAt(bytes, nameEnd + 1, valueEnd);
      else if (isWord(bytes, start, nameEnd, retryAfterName))
        this.retryAfter = bytes
          .toString("latin1", nameEnd + 1, valueEnd)
          .trim()
          .slice(0, 40);
    }
    return true;
  }

  /** A repeated length must have the same value (section 6.3). */
  #readLength(bytes: Buffer, from: number, to: number): boolean {
    let at = from;
    let end = to;
    while (at < end && isBlank(bytes[at]!)) at++;
    while (end > at && isBlank(bytes[end - 1]!)) end--;
    if (at === end || end - at > mostDigits) return false;
    let length = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return false;
      length = length * 10 + digit;
    }
    if (this.contentLength >= 0 && this.contentLength !== length) return false;
    this.contentLength = length;
    return true;
  }
}

const isBlank = (byte: number): boolean => byte === space || byte === tab;

/** Case-insensitive comparison. "-" already has the bit set that distinguishes upper from lower case. */
function isWord(bytes: Buffer, start: number, end: number, word: Buffer): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((bytes[start + i]! | 32) !== word[i]) return false;
  return true;
}

/** A value without its parameters, in lower case. */
const wordAt = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString("latin1", start, end).split(";")[0]!.trim().toLowerCase();

/** Whether a comma-separated value contains this token. */
function hasToken(bytes: Buffer, start: number, end: number, token: Buffer): boolean {
  for (let at = start; at < end; ) {
    let stop = at;
    while (stop < end && bytes[stop] !== comma) stop++;
    if (isTrimmedWord(bytes, at, stop, token)) return true;
    at = stop + 1;
  }
  return false;
}

function endsWithToken(bytes: Buffer, start: number, end: number, token: Buffer): boolean {
  let from = end;
  while (from > start && bytes[from - 1] !== comma) from--;
  return isTrimmedWord(bytes, from, end, token);
}

function isTrimmedWord(bytes: Buffer, start: number, end: number, word: Buffer): boolean {
  let [from, to] = [start, end];
  while (from < to && isBlank(bytes[from]!)) from++;
  while (to > from && isBlank(bytes[to - 1]!)) to--;
  return isWord(bytes, from, to, word);
}

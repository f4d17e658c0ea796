/** The start of a message in readable form: text as it is, anything else as hexadecimal digits. */
import { isUtf8 } from "node:buffer";

const longestText = 80;
const longestBytes = 32;

/** Returns one printable line. `isText`: it was sent as text; otherwise valid UTF-8 is taken for text. */
export function excerptOf(bytes: Buffer, start: number, end: number, isText: boolean): string {
  const whole = bytes.subarray(start, end);
  const isReadable =
    isText ||
    (isUtf8(whole) &&
      !whole.subarray(0, longestText).some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d));
  if (!isReadable)
    return `${whole.length} bytes ${whole.toString("hex", 0, longestBytes)}${whole.length > longestBytes ? "..." : ""}`;
  // At most four bytes per character: decodes enough for the excerpt, not megabytes.
  const text = Array.from(whole.toString("utf8", 0, longestText * 4).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "));
  return text.length > longestText ? `${text.slice(0, longestText).join("")}...` : text.join("");
}

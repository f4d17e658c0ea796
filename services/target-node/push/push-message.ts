const clockMonotonic = 1;
const magicVersionClock = 0x48460100 | clockMonotonic;
const two32 = 0x1_0000_0000;

/** Writes the 32-byte head of a push, unstamped, leaving the padding after it unchanged. `dueNs` is CLOCK_MONOTONIC. */
export function putHead(message: Buffer, tick: number, dueNs: number, group: number): void {
  const tick32 = tick % two32;
  const dueHigh = Math.floor(dueNs / two32);
  const dueLow = dueNs % two32;
  message.writeUInt32BE(magicVersionClock, 0);
  message.writeUInt32BE(tick32, 4);
  message.writeUInt32BE(dueHigh, 8);
  message.writeUInt32BE(dueLow, 12);
  putWritten(message, 0);
  message.writeUInt32BE(group, 24);
  message.writeUInt32BE((tick32 ^ dueHigh ^ dueLow ^ group ^ magicVersionClock) >>> 0, 28);
}

/** Stamps the time of the write, CLOCK_MONOTONIC nanoseconds; it is not covered by the check. */
export function putWritten(message: Buffer, writtenNs: number): void {
  message.writeUInt32BE(Math.floor(writtenNs / two32), 16);
  message.writeUInt32BE(writtenNs % two32, 20);
}

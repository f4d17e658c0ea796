/** For tests: memory allocated from the C library and not yet freed, including OpenSSL's objects. */
import koffi from "koffi";

/** Fields of glibc's struct mallinfo2, in order. */
const sizes = [
  "arena",
  "ordblks",
  "smblks",
  "hblks",
  "hblkhd",
  "usmblks",
  "fsmblks",
  "uordblks",
  "fordblks",
  "keepcost",
];

/** Null where the C library does not report it: not glibc, or older than 2.33. */
export const nativeBytes: (() => number) | null = (() => {
  try {
    koffi.struct("mallinfo2", Object.fromEntries(sizes.map((name) => [name, "size_t"])));
    const mallinfo2 = koffi.load(null).func("mallinfo2 mallinfo2()") as () => { uordblks: number; hblkhd: number };
    return () => {
      const { uordblks, hblkhd } = mallinfo2();
      return Number(uordblks) + Number(hblkhd);
    };
  } catch {
    return null;
  }
})();

/** For tests: what the C library has handed out and not been given back, OpenSSL's objects among it. */
import koffi from "koffi";

/** Sizes of glibc's struct mallinfo2, in their order. */
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

/** Null where the C library keeps no such book: it is not glibc, or older than 2.33. */
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

/**
 * The encoded pieces that log lines are assembled from: paths, user agents, referrers and filler text, with non-ASCII
 * letters and JSON escapes.
 */

/** Pieces of one kind: `count` of them, starting at `first` in the table. */
export interface PieceGroup {
  first: number;
  count: number;
}

const events = ["click", "view", "scroll", "search", "add_to_cart", "purchase", "login", "café_visit"] as const;
/** How many of 256 lines have each event. */
const eventWeights = [90, 80, 30, 24, 14, 6, 8, 4];
const paths = [
  "/",
  "/shop",
  "/shop/item/",
  "/search?q=",
  "/cart",
  "/account/orders/",
  "/пошук",
  "/help/r\\u00fcckgabe",
  "/v2/feed?after=",
  "/static/app.js",
];
const agents = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
  "okhttp/4.12.0",
  "curl/8.5.0",
];
const referrers = [
  "",
  "https://example.com/",
  "https://news.example.org/a/",
  "https://例え.example/読む",
  "https://example.net/?q=a%20b&x=",
];
const tags = ["web", "mobile", "beta", "größe", "新規", "a\\\\b", 'say \\"hi\\"', "eu", "vip"];
const regions = ["eu-west-1", "us-east-2", "ap-south-1", "sa-east-1"];
const words = [
  "order",
  "shipped",
  "naïve",
  "tab\\tstop",
  "\\u4e2d\\u6587",
  "Grüße",
  '\\"quoted\\"',
  "back\\\\slash",
  "emoji 🙂",
  "\\ud83d\\ude80",
  "plain",
  "text",
  "latency",
  "retry",
  "cache",
  "ключ",
];
const fillerBytes = 1 << 17;

/** All pieces in one buffer. Deterministic. */
export class LogPieces {
  readonly eventNames: readonly string[] = events;
  readonly userKey: PieceGroup;
  readonly events: PieceGroup;
  readonly paths: PieceGroup;
  readonly statuses: PieceGroup;
  readonly agents: PieceGroup;
  readonly referrers: PieceGroup;
  readonly extras: PieceGroup;
  readonly end: PieceGroup;
  readonly bad: PieceGroup;
  readonly newline: PieceGroup;
  readonly time: PieceGroup;
  readonly endBytes: number;
  readonly #texts: string[] = [];
  readonly #bytes: Buffer;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #eventOfByte = new Uint8Array(256);
  readonly #filler: Buffer;
  /** For each byte of the filler, the nearest position at or before it where the text may be cut. */
  readonly #cuts: Int32Array;

  constructor() {
    this.userKey = this.#add(['Z","user_id":"u-', 'Z","user_id":"\\u0075-']);
    this.events = this.#add(events.map((event) => `","event":"${event}","path":"`));
    this.paths = this.#add(fill(211, (i) => `${paths[i % paths.length]}${i % 3 === 0 ? i * 37 : ""}","status":`));
    this.statuses = this.#add(
      ["200", "200", "200", "200", "204", "304", "301", "404", "403", "500", "503"].map(
        (status) => `${status},"latency_ms":`,
      ),
    );
    this.agents = this.#add(
      fill(
        509,
        (i) =>
          `,"ip":"10.${i % 200}.${(i * 7) % 256}.${(i * 13) % 256}","agent":"${agents[i % agents.length]}","session":"`,
      ),
    );
    this.referrers = this.#add(
      fill(
        127,
        (i) => `","referrer":"${referrers[i % referrers.length]}${i % 5 === 0 ? "" : i * 11}","tags":[${tagList(i)}],`,
      ),
    );
    this.extras = this.#add(
      fill(
        61,
        (i) =>
          `"extra":{"region":"${regions[i % regions.length]}","retry":${i % 4},"cache":${i % 2 === 0},"ratio":${(i / 61).toFixed(4)},"note":"`,
      ),
    );
    this.end = this.#add(['"}}\n']);
    this.newline = this.#add(["\n"]);
    this.bad = this.#add(badTexts());
    this.time = this.#add([" ".repeat(27)]);
    const encoded = this.#texts.map((text) => Buffer.from(text));
    this.#bytes = Buffer.concat(encoded);
    this.#starts = new Int32Array(encoded.length);
    this.#ends = new Int32Array(encoded.length);
    let at = 0;
    for (const [index, { length }] of encoded.entries()) {
      this.#starts[index] = at;
      at += length;
      this.#ends[index] = at;
    }
    this.endBytes = 4;
    let byte = 0;
    for (const [event, weight] of eventWeights.entries())
      for (let i = 0; i < weight; i++) this.#eventOfByte[byte++] = event;
    [this.#filler, this.#cuts] = makeFiller();
  }

  #add(texts: readonly string[]): PieceGroup {
    const first = this.#texts.length;
    this.#texts.push(...texts);
    return { first, count: texts.length };
  }

  /** The event for a random number. */
  eventOf(chance: number): number {
    return this.#eventOfByte[chance & 255] ?? 0;
  }

  /** Copies piece `index` of a group; returns where it ends. */
  put(into: Buffer, at: number, group: PieceGroup, index: number): number {
    const piece = group.first + index;
    const start = this.#starts[piece]!;
    const end = this.#ends[piece]!;
    const bytes = this.#bytes;
    if (end - start > 24) bytes.copy(into, at, start, end);
    else for (let i = start, to = at; i < end; i++, to++) into[to] = bytes[i]!;
    return at + end - start;
  }

  /** The start of a line changes once per second of the log; always 27 ASCII characters. */
  setSecond(text: string): void {
    this.#bytes.write(text, this.#starts[this.time.first]!, "latin1");
  }

  /** About `length` bytes of text (at most one unit less), cut without splitting a letter or an escape. */
  putFiller(into: Buffer, at: number, chance: number, length: number): number {
    const start = this.#cuts[chance % (fillerBytes - length)]!;
    const end = this.#cuts[start + length]!;
    this.#filler.copy(into, at, start, end);
    return at + end - start;
  }
}

const fill = (count: number, make: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => make(index));

const tagList = (index: number): string => fill(index % 4, (i) => `"${tags[(index + i * 5) % tags.length]}"`).join(",");

function badTexts(): string[] {
  return [
    "Jan  1 00:00:00 web-1 kernel: this is no JSON\n",
    '["2026-01-01T00:00:00.000Z","u-1","click",200,1.5]\n',
    "null\n",
    "\n",
    '{"ts":"2026-01-01T00:00:00.000Z","event":"click","status":200,"latency_ms":1.5}\n',
    '{"ts":"2026-01-01T00:00:00.000Z","user_id":"u-bad","event":"click","status":"200","latency_ms":1.5}\n',
    // Not JSON but accepted by some parsers, and a key that only resembles the expected one (docs/targets.md).
    '{"ts":"2026-01-01T00:00:00.000Z","user_id":"u-bad","event":"click","status":NaN,"latency_ms":1.5}\n',
    '{"ts":"2026-01-01T00:00:00.000Z","user_id":"u-bad","event":"click","status":-Infinity,"latency_ms":1.5}\n',
    '{"ts":"2026-01-01T00:00:00.000Z","user_id":"u-bad","event":"click","status":+200,"latency_ms":02}\n',
    '{"ts":"2026-01-01T00:00:00.000Z","user_id":"u-\u0001","event":"click","status":-,"latency_ms":1.}\n',
    '{"ts":"2026-01-01T00:00:00.000Z","User_ID":"u-bad","event":"click","status":200,"latency_ms":1.5}\n',
  ];
}

/** The filler text and its cuts: units (a letter of any length, a whole escape) are never split. */
function makeFiller(): [Buffer, Int32Array] {
  const bytes = Buffer.alloc(fillerBytes, 0x20);
  const cuts = new Int32Array(fillerBytes);
  let at = 0;
  for (let index = 0; at < fillerBytes - 64; index++) {
    const word = words[(index * 7 + (index >> 4) * 3) % words.length]!;
    for (const [unit] of `${word} `.matchAll(/\\ud83d\\ude80|\\u[0-9a-f]{4}|\\.|[\s\S]/gu)) {
      const length = bytes.write(unit, at);
      cuts.fill(at, at, at + length);
      at += length;
    }
  }
  for (; at < fillerBytes; at++) cuts[at] = at;
  return [bytes, cuts];
}

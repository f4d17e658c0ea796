/** For tests: HTTP responses as bytes, and what a client must make of them. */

export interface AnswerCase {
  name: string;
  bytes: string;
  /**
   * One line per response, "STATUS BODY", with " closes" after those that end the connection; a violation as "violation
   * RULE".
   */
  told: string[];
  /** The peer's FIN follows the bytes. */
  ends?: boolean;
  /** Whether the requests were HEAD instead of GET. */
  isHead?: boolean;
}

const ok = "HTTP/1.1 200 OK\r\n";

export const answerCases: readonly AnswerCase[] = [
  { name: "a length", bytes: `${ok}content-length: 5\r\n\r\nhello`, told: ["200 hello"] },
  { name: "a length of zero", bytes: `${ok}Content-Length:0\r\n\r\n`, told: ["200 "] },
  {
    name: "two answers in a row",
    bytes: `${ok}content-length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\nCONTENT-LENGTH:  1  \r\n\r\nb`,
    told: ["200 a", "404 b"],
  },
  {
    name: "chunks",
    bytes: `${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n`,
    told: ["200 abc0123456789"],
  },
  {
    name: "chunks with trailers",
    bytes: `${ok}Transfer-Encoding: gzip, Chunked\r\n\r\n1\r\na\r\n0\r\nx-a: b\r\nx-c: d\r\n\r\n`,
    told: ["200 a"],
  },
  {
    name: "an answer behind chunks",
    bytes: `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\n${ok}content-length: 1\r\n\r\nz`,
    told: ["200 ", "200 z"],
  },
  {
    name: "a coding counts before a length",
    bytes: `${ok}content-length: 99\r\ntransfer-encoding: chunked\r\n\r\n1\r\nq\r\n0\r\n\r\n`,
    told: ["200 q"],
  },
  {
    name: "interim answers",
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}content-length: 1\r\n\r\na`,
    told: ["200 a"],
  },
  {
    name: "no body by status",
    bytes: `HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n`,
    told: ["204 ", "304 "],
  },
  {
    name: "HEAD",
    bytes: `${ok}content-length: 7\r\n\r\n${ok}transfer-encoding: chunked\r\n\r\n`,
    told: ["200 ", "200 "],
    isHead: true,
  },
  {
    name: "connection: close",
    bytes: `${ok}Connection: x, Close\r\ncontent-length: 1\r\n\r\na`,
    told: ["200 a closes"],
  },
  { name: "HTTP/1.0", bytes: "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", told: ["200 a closes"] },
  {
    name: "HTTP/1.0 kept",
    bytes: "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\na",
    told: ["200 a"],
  },
  { name: "until the end", bytes: `${ok}\r\nall of it`, told: ["200 all of it closes"], ends: true },
  { name: "HTTP/1.0 until the end", bytes: "HTTP/1.0 200 OK\r\n\r\n", told: ["200  closes"], ends: true },
  { name: "bare line feeds", bytes: "HTTP/1.1 200 OK\ncontent-length: 1\n\na", told: ["200 a"] },
  { name: "no reason", bytes: "HTTP/1.1 200\r\ncontent-length: 1\r\n\r\na", told: ["200 a"] },
  {
    name: "a folded field",
    bytes: `${ok}x-a: b\r\n  content-length: 9\r\ncontent-length: 1\r\n\r\na`,
    told: ["200 a"],
  },
  { name: "the same length twice", bytes: `${ok}content-length: 1\r\ncontent-length: 1\r\n\r\na`, told: ["200 a"] },
  { name: "two lengths", bytes: `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\naa`, told: ["violation bad-head"] },
  { name: "a length that is none", bytes: `${ok}content-length: 1a\r\n\r\na`, told: ["violation bad-head"] },
  { name: "a negative length", bytes: `${ok}content-length: -1\r\n\r\na`, told: ["violation bad-head"] },
  { name: "a status that is none", bytes: "HTTP/1.1 2OO OK\r\n\r\n", told: ["violation bad-head"] },
  { name: "another protocol", bytes: "SSH-2.0-OpenSSH_9.2\r\n", told: ["violation bad-head"] },
  { name: "HTTP/2", bytes: "HTTP/2.0 200 OK\r\n\r\n", told: ["violation bad-head"] },
  { name: "a line without a colon", bytes: `${ok}not a field\r\n\r\n`, told: ["violation bad-head"] },
  { name: "a field without a name", bytes: `${ok}: x\r\n\r\n`, told: ["violation bad-head"] },
  {
    name: "an upgrade nobody asked for",
    bytes: "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    told: ["violation bad-head"],
  },
  { name: "an endless head", bytes: `${ok}x: ${"a".repeat(66_000)}`, told: ["violation head-too-large"] },
  {
    name: "a chunk size that is none",
    bytes: `${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`,
    told: ["violation bad-chunk"],
  },
  {
    name: "a chunk that is too long",
    bytes: `${ok}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`,
    told: ["violation bad-chunk"],
  },
];

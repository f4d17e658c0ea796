/**
 * Creates, configures, inspects and closes sockets for the kernel engine. Keeps no state except in native memory;
 * errors are negative errnos.
 */
import type { SocketEvidence } from "../engine.ts";
import * as libc from "./libc.ts";
import type { NativeMemory } from "./native-memory.ts";

/** A socket address in native memory. */
export interface SocketAddress {
  address: number;
  length: number;
}

/** Encodes `struct sockaddr_in` or `sockaddr_in6`. `host` is a numeric address. */
export function socketAddress(memory: NativeMemory, host: string, family: 4 | 6, port: number): SocketAddress {
  const bytes = Buffer.alloc(family === 4 ? 16 : 28);
  bytes.writeUInt16LE(family === 4 ? libc.AF_INET : libc.AF_INET6, 0);
  bytes.writeUInt16BE(port, 2);
  if (family === 4) bytes.set(host.split(".").map(Number), 4);
  else bytes.set(ipv6Bytes(host), 8);
  return memory.pin(bytes);
}

/** Encodes `struct sockaddr_un`; the path is NUL-terminated. */
export function socketFileAddress(memory: NativeMemory, path: string): SocketAddress {
  const name = Buffer.from(path);
  const bytes = Buffer.alloc(2 + name.length + 1);
  bytes.writeUInt16LE(libc.AF_UNIX, 0);
  bytes.set(name, 2);
  return memory.pin(bytes);
}

/** The 16 bytes of a numeric IPv6 address; accepts "::" and a dotted IPv4 tail. */
export function ipv6Bytes(host: string): Uint8Array {
  const bare = (host.split("%")[0] ?? "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    return `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`;
  });
  const [head = "", tail] = bare.split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 255]));
}

/**
 * Creates a non-blocking TCP socket with kernel receive stamps, bound to `source` where given. Returns its descriptor
 * or a negative errno.
 */
export function openSocket(
  memory: NativeMemory,
  family: 4 | 6,
  source: SocketAddress | null,
  receiveBufferBytes: number,
): number {
  const fd = libc.socket(
    family === 4 ? libc.AF_INET : libc.AF_INET6,
    libc.SOCK_STREAM | libc.SOCK_NONBLOCK | libc.SOCK_CLOEXEC,
    0,
  );
  if (fd < 0) return -libc.errno();
  memory.setOption(1);
  libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_TIMESTAMPNS, memory.optionAddress, 4);
  limitReceiveBuffer(memory, fd, receiveBufferBytes);
  if (source !== null) {
    memory.setOption(1);
    libc.setsockopt(fd, libc.IPPROTO_IP, libc.IP_BIND_ADDRESS_NO_PORT, memory.optionAddress, 4);
    if (libc.bind(fd, source.address, source.length) < 0) {
      const error = libc.errno();
      libc.close(fd);
      return -error;
    }
  }
  return fd;
}

/** Creates a non-blocking unix socket. Returns its descriptor or a negative errno. */
export function openFileSocket(memory: NativeMemory, receiveBufferBytes: number): number {
  const fd = libc.socket(libc.AF_UNIX, libc.SOCK_STREAM | libc.SOCK_NONBLOCK | libc.SOCK_CLOEXEC, 0);
  if (fd < 0) return -libc.errno();
  limitReceiveBuffer(memory, fd, receiveBufferBytes);
  return fd;
}

/** 0: keeps the system's default size. */
function limitReceiveBuffer(memory: NativeMemory, fd: number, bytes: number): void {
  if (bytes === 0) return;
  memory.setOption(bytes);
  libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_RCVBUF, memory.optionAddress, 4);
}

/** The pending error of a socket, 0 when there is none. */
export function socketError(memory: NativeMemory, fd: number): number {
  memory.setOptionLength(4);
  libc.getsockopt(fd, libc.SOL_SOCKET, libc.SO_ERROR, memory.optionAddress, memory.optionLengthAddress);
  return memory.option;
}

/** Makes the next close send a reset instead of a FIN. */
export function armReset(memory: NativeMemory, fd: number): void {
  memory.setOption(1, 0);
  libc.setsockopt(fd, libc.SOL_SOCKET, libc.SO_LINGER, memory.optionAddress, 8);
}

const tcpInfoBytes = 256;

/** Socket state as known to the kernel now (struct tcp_info of linux/tcp.h; SIOCINQ and SIOCOUTQ of tcp(7)). */
export function socketEvidence(memory: NativeMemory, fd: number, atNs: number): SocketEvidence {
  memory.setOptionLength(tcpInfoBytes);
  const known =
    libc.getsockopt(fd, libc.IPPROTO_TCP, libc.TCP_INFO, memory.tcpInfoAddress, memory.optionLengthAddress) === 0
      ? memory.optionLength
      : 0;
  // Older kernels return fewer bytes.
  const field32 = (offset: number): number => (offset + 4 <= known ? memory.tcpInfo32(offset) : -1);
  const field64 = (offset: number): number => (offset + 8 <= known ? memory.tcpInfo64(offset) : -1);
  const queue = (request: number): number => (libc.ioctl(fd, request, memory.optionAddress) === 0 ? memory.option : -1);
  const backoffWord = field32(4);
  return {
    atNs,
    retransmits: field32(100),
    backoff: backoffWord < 0 ? -1 : backoffWord & 0xff,
    unacked: field32(24),
    bytesAcked: field64(120),
    bytesReceived: field64(128),
    minRttUs: field32(148),
    unreadBytes: queue(libc.SIOCINQ),
    unsentBytes: queue(libc.SIOCOUTQ),
  };
}

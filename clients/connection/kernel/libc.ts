/**
 * The libc functions the kernel engine uses, bound through koffi; the only place in the product that names it. Pointers
 * are plain numbers (addresses below 2^53 from {@link addressOf}); the caller keeps their memory alive. Linux, 64 bit,
 * little endian.
 */
import koffi from "koffi";

const libc = koffi.load(null);

function optional(prototype: string): unknown {
  try {
    return libc.func(prototype);
  } catch {
    return null;
  }
}

/**
 * Binds a function of the node executable itself or of a library it is linked with (OpenSSL, zlib); throws when it
 * exports no such name.
 */
export function exported<F>(prototype: string): F {
  return libc.func(prototype) as unknown as F;
}

export const socket = libc.func("int socket(int, int, int)") as (
  family: number,
  type: number,
  protocol: number,
) => number;
export const bind = libc.func("int bind(int, uintptr_t, uint32_t)") as (
  fd: number,
  address: number,
  length: number,
) => number;
export const connect = libc.func("int connect(int, uintptr_t, uint32_t)") as (
  fd: number,
  address: number,
  length: number,
) => number;
export const shutdown = libc.func("int shutdown(int, int)") as (fd: number, how: number) => number;
export const close = libc.func("int close(int)") as (fd: number) => number;
export const setsockopt = libc.func("int setsockopt(int, int, int, uintptr_t, uint32_t)") as (
  fd: number,
  level: number,
  name: number,
  value: number,
  length: number,
) => number;
export const getsockopt = libc.func("int getsockopt(int, int, int, uintptr_t, uintptr_t)") as (
  fd: number,
  level: number,
  name: number,
  value: number,
  length: number,
) => number;
export const send = libc.func("long send(int, uintptr_t, size_t, int)") as (
  fd: number,
  bytes: number,
  length: number,
  flags: number,
) => number;
export const recvmsg = libc.func("long recvmsg(int, uintptr_t, int)") as (
  fd: number,
  message: number,
  flags: number,
) => number;
export const ioctl = libc.func("int ioctl(int, ulong, uintptr_t)") as (
  fd: number,
  request: number,
  value: number,
) => number;
export const epollCreate = libc.func("int epoll_create1(int)") as (flags: number) => number;
export const epollControl = libc.func("int epoll_ctl(int, int, int, uintptr_t)") as (
  epoll: number,
  operation: number,
  fd: number,
  event: number,
) => number;
export const epollWait = libc.func("int epoll_wait(int, uintptr_t, int, int)") as (
  epoll: number,
  events: number,
  most: number,
  timeoutMs: number,
) => number;
/** epoll_pwait2, with nanosecond timeouts; null where the C library lacks it (glibc before 2.35, musl). */
export const epollWaitPrecise = optional("int epoll_pwait2(int, uintptr_t, int, uintptr_t, uintptr_t)") as
  | ((epoll: number, events: number, most: number, timespec: number, signals: number) => number)
  | null;
export const poll = libc.func("int poll(uintptr_t, ulong, int)") as (
  fds: number,
  count: number,
  timeoutMs: number,
) => number;
export const memcpy = libc.func("uintptr_t memcpy(uintptr_t, uintptr_t, size_t)") as (
  to: number,
  from: number,
  bytes: number,
) => number;
export const clockGettime = libc.func("int clock_gettime(int, uintptr_t)") as (
  clock: number,
  timespec: number,
) => number;

/** The errno of the last call; read it right after the call. */
export const errno = (): number => koffi.errno();

/**
 * The address of off-heap memory. Never pass a view that V8 may keep on its own heap (64 bytes or less): it can be
 * moved.
 */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes));
}

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_RCVBUF = 8;
export const SO_LINGER = 13;
export const SO_TIMESTAMPNS = 35;
export const IPPROTO_IP = 0;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_INFO = 11;
export const MSG_NOSIGNAL = 0x4000;
export const SIOCINQ = 0x541b;
export const SIOCOUTQ = 0x5411;
export const SHUT_WR = 1;
export const EPOLL_CLOEXEC = 0x80000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x80000000;
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

/** `struct epoll_event` is packed on x86-64 only. */
export const epollEventBytes = process.arch === "x64" ? 12 : 16;
export const epollDataOffset = process.arch === "x64" ? 4 : 8;

export const EAGAIN = 11;
export const EISCONN = 106;
export const EALREADY = 114;
export const EINPROGRESS = 115;

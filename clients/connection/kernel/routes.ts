/**
 * Destination and source addresses of each slot's socket, in the kernel's format: endpoints, or the proxies or unix
 * sockets used to reach them, and local addresses.
 */
import type { EngineOptions } from "../engine.ts";
import { dialledPlace } from "../proxy.ts";
import * as libc from "./libc.ts";
import type { NativeMemory } from "./native-memory.ts";
import { openFileSocket, openSocket, type SocketAddress, socketAddress, socketFileAddress } from "./sockets.ts";

export class Routes {
  readonly #memory: NativeMemory;
  readonly #options: EngineOptions;
  readonly #destinations: SocketAddress[];
  readonly #families: (4 | 6 | "unix")[];
  readonly #sources: SocketAddress[];

  constructor(memory: NativeMemory, options: EngineOptions) {
    this.#memory = memory;
    this.#options = options;
    const places = options.endpoints.map(dialledPlace);
    this.#families = places.map((place) => ("socketPath" in place ? "unix" : place.family));
    this.#destinations = places.map((place) =>
      "socketPath" in place
        ? socketFileAddress(memory, place.socketPath)
        : socketAddress(memory, place.address, place.family, place.port),
    );
    this.#sources = options.sources.map((source) => socketAddress(memory, source, source.includes(":") ? 6 : 4, 0));
  }

  /** Creates a slot's socket, bound to its source. Returns its descriptor or a negative errno. */
  open(slot: number): number {
    const count = this.#destinations.length;
    const family = this.#families[slot % count]!;
    const receiveBufferBytes = slot < this.#options.slowSlots ? this.#options.slowReceiveBufferBytes : 0;
    if (family === "unix") return openFileSocket(this.#memory, receiveBufferBytes);
    const source = this.#sources.length === 0 ? null : this.#sources[Math.floor(slot / count) % this.#sources.length]!;
    return openSocket(this.#memory, family, source, receiveBufferBytes);
  }

  /**
   * Starts a connect. On loopback the handshake is complete when connect returns, although it reports EINPROGRESS:
   * calling it again reveals this, and saves a wait and a change of the watch. Returns EISCONN, EALREADY (wait for it),
   * or the errno of the failure.
   */
  connect(slot: number, fd: number): number {
    const { address, length } = this.#destinations[slot % this.#destinations.length]!;
    if (libc.connect(fd, address, length) === 0) return libc.EISCONN;
    const error = libc.errno();
    if (error !== libc.EINPROGRESS) return error;
    return libc.connect(fd, address, length) === 0 ? libc.EISCONN : libc.errno();
  }
}

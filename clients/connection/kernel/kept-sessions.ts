/** TLS sessions kept from closed connections for the next connection of their slot, when sessions are resumed. */
import { bothShut, type OpenSsl } from "./openssl.ts";

export class KeptSessions {
  readonly #ssl: OpenSsl;
  readonly #session: Float64Array;

  constructor(ssl: OpenSsl, slots: number) {
    this.#ssl = ssl;
    this.#session = new Float64Array(slots);
  }

  /**
   * Offers the session to the server; it is kept until a newer one arrives, since some servers send none on resumption.
   */
  offer(slot: number, object: number): void {
    if (this.#session[slot] !== 0) this.#ssl.SSL_set_session(object, this.#session[slot]!);
  }

  keep(slot: number, object: number): void {
    const ssl = this.#ssl;
    // Without close_notify from both sides OpenSSL would mark the session as not resumable.
    ssl.SSL_set_shutdown(object, bothShut);
    const session = ssl.SSL_get1_session(object);
    if (session === 0) return;
    if (ssl.SSL_SESSION_is_resumable(session) === 1) {
      this.#forget(slot);
      this.#session[slot] = session;
    } else ssl.SSL_SESSION_free(session);
  }

  #forget(slot: number): void {
    if (this.#session[slot] !== 0) this.#ssl.SSL_SESSION_free(this.#session[slot]!);
    this.#session[slot] = 0;
  }

  dispose(): void {
    for (let slot = 0; slot < this.#session.length; slot++) this.#forget(slot);
  }
}

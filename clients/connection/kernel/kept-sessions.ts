/** What closed connections left for the next of their slots, where sessions are resumed. */
import { bothShut, type OpenSsl } from "./openssl.ts";

export class KeptSessions {
  readonly #ssl: OpenSsl;
  readonly #session: Float64Array;

  constructor(ssl: OpenSsl, slots: number) {
    this.#ssl = ssl;
    this.#session = new Float64Array(slots);
  }

  /** Offered to the server; kept until it sends a newer one: some send none when they resumed. */
  offer(slot: number, object: number): void {
    if (this.#session[slot] !== 0) this.#ssl.SSL_set_session(object, this.#session[slot]!);
  }

  keep(slot: number, object: number): void {
    const ssl = this.#ssl;
    // Without a farewell of both sides OpenSSL would spoil the session.
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

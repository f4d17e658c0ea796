/**
 * TLS between a socket's bytes and the protocol's, using OpenSSL. All connections share one pair of memory BIOs and one
 * plaintext buffer: after each connection's turn the BIOs are empty, and incomplete records stay inside its SSL object.
 * No sink is called from here, so connections cannot interleave.
 */
import type { EngineOptions, Greetings, TlsSession } from "../engine.ts";
import { alpnOf, checkTls, fullTls } from "../tls-options.ts";
import { unusableCertificate } from "../tls-reason.ts";
import { KeptSessions } from "./kept-sessions.ts";
import * as libc from "./libc.ts";
import type { NativeMemory } from "./native-memory.ts";
import { control, type OpenSsl, openSsl, wantsRead, zeroReturn } from "./openssl.ts";
import { OwnCertificates } from "./own-certificates.ts";
import { TlsContext } from "./tls-context.ts";
import { tlsFailure } from "./tls-failure.ts";

/** A full read, plus a record started before it. */
const plainBytes = 65536 + 32768;
const outBytes = 65536;

const none = 0;
const handshaking = 1;
const established = 2;
/** The peer sent close_notify, or the connection failed: nothing more is read. */
const over = 3;

export class TlsTransport {
  /** Output of {@link take}. */
  readonly plain = Buffer.from(new ArrayBuffer(plainBytes));
  /**
   * Results of the last {@link take}: whether it completed the handshake; whether the read continued after the last
   * data byte in `plain`.
   */
  completed = false;
  isCut = false;
  /**
   * Results of the last {@link take} or {@link begin}: whether the peer sent close_notify; why it failed, "" when it
   * did not.
   */
  isEnded = false;
  failure = "";
  readonly #ssl: OpenSsl = openSsl();
  readonly #memory: NativeMemory;
  readonly #carry: (slot: number, bytes: Uint8Array) => void;
  readonly #contexts: (TlsContext | null)[];
  readonly #sessions: KeptSessions | null;
  readonly #certificates: OwnCertificates | null;
  readonly #phase: Uint8Array;
  /** Address of each slot's SSL object. */
  readonly #object: Float64Array;
  readonly #incoming: number;
  readonly #outgoing: number;
  readonly #plainAddress = libc.addressOf(this.plain);
  readonly #out = Buffer.from(new ArrayBuffer(outBytes));
  readonly #outAddress = libc.addressOf(this.#out);
  /** Cipher names by their address, which never changes. */
  readonly #ciphers = new Map<number, string>();

  /**
   * `carry` sends a slot's ciphertext, now or when the peer accepts it. Throws a ConnectionError, or an error when this
   * Node exports no OpenSSL.
   */
  constructor(
    options: EngineOptions,
    greetings: Greetings | null,
    memory: NativeMemory,
    carry: (slot: number, bytes: Uint8Array) => void,
  ) {
    const tls = fullTls(options.tls);
    checkTls(tls);
    this.#memory = memory;
    this.#carry = carry;
    this.#sessions = tls.resume === "tickets" ? new KeptSessions(this.#ssl, options.slots) : null;
    this.#certificates = OwnCertificates.of(this.#ssl, tls, greetings);
    this.#phase = new Uint8Array(options.slots);
    this.#object = new Float64Array(options.slots);
    const alpn = alpnOf(tls, options.protocol);
    const byName = new Map<string, TlsContext>();
    this.#contexts = options.endpoints.map((endpoint) => {
      if (!endpoint.tls) return null;
      const name = tls.serverName ?? endpoint.host;
      const context = byName.get(name) ?? new TlsContext(this.#ssl, tls, name, alpn);
      byName.set(name, context);
      return context;
    });
    this.#incoming = this.#makeBio();
    this.#outgoing = this.#makeBio();
  }

  #makeBio(): number {
    const bio = this.#ssl.BIO_new(this.#ssl.BIO_s_mem());
    this.#ssl.BIO_ctrl(bio, control.setEmptyAnswer, -1, 0);
    return bio;
  }

  /**
   * Called before each round of reads: OpenSSL derives a call's result from the thread's error queue, which Node uses
   * too.
   */
  beginTurn(): void {
    this.#ssl.ERR_clear_error();
  }

  /** Whether a slot uses TLS. */
  has(slot: number): boolean {
    return this.#phase[slot] !== none;
  }

  /**
   * The TCP connection is established: sends the ClientHello. False when the slot's endpoint does not use TLS. On a
   * {@link failure} nothing was sent.
   */
  begin(slot: number): boolean {
    const context = this.#contexts[slot % this.#contexts.length]!;
    if (context === null) return false;
    const ssl = this.#ssl;
    const object = ssl.SSL_new(context.address);
    this.#object[slot] = object;
    this.#phase[slot] = handshaking;
    ssl.BIO_up_ref(this.#incoming);
    ssl.BIO_up_ref(this.#outgoing);
    ssl.SSL_set_bio(object, this.#incoming, this.#outgoing);
    ssl.SSL_set_connect_state(object);
    this.failure = "";
    if (this.#certificates?.give(slot, object) === false) {
      ssl.ERR_clear_error();
      this.failure = unusableCertificate;
      return true;
    }
    if (context.nameAddress !== 0) ssl.SSL_ctrl(object, control.setServerName, 0, context.nameAddress);
    this.#sessions?.offer(slot, object);
    ssl.SSL_do_handshake(object);
    this.#drain(slot);
    ssl.ERR_clear_error();
    return true;
  }

  /**
   * Decrypts `length` bytes from recvmsg. Returns the number of data bytes in {@link plain}; the other results are in
   * the fields.
   */
  take(slot: number, length: number): number {
    const ssl = this.#ssl;
    this.completed = false;
    this.isCut = false;
    this.isEnded = false;
    this.failure = "";
    if (this.#phase[slot] === over) return 0;
    ssl.BIO_write(this.#incoming, this.#memory.receivedAddress, length);
    if (this.#phase[slot] === handshaking && !this.#shakeHands(slot)) return 0;
    return this.#decrypt(slot);
  }

  /** Returns whether there may be data to decrypt. */
  #shakeHands(slot: number): boolean {
    const ssl = this.#ssl;
    const object = this.#object[slot]!;
    const result = ssl.SSL_do_handshake(object);
    if (result !== 1 && ssl.SSL_get_error(object, result) !== wantsRead) {
      this.#fail(slot);
      return false;
    }
    this.#drain(slot);
    if (result !== 1) return false;
    this.#phase[slot] = established;
    this.completed = true;
    this.#certificates?.forget(object);
    return ssl.BIO_ctrl_pending(this.#incoming) > 0;
  }

  /** Each SSL_read returns one record; without read-ahead only an incomplete record is held back. */
  #decrypt(slot: number): number {
    const ssl = this.#ssl;
    const object = this.#object[slot]!;
    for (let at = 0; ; ) {
      const read = ssl.SSL_read(object, this.#plainAddress + at, plainBytes - at);
      if (read > 0) {
        at += read;
        if (ssl.BIO_ctrl_pending(this.#incoming) === 0) return at;
        continue;
      }
      const error = ssl.SSL_get_error(object, read);
      if (error !== wantsRead) {
        if (error === zeroReturn) this.#end(slot);
        else this.#fail(slot);
        return at;
      }
      this.#drain(slot);
      if (ssl.BIO_ctrl_pending(this.#incoming) > 0) continue;
      this.isCut = true;
      return at;
    }
  }

  #end(slot: number): void {
    this.isEnded = true;
    this.#phase[slot] = over;
    this.#ssl.BIO_ctrl(this.#incoming, control.reset, 0, 0);
  }

  /** Sends the peer an alert, unless the failure was an alert from the peer. */
  #fail(slot: number): void {
    this.failure = tlsFailure(this.#ssl, this.#object[slot]!);
    this.#drain(slot);
    this.#phase[slot] = over;
    this.#ssl.BIO_ctrl(this.#incoming, control.reset, 0, 0);
  }

  /** Sends the ciphertext that OpenSSL produced. */
  #drain(slot: number): void {
    let bytes: number;
    do {
      bytes = this.#ssl.BIO_read(this.#outgoing, this.#outAddress, outBytes);
      if (bytes > 0) this.#carry(slot, this.#out.subarray(0, bytes));
    } while (bytes === outBytes);
  }

  /** Encrypts bytes at an address and sends them. */
  seal(slot: number, address: number, length: number): void {
    if (length === 0 || this.#phase[slot] !== established) return;
    if (this.#ssl.SSL_write(this.#object[slot]!, address, length) <= 0) this.#ssl.ERR_clear_error();
    this.#drain(slot);
  }

  /** Sends close_notify once; nothing may be written after it. */
  sayFarewell(slot: number): void {
    if (this.#phase[slot] !== established) return;
    this.#ssl.SSL_shutdown(this.#object[slot]!);
    this.#drain(slot);
  }

  /** What a completed handshake agreed on. */
  session(slot: number): TlsSession {
    const ssl = this.#ssl;
    const object = this.#object[slot]!;
    return {
      version: ssl.SSL_get_version(object) ?? "",
      cipher: this.#cipherName(ssl.SSL_get_current_cipher(object)),
      alpn: this.#alpn(object),
      isResumed: ssl.SSL_session_reused(object) === 1,
    };
  }

  #cipherName(cipher: number): string {
    let name = this.#ciphers.get(cipher);
    if (name === undefined) {
      name = this.#ssl.SSL_CIPHER_get_name(cipher) ?? "";
      this.#ciphers.set(cipher, name);
    }
    return name;
  }

  #alpn(object: number): string {
    const view = new DataView(this.#out.buffer);
    this.#ssl.SSL_get0_alpn_selected(object, this.#outAddress, this.#outAddress + 8);
    const length = view.getUint32(8, true);
    if (length === 0 || length > 255) return "";
    libc.memcpy(this.#outAddress + 16, Number(view.getBigUint64(0, true)), length);
    return this.#out.toString("latin1", 16, 16 + length);
  }

  /** Frees a slot's connection; a session whose handshake completed is kept for the slot's next one. */
  drop(slot: number): void {
    const object = this.#object[slot]!;
    if (this.#phase[slot] === none) return;
    if (this.#phase[slot] !== handshaking) this.#sessions?.keep(slot, object);
    this.#phase[slot] = none;
    this.#object[slot] = 0;
    this.#ssl.SSL_free(object);
  }

  /** Call after every slot was dropped. */
  dispose(): void {
    this.#sessions?.dispose();
    for (const context of new Set(this.#contexts)) context?.dispose();
    this.#ssl.BIO_free(this.#incoming);
    this.#ssl.BIO_free(this.#outgoing);
  }
}

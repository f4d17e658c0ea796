/**
 * Client certificates that vary by connection: read from their files on connect and freed after the handshake, so that
 * only those of handshakes in progress are in memory.
 */
import type { Greetings } from "../engine.ts";
import { isOfConnections, type TlsOptions } from "../tls-options.ts";
import { filetypePem, type OpenSsl } from "./openssl.ts";

type FileOf = (slot: number) => string;

export class OwnCertificates {
  readonly #ssl: OpenSsl;
  readonly #certificate: FileOf;
  readonly #key: FileOf;

  private constructor(ssl: OpenSsl, certificate: FileOf, key: FileOf) {
    this.#ssl = ssl;
    this.#certificate = certificate;
    this.#key = key;
  }

  /** Null where all connections use the same certificate, or none. */
  static of(ssl: OpenSsl, tls: TlsOptions, greetings: Pick<Greetings, "compile"> | null): OwnCertificates | null {
    const { certificate, key } = tls;
    if (!isOfConnections(tls) || certificate === null || key === null) return null;
    if (greetings === null) throw new Error("expected values for the templates of tls.certificate and tls.key");
    return new OwnCertificates(ssl, greetings.compile(certificate), greetings.compile(key));
  }

  /** Called before the handshake. False when a file is no longer as it was when the run was checked. */
  give(slot: number, object: number): boolean {
    const ssl = this.#ssl;
    return (
      ssl.SSL_use_certificate_chain_file(object, this.#certificate(slot)) === 1 &&
      ssl.SSL_use_PrivateKey_file(object, this.#key(slot), filetypePem) === 1
    );
  }

  /** Called after the handshake: they are not needed again, as renegotiation is disabled. */
  forget(object: number): void {
    this.#ssl.SSL_certs_clear(object);
  }
}

/**
 * State shared by all TLS connections to one server name: OpenSSL's context with its roots, versions, ciphers and
 * client certificate.
 */
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { ConnectionError } from "../connection-error.ts";
import { isOfConnections, splitCiphers, type TlsOptions, versionsOf } from "../tls-options.ts";
import { tlsReason } from "../tls-reason.ts";
import { addressOf } from "./libc.ts";
import {
  control,
  filetypePem,
  mode,
  type OpenSsl,
  option,
  sessionCacheOff,
  verify,
  versionNumbers,
} from "./openssl.ts";

/** Copies bytes to an address that stays fixed while this object lives. */
function offHeap(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(new ArrayBuffer(Math.max(128, bytes.length)));
  copy.set(bytes);
  return copy;
}

const noPassphrase = offHeap(Buffer.of(0));

export class TlsContext {
  readonly address: number;
  /** The server name to send (SNI), NUL-terminated; null where the server is addressed by IP (RFC 6066, section 3). */
  readonly #name: Buffer | null;
  readonly #ssl: OpenSsl;

  /**
   * `name`: the name the certificate must be valid for. Files were checked before. Throws a {@link ConnectionError}
   * `bad-tls`.
   */
  constructor(ssl: OpenSsl, tls: TlsOptions, name: string, alpn: readonly string[]) {
    this.#ssl = ssl;
    this.address = ssl.SSL_CTX_new(ssl.TLS_client_method());
    this.#name = isIP(name) === 0 ? offHeap(Buffer.from(`${name}\0`)) : null;
    ssl.SSL_CTX_ctrl(this.address, control.setMode, mode.releaseBuffers, 0);
    // A read returns after each non-data record, so that our reply to it (such as a key update) is sent before anything
    // else is written.
    ssl.SSL_CTX_ctrl(this.address, control.clearMode, mode.autoRetry, 0);
    const keepsTickets = tls.resume === "tickets";
    // Sessions are kept by slot. OpenSSL's client cache would invalidate a session once it was resumed, although
    // servers may allow reuse.
    ssl.SSL_CTX_ctrl(this.address, control.setSessionCacheMode, sessionCacheOff, 0);
    ssl.SSL_CTX_set_options(this.address, option.noRenegotiation | (keepsTickets ? 0 : option.noTicket));
    this.#negotiate(tls, alpn);
    this.#trust(tls, name);
    this.#identify(tls);
  }

  get nameAddress(): number {
    return this.#name === null ? 0 : addressOf(this.#name);
  }

  #must(isDone: boolean, field: keyof TlsOptions): void {
    if (isDone) return;
    const reason = tlsReason(this.#ssl.ERR_reason_error_string(this.#ssl.ERR_get_error()) ?? "");
    throw new ConnectionError("bad-tls", `tls.${field}: rejected by OpenSSL: ${reason}`);
  }

  #negotiate(tls: TlsOptions, alpn: readonly string[]): void {
    const ssl = this.#ssl;
    const { min, max } = versionsOf(tls);
    ssl.SSL_CTX_ctrl(this.address, control.setMinVersion, versionNumbers[min], 0);
    ssl.SSL_CTX_ctrl(this.address, control.setMaxVersion, versionNumbers[max], 0);
    if (tls.ciphers !== null) {
      const { suites, list } = splitCiphers(tls.ciphers);
      if (suites !== "") this.#must(ssl.SSL_CTX_set_ciphersuites(this.address, suites) === 1, "ciphers");
      if (list !== "") this.#must(ssl.SSL_CTX_set_cipher_list(this.address, list) === 1, "ciphers");
    }
    if (alpn.length === 0) return;
    const wire = offHeap(
      Buffer.concat(alpn.map((name) => Buffer.concat([Buffer.of(name.length), Buffer.from(name, "latin1")]))),
    );
    const bytes = alpn.reduce((sum, name) => sum + 1 + name.length, 0);
    this.#must(ssl.SSL_CTX_set_alpn_protos(this.address, addressOf(wire), bytes) === 0, "alpn");
  }

  /** The scenario's certificate authority replaces the default ones. */
  #trust({ insecure, certificateAuthority }: TlsOptions, name: string): void {
    const ssl = this.#ssl;
    if (insecure) return;
    ssl.SSL_CTX_set_verify(this.address, verify.peer, 0);
    const param = ssl.SSL_CTX_get0_param(this.address);
    if (isIP(name) === 0) ssl.X509_VERIFY_PARAM_set1_host(param, name, 0);
    else ssl.X509_VERIFY_PARAM_set1_ip_asc(param, name);
    if (certificateAuthority !== null) {
      return this.#must(
        ssl.SSL_CTX_load_verify_locations(this.address, certificateAuthority, 0) === 1,
        "certificateAuthority",
      );
    }
    ssl.SSL_CTX_set_default_verify_paths(this.address);
    const extra = process.env.NODE_EXTRA_CA_CERTS;
    if (extra !== undefined) ssl.SSL_CTX_load_verify_locations(this.address, extra, 0);
    this.#trustNodesRoots();
    ssl.ERR_clear_error();
  }

  #trustNodesRoots(): void {
    const ssl = this.#ssl;
    const store = ssl.SSL_CTX_get_cert_store(this.address);
    const bio = ssl.BIO_new(ssl.BIO_s_mem());
    const text = offHeap(Buffer.from(rootCertificates.join("\n")));
    ssl.BIO_write(bio, addressOf(text), text.length);
    for (
      let certificate = ssl.PEM_read_bio_X509(bio, 0, 0, 0);
      certificate !== 0;
      certificate = ssl.PEM_read_bio_X509(bio, 0, 0, 0)
    ) {
      ssl.X509_STORE_add_cert(store, certificate);
      ssl.X509_free(certificate);
    }
    ssl.BIO_free(bio);
  }

  #identify(tls: TlsOptions): void {
    const { certificate, key } = tls;
    // A key that was unencrypted when it was checked may be encrypted now: never prompt for a passphrase on the
    // terminal.
    this.#ssl.SSL_CTX_set_default_passwd_cb_userdata(this.address, addressOf(noPassphrase));
    if (certificate === null || key === null || isOfConnections(tls)) return;
    this.#must(this.#ssl.SSL_CTX_use_certificate_chain_file(this.address, certificate) === 1, "certificate");
    this.#must(this.#ssl.SSL_CTX_use_PrivateKey_file(this.address, key, filetypePem) === 1, "key");
  }

  dispose(): void {
    this.#ssl.SSL_CTX_free(this.address);
  }
}

/**
 * OpenSSL's functions from the node executable (or the libssl it is linked with), so no extra dependency. Pointers are
 * plain numbers; constants are those of OpenSSL's headers, identical in 1.1.1 and 3.x. Everything is bound on first
 * use.
 */
import { exported } from "./libc.ts";

const prototypes = {
  TLS_client_method: "uintptr_t TLS_client_method()",
  SSL_CTX_new: "uintptr_t SSL_CTX_new(uintptr_t)",
  SSL_CTX_free: "void SSL_CTX_free(uintptr_t)",
  SSL_CTX_ctrl: "long SSL_CTX_ctrl(uintptr_t, int, long, uintptr_t)",
  SSL_CTX_set_options: "uint64_t SSL_CTX_set_options(uintptr_t, uint64_t)",
  SSL_CTX_set_verify: "void SSL_CTX_set_verify(uintptr_t, int, uintptr_t)",
  SSL_CTX_set_alpn_protos: "int SSL_CTX_set_alpn_protos(uintptr_t, uintptr_t, uint)",
  SSL_CTX_set_cipher_list: "int SSL_CTX_set_cipher_list(uintptr_t, const char *)",
  SSL_CTX_set_ciphersuites: "int SSL_CTX_set_ciphersuites(uintptr_t, const char *)",
  SSL_CTX_load_verify_locations: "int SSL_CTX_load_verify_locations(uintptr_t, const char *, uintptr_t)",
  SSL_CTX_set_default_verify_paths: "int SSL_CTX_set_default_verify_paths(uintptr_t)",
  SSL_CTX_get_cert_store: "uintptr_t SSL_CTX_get_cert_store(uintptr_t)",
  SSL_CTX_use_certificate_chain_file: "int SSL_CTX_use_certificate_chain_file(uintptr_t, const char *)",
  SSL_CTX_use_PrivateKey_file: "int SSL_CTX_use_PrivateKey_file(uintptr_t, const char *, int)",
  SSL_CTX_set_default_passwd_cb_userdata: "void SSL_CTX_set_default_passwd_cb_userdata(uintptr_t, uintptr_t)",
  SSL_use_certificate_chain_file: "int SSL_use_certificate_chain_file(uintptr_t, const char *)",
  SSL_use_PrivateKey_file: "int SSL_use_PrivateKey_file(uintptr_t, const char *, int)",
  SSL_certs_clear: "void SSL_certs_clear(uintptr_t)",
  SSL_CTX_get0_param: "uintptr_t SSL_CTX_get0_param(uintptr_t)",
  X509_VERIFY_PARAM_set1_host: "int X509_VERIFY_PARAM_set1_host(uintptr_t, const char *, size_t)",
  X509_VERIFY_PARAM_set1_ip_asc: "int X509_VERIFY_PARAM_set1_ip_asc(uintptr_t, const char *)",
  X509_STORE_add_cert: "int X509_STORE_add_cert(uintptr_t, uintptr_t)",
  X509_free: "void X509_free(uintptr_t)",
  PEM_read_bio_X509: "uintptr_t PEM_read_bio_X509(uintptr_t, uintptr_t, uintptr_t, uintptr_t)",
  SSL_new: "uintptr_t SSL_new(uintptr_t)",
  SSL_free: "void SSL_free(uintptr_t)",
  SSL_set_bio: "void SSL_set_bio(uintptr_t, uintptr_t, uintptr_t)",
  SSL_set_connect_state: "void SSL_set_connect_state(uintptr_t)",
  SSL_ctrl: "long SSL_ctrl(uintptr_t, int, long, uintptr_t)",
  SSL_do_handshake: "int SSL_do_handshake(uintptr_t)",
  SSL_read: "int SSL_read(uintptr_t, uintptr_t, int)",
  SSL_write: "int SSL_write(uintptr_t, uintptr_t, int)",
  SSL_shutdown: "int SSL_shutdown(uintptr_t)",
  SSL_set_shutdown: "void SSL_set_shutdown(uintptr_t, int)",
  SSL_get_error: "int SSL_get_error(uintptr_t, int)",
  SSL_get_verify_result: "long SSL_get_verify_result(uintptr_t)",
  X509_verify_cert_error_string: "const char *X509_verify_cert_error_string(long)",
  SSL_get_version: "const char *SSL_get_version(uintptr_t)",
  SSL_get_current_cipher: "uintptr_t SSL_get_current_cipher(uintptr_t)",
  SSL_CIPHER_get_name: "const char *SSL_CIPHER_get_name(uintptr_t)",
  SSL_get0_alpn_selected: "void SSL_get0_alpn_selected(uintptr_t, uintptr_t, uintptr_t)",
  SSL_session_reused: "int SSL_session_reused(uintptr_t)",
  SSL_get1_session: "uintptr_t SSL_get1_session(uintptr_t)",
  SSL_set_session: "int SSL_set_session(uintptr_t, uintptr_t)",
  SSL_SESSION_is_resumable: "int SSL_SESSION_is_resumable(uintptr_t)",
  SSL_SESSION_free: "void SSL_SESSION_free(uintptr_t)",
  BIO_new: "uintptr_t BIO_new(uintptr_t)",
  BIO_free: "int BIO_free(uintptr_t)",
  BIO_s_mem: "uintptr_t BIO_s_mem()",
  BIO_up_ref: "int BIO_up_ref(uintptr_t)",
  BIO_read: "int BIO_read(uintptr_t, uintptr_t, int)",
  BIO_write: "int BIO_write(uintptr_t, uintptr_t, int)",
  BIO_ctrl: "long BIO_ctrl(uintptr_t, int, long, uintptr_t)",
  BIO_ctrl_pending: "size_t BIO_ctrl_pending(uintptr_t)",
  ERR_clear_error: "void ERR_clear_error()",
  ERR_get_error: "ulong ERR_get_error()",
  ERR_reason_error_string: "const char *ERR_reason_error_string(ulong)",
} as const;

type Name = keyof typeof prototypes;
type Text = "SSL_get_version" | "X509_verify_cert_error_string" | "SSL_CIPHER_get_name" | "ERR_reason_error_string";
/** Every function takes addresses, numbers and names, and returns a number, except those that return text. */
export type OpenSsl = {
  readonly [N in Name]: (...given: (number | string)[]) => N extends Text ? string | null : number;
};

/** Binds the function of a prototype; throws when it does not exist. */
type Bind = (prototype: string) => unknown;

let bound: OpenSsl | undefined;

/** OpenSSL's functions. Throws, naming the first one that this Node does not export. */
export function openSsl(): OpenSsl {
  bound ??= bindOpenSsl(exported);
  return bound;
}

export const bindOpenSsl = (bind: Bind): OpenSsl =>
  Object.fromEntries(
    Object.entries(prototypes).map(([name, prototype]) => [name, bindOne(bind, name, prototype)]),
  ) as unknown as OpenSsl;

function bindOne(bind: Bind, name: string, prototype: string): unknown {
  try {
    return bind(prototype);
  } catch (error) {
    throw new Error(`this Node exports no ${name} of OpenSSL`, { cause: error });
  }
}

export const control = {
  setMode: 33,
  setSessionCacheMode: 44,
  setServerName: 55,
  clearMode: 78,
  setMinVersion: 123,
  setMaxVersion: 124,
  /** BIO: empties it; sets what an empty BIO returns to a read (-1: retry). */
  reset: 1,
  setEmptyAnswer: 130,
} as const;
export const mode = { partialWrite: 0x1, movingBuffer: 0x2, autoRetry: 0x4, releaseBuffers: 0x10 } as const;
export const option = { noTicket: 1 << 14, noRenegotiation: 1 << 30 } as const;
export const sessionCacheOff = 0;
export const verify = { none: 0, peer: 1 } as const;
export const versionNumbers = { "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 } as const;
/** SSL_get_error: more bytes are needed; the peer sent close_notify. */
export const wantsRead = 2;
export const zeroReturn = 6;
/** SSL_set_shutdown: both sides have sent close_notify. */
export const bothShut = 3;
export const filetypePem = 1;
/**
 * Fields of a packed error: the library number of SSL, where the peer's alerts start among its reasons, and the reason
 * for a rejected peer certificate.
 */
export const sslLibrary = 20;
export const alertReasons = 1000;
export const verifyFailed = 134;
/** X509_V_ERR numbers that Node names (crypto_common.cc); for others OpenSSL's text is used. */
export const verdictNames: Readonly<Record<number, string>> = {
  2: "UNABLE_TO_GET_ISSUER_CERT",
  7: "CERT_SIGNATURE_FAILURE",
  9: "CERT_NOT_YET_VALID",
  10: "CERT_HAS_EXPIRED",
  18: "DEPTH_ZERO_SELF_SIGNED_CERT",
  19: "SELF_SIGNED_CERT_IN_CHAIN",
  20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  22: "CERT_CHAIN_TOO_LONG",
  23: "CERT_REVOKED",
  24: "INVALID_CA",
  26: "INVALID_PURPOSE",
  27: "CERT_UNTRUSTED",
  28: "CERT_REJECTED",
  62: "HOSTNAME_MISMATCH",
  64: "IP_ADDRESS_MISMATCH",
};

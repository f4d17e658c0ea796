/** Why an OpenSSL call failed. */
import { tlsReason } from "../tls-reason.ts";
import { alertReasons, type OpenSsl, sslLibrary, verdictNames, verifyFailed } from "./openssl.ts";

/**
 * Reads the reason for the last failed call on an SSL object from the thread's error queue, and clears the queue.
 * Returns a reason of tls-reason.ts.
 */
export function tlsFailure(ssl: OpenSsl, object: number): string {
  const error = ssl.ERR_get_error();
  const reason = error & 0x7fffff;
  const library = Math.floor(error / 0x800000) & 0xff;
  const text = ssl.ERR_reason_error_string(error);
  ssl.ERR_clear_error();
  if (library === sslLibrary && reason === verifyFailed)
    return certificateFailure(ssl, ssl.SSL_get_verify_result(object));
  const name = tlsReason(text ?? "");
  // Not every alert's text contains the word: "tlsv1 unrecognized name".
  return library === sslLibrary && reason >= alertReasons
    ? `alert-${name.replace(/^(alert|sslv3|tlsv1|tlsv13)-/, "")}`
    : name;
}

/** What is wrong with the peer's certificate, by Node's name for it where there is one. */
const certificateFailure = (ssl: OpenSsl, error: number): string =>
  tlsReason(verdictNames[error] ?? ssl.X509_verify_cert_error_string(error) ?? "");

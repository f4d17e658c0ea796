/**
 * Why TLS failed, as one word: from the codes and texts of OpenSSL, which differ between its versions and between who
 * passes them on.
 */

/** It is not the peer's doing: a certificate that a connection of ours should show cannot be read any more. */
export const unusableCertificate = "own-certificate-unusable";

/** Names that say the same as another. */
const synonyms: Readonly<Record<string, string>> = {
  "cert-altname-invalid": "hostname-mismatch",
  "ip-address-mismatch": "hostname-mismatch",
  // Node goes on after the first error and tells the second.
  "unable-to-verify-leaf-signature": "unable-to-get-issuer-cert-locally",
};

/**
 * A reason such as `cert-has-expired`, `self-signed-cert-in-chain`, `hostname-mismatch`, `wrong-version-number` (no TLS
 * there), or the target's alert by its name in RFC 8446, section 6: `alert-certificate-required`. `text` is a code of
 * Node (`ERR_SSL_WRONG_VERSION_NUMBER`), a name of X509_verify_cert_error, or what ERR_reason_error_string says. What
 * does not look like a name is `other`.
 */
export function tlsReason(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/^err_(ssl|tls)_/, "")
    .replace(/^x509_v_err_/, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^(ssl-tls|sslv3|tlsv1|tlsv13|tls)-alert-/, "alert-");
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(words)) return "other";
  return synonyms[words] ?? words;
}

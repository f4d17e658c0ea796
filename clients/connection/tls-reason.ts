/**
 * Why TLS failed, as one word: normalizes OpenSSL's codes and texts, which differ between its versions and between the
 * layers that report them.
 */

/** Not the peer's fault: a client certificate can no longer be read. */
export const unusableCertificate = "own-certificate-unusable";

/** Names that mean the same as another. */
const synonyms: Readonly<Record<string, string>> = {
  "cert-altname-invalid": "hostname-mismatch",
  "ip-address-mismatch": "hostname-mismatch",
  // Node continues after the first error and reports the second.
  "unable-to-verify-leaf-signature": "unable-to-get-issuer-cert-locally",
};

/**
 * A reason such as `cert-has-expired`, `self-signed-cert-in-chain`, `hostname-mismatch`, `wrong-version-number` (the
 * peer does not speak TLS), or the target's alert by its name in RFC 8446, section 6: `alert-certificate-required`.
 * `text` is a Node error code (`ERR_SSL_WRONG_VERSION_NUMBER`), a name of X509_verify_cert_error, or the output of
 * ERR_reason_error_string. Texts that do not look like a name become `other`.
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

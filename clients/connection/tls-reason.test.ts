import assert from "node:assert/strict";
import { test } from "node:test";
import { tlsReason } from "./tls-reason.ts";

const cases: [string, string][] = [
  ["ERR_SSL_WRONG_VERSION_NUMBER", "wrong-version-number"],
  ["wrong version number", "wrong-version-number"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "alert-handshake-failure"],
  ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "alert-handshake-failure"],
  ["sslv3 alert handshake failure", "alert-handshake-failure"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "alert-certificate-required"],
  ["tlsv1 alert protocol version", "alert-protocol-version"],
  ["CERT_HAS_EXPIRED", "cert-has-expired"],
  ["X509_V_ERR_CERT_HAS_EXPIRED", "cert-has-expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "hostname-mismatch"],
  ["HOSTNAME_MISMATCH", "hostname-mismatch"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable-to-get-issuer-cert-locally"],
  ["", "other"],
  ["x".repeat(200), "other"],
];

test("a TLS failure has the same name from every source", () => {
  for (const [text, reason] of cases) assert.equal(tlsReason(text), reason, text);
});

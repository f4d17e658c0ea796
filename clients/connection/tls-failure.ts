/**
 * What a failed handshake is called in `tls-failed:NAME`: the peer's alert by its name in RFC 8446 (section 6), our own verdict on its
 * certificate, or OpenSSL's reason with dashes. Both engines give the same names.
 */

/** The peer's alerts, by their number in the TLS registry. */
const alerts: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  21: "decryption_failed",
  22: "record_overflow",
  30: "decompression_failure",
  40: "handshake_failure",
  41: "no_certificate",
  42: "bad_certificate",
  43: "unsupported_certificate",
  44: "certificate_revoked",
  45: "certificate_expired",
  46: "certificate_unknown",
  47: "illegal_parameter",
  48: "unknown_ca",
  49: "access_denied",
  50: "decode_error",
  51: "decrypt_error",
  60: "export_restriction",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  100: "no_renegotiation",
  109: "missing_extension",
  110: "unsupported_extension",
  111: "certificate_unobtainable",
  112: "unrecognized_name",
  113: "bad_certificate_status_response",
  114: "bad_certificate_hash_value",
  115: "unknown_psk_identity",
  116: "certificate_required",
  120: "no_application_protocol",
};

/** Among the reasons of OpenSSL's errors, where the peer's alerts begin. */
export const alertReasons = 1000;

export const alertName = (alert: number): string => alerts[alert] ?? `alert_${alert}`;

/** Our verdict on the peer's certificate, by OpenSSL's X509_V_ERR number and by the name Node gives it. */
const verdicts: readonly [name: string, numbers: readonly number[], nodeCodes: readonly string[]][] = [
  ["expired", [10], ["CERT_HAS_EXPIRED"]],
  ["not-yet-valid", [9], ["CERT_NOT_YET_VALID"]],
  [
    "unknown-issuer",
    [2, 18, 19, 20, 21, 27],
    [
      "UNABLE_TO_GET_ISSUER_CERT",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "CERT_UNTRUSTED",
    ],
  ],
  ["wrong-host", [62, 64], ["ERR_TLS_CERT_ALTNAME_INVALID", "HOSTNAME_MISMATCH", "IP_ADDRESS_MISMATCH"]],
  ["revoked", [23], ["CERT_REVOKED"]],
  ["bad-signature", [7], ["CERT_SIGNATURE_FAILURE"]],
  ["wrong-purpose", [26, 79, 24], ["INVALID_PURPOSE", "INVALID_CA"]],
  ["weak-certificate", [66, 67, 68], ["EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"]],
];

/** The name of a verification error (X509_V_ERR of openssl/x509_vfy.h). */
export function verifyName(error: number): string {
  return verdicts.find(([, numbers]) => numbers.includes(error))?.[0] ?? "untrusted";
}

/** OpenSSL's reason with dashes: "wrong version number" is wrong-version-number. */
export function reasonName(reason: string | null): string {
  const words = (reason ?? "").toLowerCase().match(/[a-z0-9]+/g);
  return words === null ? "unknown" : words.join("-");
}

const alertsByName = new Map(Object.values(alerts).map((name) => [name.toUpperCase(), name]));

/** The same names from an error of Node's `tls`: code CERT_HAS_EXPIRED, ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION, ECONNRESET; or EPROTO with OpenSSL's own line. */
export function nodeFailureName({ code = "", message }: NodeJS.ErrnoException): string {
  const verdict = verdicts.find(([, , codes]) => codes.includes(code));
  if (verdict !== undefined) return verdict[0];
  if (code === "ECONNRESET") return "reset";
  const [, packed = "", text = ""] = /error:([0-9A-F]{8}):[^:]*:[^:]*:([^:]*):/i.exec(message) ?? [];
  const reason = Number.parseInt(packed, 16) & 0x7fffff;
  if (packed !== "") return reason >= alertReasons ? alertName(reason - alertReasons) : reasonName(text);
  const alert = alertsByName.get(code.replace(/^ERR_SSL_(?:SSL|TLS)V\d+(?:_ALERT)?_/, ""));
  return alert ?? reasonName(code.replace(/^ERR_(?:SSL_)?/, ""));
}

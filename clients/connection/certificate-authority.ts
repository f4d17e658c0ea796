/** Reads and checks the file of trusted certificates. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConnectionError } from "./connection-error.ts";

/**
 * Throws a {@link ConnectionError} `bad-certificate-authority` when the file cannot be read or holds no certificate.
 */
export function readCertificateAuthority(file: string): Buffer {
  try {
    const authority = readFileSync(file);
    new X509Certificate(authority); // Throws if there is no certificate; a TLS context would accept anything.
    return authority;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConnectionError(
      "bad-certificate-authority",
      `expected a file with certificates (PEM) in "${file}": ${why}; check tls.certificateAuthority`,
      {
        cause: error,
      },
    );
  }
}

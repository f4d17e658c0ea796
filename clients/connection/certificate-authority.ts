/** The file of certificates to trust, read and checked. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConnectionError } from "./connection-error.ts";

/**
 * Throws a {@link ConnectionError} `bad-certificate-authority` when the file cannot be read or holds no certificate.
 */
export function readCertificateAuthority(file: string): Buffer {
  try {
    const authority = readFileSync(file);
    new X509Certificate(authority); // Throws where there is no certificate; a context takes anything.
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

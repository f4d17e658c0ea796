/** A certificate and its key in PEM. */
export type TlsFiles = { cert: Buffer; key: Buffer };

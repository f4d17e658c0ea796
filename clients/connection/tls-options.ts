/** TLS options for a target, as in a scenario's `tls` block, and the checks made before the first connection. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ConnectionError } from "./connection-error.ts";

export const tlsVersions = ["TLSv1.2", "TLSv1.3"] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** Files are PEM. */
export interface TlsOptions {
  /** File with the only trusted authorities; null: those of the system and Node. */
  certificateAuthority: string | null;
  /** Accepts any certificate. */
  insecure: boolean;
  /** The server name to send (SNI) and to verify in the certificate; null: the host of the URL. */
  serverName: string | null;
  minVersion: TlsVersion;
  maxVersion: TlsVersion;
  /** OpenSSL's cipher list, names separated by colons, TLS 1.3 suites included; null: the library's default. */
  ciphers: string | null;
  /**
   * Client certificate with its chain, and its key: one for all connections, or file name templates for one per
   * connection.
   */
  certificate: string | null;
  key: string | null;
  /** `tickets`: a reconnecting connection resumes its last session. */
  resume: "none" | "tickets";
  /** Protocols to offer (RFC 7301); null: those of {@link alpnOf}. */
  alpn: readonly string[] | null;
}

export const defaultTls: TlsOptions = {
  certificateAuthority: null,
  insecure: false,
  serverName: null,
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  ciphers: null,
  certificate: null,
  key: null,
  resume: "none",
  alpn: null,
};

/** Whether each connection has its own certificate. */
export const isOfConnections = ({ certificate, key }: Pick<TlsOptions, "certificate" | "key">): boolean =>
  [certificate, key].some((file) => file?.includes("{{") === true);

/** Fills in omitted options. */
export const fullTls = (given: Partial<TlsOptions>): TlsOptions => ({ ...defaultTls, ...given });

const spokenOverHttp: readonly string[] = ["websocket", "sse", "http"];

/** Protocols to offer with ALPN: the scenario's list, otherwise HTTP/1.1 for protocols over HTTP, otherwise none. */
export function alpnOf(tls: TlsOptions, protocol: string): readonly string[] {
  return tls.alpn ?? (spokenOverHttp.includes(protocol) ? ["http/1.1"] : []);
}

/** Splits a cipher list: OpenSSL takes TLS 1.3 suites and older ciphers separately. */
export function splitCiphers(ciphers: string): { suites: string; list: string } {
  const names = ciphers.split(":").filter((name) => name !== "");
  return {
    suites: names.filter((name) => name.startsWith("TLS_")).join(":"),
    list: names.filter((name) => !name.startsWith("TLS_")).join(":"),
  };
}

/** The versions that a cipher list allows: TLS 1.3 needs one of its suites, TLS 1.2 an older cipher. */
export function versionsOf({ minVersion, maxVersion, ciphers }: TlsOptions): { min: TlsVersion; max: TlsVersion } {
  if (ciphers === null) return { min: minVersion, max: maxVersion };
  const { suites, list } = splitCiphers(ciphers);
  return { min: list === "" ? "TLSv1.3" : minVersion, max: suites === "" ? "TLSv1.2" : maxVersion };
}

/** A problem of a `tls` block: the name of the field, and a sentence. */
export interface TlsProblem {
  field: keyof TlsOptions;
  text: string;
}

/**
 * All problems of the block, found before anything starts: invalid files, unknown ciphers. Files that vary by
 * connection are checked where their names are known.
 */
export function tlsProblems(tls: TlsOptions): TlsProblem[] {
  return [...authorityProblems(tls), ...identityProblems(tls), ...nameProblems(tls), ...cipherProblems(tls)];
}

/** For engines, which may run on another machine than the check. Throws a {@link ConnectionError}. */
export function checkTls(tls: TlsOptions): void {
  const [first] = tlsProblems(tls);
  if (first === undefined) return;
  const code = first.field === "certificateAuthority" ? "bad-certificate-authority" : "bad-tls";
  throw new ConnectionError(code, `tls.${first.field}: ${first.text}`);
}

/** Without the file name, which may contain a connection's values. */
const whyOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/, (open|read) '.*'$/, "");
const pemBlock = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** The certificates of a PEM file. Throws what reading or parsing threw, or when there is none. */
function readCertificates(file: string): X509Certificate[] {
  const blocks = readFileSync(file, "utf8").match(pemBlock) ?? [];
  if (blocks.length === 0) throw new Error("it contains none");
  return blocks.map((block) => new X509Certificate(block));
}

function authorityProblems({ certificateAuthority: file }: TlsOptions): TlsProblem[] {
  if (file === null) return [];
  try {
    readCertificates(file);
    return [];
  } catch (error) {
    return [
      {
        field: "certificateAuthority",
        text: `expected a file with certificates (PEM) in "${file}": ${whyOf(error)}; check tls.certificateAuthority`,
      },
    ];
  }
}

function identityProblems(tls: TlsOptions): TlsProblem[] {
  const { certificate, key } = tls;
  if (certificate === null && key === null) return [];
  if (certificate === null)
    return [{ field: "certificate", text: "expected a certificate for tls.key, got none; give both or neither" }];
  if (key === null)
    return [{ field: "key", text: "expected the key of tls.certificate, got none; give both or neither" }];
  return isOfConnections(tls) ? [] : certificateProblems(certificate, key, (file) => `in "${file}"`);
}

/** Problems of a certificate and its key; `where` names their origin: in "client.pem", of connection 5. */
export function certificateProblems(certificate: string, key: string, where: (file: string) => string): TlsProblem[] {
  const problems: TlsProblem[] = [];
  let own: X509Certificate | undefined;
  let secret: KeyObject | undefined;
  try {
    own = readCertificates(certificate)[0];
  } catch (error) {
    const text = `expected a file with the client certificate (PEM) ${where(certificate)}: ${whyOf(error)}`;
    problems.push({ field: "certificate", text });
  }
  try {
    secret = readKey(key);
  } catch (error) {
    const text = `expected a private key without passphrase (PEM) ${where(key)}: ${whyOf(error)}`;
    problems.push({ field: "key", text });
  }
  if (own !== undefined && secret !== undefined && !own.checkPrivateKey(secret)) {
    const text = `expected the key that belongs to the first certificate ${where(certificate)}, got a different one ${where(key)}`;
    problems.push({ field: "key", text });
  }
  return problems;
}

function readKey(file: string): KeyObject {
  const text = readFileSync(file, "utf8");
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw new Error("it is encrypted; decrypt it first: openssl pkey -in FILE -out PLAIN");
  }
  return createPrivateKey(text);
}

function nameProblems({ serverName, alpn, minVersion, maxVersion }: TlsOptions): TlsProblem[] {
  const problems: TlsProblem[] = [];
  if (serverName !== null && !/^[A-Za-z0-9_.:-]{1,253}$/.test(serverName)) {
    problems.push({ field: "serverName", text: `expected a host name or address, got ${JSON.stringify(serverName)}` });
  }
  if (minVersion > maxVersion)
    problems.push({ field: "minVersion", text: `expected at most tls.maxVersion (${maxVersion}), got ${minVersion}` });
  for (const name of alpn ?? []) {
    if (!/^[\x21-\x7e]{1,255}$/.test(name))
      problems.push({
        field: "alpn",
        text: `expected a protocol name of 1 to 255 characters, got ${JSON.stringify(name)}`,
      });
  }
  return problems;
}

const isCommand = (name: string): boolean => /^@(STRENGTH|SECLEVEL=[0-5])$/.test(name);

/** Checks each name separately: OpenSSL ignores unknown names as long as one is known. */
function cipherProblems({ ciphers, minVersion, maxVersion }: TlsOptions): TlsProblem[] {
  if (ciphers === null) return [];
  const names = ciphers.split(":").filter((name) => name !== "");
  const unknown = names.filter((name) => !isCommand(name) && !isCipher(name.replace(/^[!+-]/, "")));
  if (unknown.length > 0)
    return [
      {
        field: "ciphers",
        text: `expected ciphers that OpenSSL knows, got ${unknown.join(", ")}; list them with: openssl ciphers -v ALL`,
      },
    ];
  const { suites, list } = splitCiphers(ciphers);
  const isUsable =
    (maxVersion === "TLSv1.3" && suites !== "") || (minVersion === "TLSv1.2" && list !== "" && isCipher(list));
  return isUsable
    ? []
    : [{ field: "ciphers", text: `expected a cipher of ${minVersion} to ${maxVersion}, got "${ciphers}"` }];
}

function isCipher(name: string): boolean {
  try {
    createSecureContext({ ciphers: name });
    return true;
  } catch {
    return false;
  }
}

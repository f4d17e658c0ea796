/**
 * Certificates for a run whose target serves TLS: its own authority, a certificate for localhost signed by it, and some
 * that clients must reject. Encodes X.509 (RFC 5280) in DER (X.690); cryptography is node:crypto's.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM files. `folder` also holds expired.pem, wrong-host.pem and unknown-issuer.pem, for the same key. */
export interface RunCertificates {
  folder: string;
  authority: string;
  certificate: string;
  key: string;
  remove(): void;
}

/** Creates them in a new folder below the system's temporary one, readable only by the current user. */
export function makeCertificates(): RunCertificates {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const authority = newKey();
  const stranger = newKey();
  const server = newKey();
  const dayMs = 86_400_000;
  const now = Date.now();
  const valid = { from: now - dayMs, to: now + 365 * dayMs };
  const hosts = ["localhost", "127.0.0.1", "::1"];
  const leaf = { name: "localhost", key: server, hosts, valid, issuer: "Holdfast run authority", issuerKey: authority };
  file("expired.pem", certificateOf({ ...leaf, valid: { from: now - 10 * dayMs, to: now - dayMs } }));
  file("wrong-host.pem", certificateOf({ ...leaf, name: "elsewhere.test", hosts: ["elsewhere.test"] }));
  file("unknown-issuer.pem", certificateOf({ ...leaf, issuer: "Unknown authority", issuerKey: stranger }));
  return {
    folder,
    authority: file("authority.pem", certificateOf({ ...leaf, name: leaf.issuer, key: authority, hosts: null })),
    certificate: file("server.pem", certificateOf(leaf)),
    key: file("server-key.pem", server.privateKey.export({ type: "pkcs8", format: "pem" }) as string),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** PEM. */
interface Issued {
  certificate: string;
  key: string;
}

/**
 * An authority for client certificates: its own certificate, and a function that issues one with its own key for a
 * name.
 */
export function makeClientAuthority(): { certificate: string; issue(name: string): Issued } {
  const authority = newKey();
  const dayMs = 86_400_000;
  const valid = { from: Date.now() - dayMs, to: Date.now() + 365 * dayMs };
  const signed = { valid, issuer: "Holdfast clients' authority", issuerKey: authority };
  return {
    certificate: certificateOf({ ...signed, name: signed.issuer, key: authority, hosts: null }),
    issue: (name) => {
      const key = newKey();
      return {
        certificate: certificateOf({ ...signed, name, key, hosts: [] }),
        key: key.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      };
    },
  };
}

interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

const newKey = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });

interface Subject {
  name: string;
  key: KeyPair;
  /** Host names and addresses it is valid for; null: it is an authority. */
  hosts: string[] | null;
  valid: { from: number; to: number };
  issuer: string;
  issuerKey: KeyPair;
}

/** One DER element: tag, length, contents. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
const isTrue = der(0x01, Buffer.of(0xff));
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

const distinguishedName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(name)))));

/** UTCTime, valid until 2049 (RFC 5280, section 4.1.2.5). */
const time = (atMs: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(atMs).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`));

function address(host: string): Buffer | null {
  if (/^\d+(\.\d+){3}$/.test(host)) return Buffer.from(host.split(".").map(Number));
  return host === "::1" ? Buffer.concat([Buffer.alloc(15), Buffer.of(1)]) : null;
}

function extensions({ hosts }: Subject, keyId: Buffer): Buffer {
  const one = (id: string, isCritical: boolean, value: Buffer): Buffer =>
    sequence(oid(id), ...(isCritical ? [isTrue] : []), octets(value));
  const constraints = hosts === null ? sequence(isTrue) : sequence();
  const names = (hosts ?? []).map((host) => {
    const bytes = address(host);
    return bytes === null ? der(0x82, Buffer.from(host)) : der(0x87, bytes);
  });
  const own = [one("551d13", true, constraints), one("551d0e", false, octets(keyId))];
  return der(0xa3, sequence(...own, ...(names.length > 0 ? [one("551d11", false, sequence(...names))] : [])));
}

function certificateOf(subject: Subject): string {
  const publicKey = subject.key.publicKey.export({ type: "spki", format: "der" });
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40; // Positive, and without a leading zero byte.
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    ecdsaWithSha256,
    distinguishedName(subject.issuer),
    sequence(time(subject.valid.from), time(subject.valid.to)),
    distinguishedName(subject.name),
    publicKey,
    extensions(subject, createHash("sha1").update(publicKey).digest()),
  );
  const text = sequence(signed, ecdsaWithSha256, bits(sign("sha256", signed, subject.issuerKey.privateKey))).toString(
    "base64",
  );
  return `-----BEGIN CERTIFICATE-----\n${text.replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}

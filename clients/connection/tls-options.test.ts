import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { testCertificate, testKey } from "./testing/test-certificate.ts";
import { fullTls, type TlsOptions, tlsProblems } from "./tls-options.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tls-options-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const certificate = file("cert.pem", testCertificate);
const key = file("key.pem", testKey);
const missing = join(folder, "missing.pem");
const cipher = { cipher: "aes-256-cbc", passphrase: "a word nobody knows" } as const;
const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
const ofRsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

const problem = (given: Partial<TlsOptions>): [string, string][] =>
  tlsProblems(fullTls(given)).map(({ field, text }) => [field, text]);

const wrong: [what: string, given: Partial<TlsOptions>, field: string, text: RegExp][] = [
  ["a key that is not there", { certificate, key: missing }, "key", /private key .*missing\.pem": ENOENT/],
  ["a key that is a folder", { certificate, key: folder }, "key", /private key .*: EISDIR/],
  ["a key that is none", { certificate, key: certificate }, "key", /expected a private key/],
  [
    "an encrypted key (PKCS 8)",
    {
      certificate,
      key: file("locked.pem", createPrivateKey(testKey).export({ type: "pkcs8", format: "pem", ...cipher }) as string),
    },
    "key",
    /it is encrypted; decrypt it first: openssl pkey/,
  ],
  [
    "an encrypted key (PKCS 1)",
    { certificate, key: file("old.pem", ofRsa.export({ type: "pkcs1", format: "pem", ...cipher }) as string) },
    "key",
    /it is encrypted/,
  ],
  [
    "the key of another certificate",
    { certificate, key: file("other.pem", other as string) },
    "key",
    /expected the key that belongs to the first certificate in ".*cert\.pem", got a different one in ".*other\.pem"/,
  ],
  ["a certificate without its key", { certificate }, "key", /got none; give both or neither/],
  ["a key without its certificate", { key }, "certificate", /got none; give both or neither/],
  ["an authority that is not there", { certificateAuthority: missing }, "certificateAuthority", /ENOENT/],
  ["an authority file with a key alone", { certificateAuthority: key }, "certificateAuthority", /it contains none/],
  [
    "an authority whose certificate is cut",
    { certificateAuthority: file("cut.pem", testCertificate.replace(/\n.{64}\n/, "\n")) },
    "certificateAuthority",
    /expected a file with certificates/,
  ],
  ["an unknown cipher", { ciphers: "ECDHE-RSA-AES128-GCM-SHA256:NONE-SUCH" }, "ciphers", /got NONE-SUCH; list them/],
  ["an unknown suite of TLS 1.3", { ciphers: "TLS_NONE_SUCH" }, "ciphers", /got TLS_NONE_SUCH/],
  [
    "a suite that no version has",
    { ciphers: "TLS_AES_128_GCM_SHA256", maxVersion: "TLSv1.2" },
    "ciphers",
    /expected a cipher of TLSv1.2 to TLSv1.2/,
  ],
  ["versions the wrong way round", { minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, "minVersion", /at most tls/],
  ["a name that is none", { serverName: "a host" }, "serverName", /expected a host name/],
];

describe("a tls block", () => {
  for (const [what, given, field, text] of wrong) {
    test(`${what} is reported`, () => {
      const told = problem(given);
      assert.deepEqual(
        told.map(([name]) => name),
        [field],
        JSON.stringify(told),
      );
      assert.match(told[0]![1], text);
      assert.doesNotMatch(JSON.stringify(told), /BEGIN|a word nobody knows/);
    });
  }

  test("all problems are reported at once, and none for a valid block", () => {
    const fields = problem({ certificateAuthority: key, certificate: missing, key: missing, ciphers: "NONE" });
    assert.deepEqual(
      fields.map(([field]) => field),
      ["certificateAuthority", "certificate", "key", "ciphers"],
    );
    assert.deepEqual(problem({ certificateAuthority: certificate, certificate, key }), []);
  });
});

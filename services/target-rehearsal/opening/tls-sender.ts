import { createCipheriv, createHmac } from "node:crypto";

/** Alerts by their names in RFC 8446, section 6. */
export const alertCodes = {
  "unexpected-message": 10,
  "handshake-failure": 40,
  "bad-certificate": 42,
  "unknown-ca": 48,
  "access-denied": 49,
  "protocol-version": 70,
  "insufficient-security": 71,
  "internal-error": 80,
  "unrecognized-name": 112,
} as const;
export type AlertName = keyof typeof alertCodes;

/** Record types (RFC 8446, section 5.1). */
export const recordType = { alert: 21, handshake: 22, data: 23 } as const;
const fatal = 2;
const mostBytes = 16_384;

export const fatalAlert = (name: AlertName): Buffer => Buffer.of(fatal, alertCodes[name]);
const closeNotify = Buffer.of(1, 0);
/** Type, length, and whether the peer must update its keys as well. */
const keyUpdate = (isAsked: boolean): Buffer => Buffer.of(24, 0, 0, 1, isAsked ? 1 : 0);

/** An unencrypted record. */
export function plainRecord(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type, 3, 3, body.length >> 8, body.length & 255), body]);
}

/** Encrypts server records with TLS 1.3's own keys, for what Node's TLS does not offer: alerts and key updates. */
export class TlsSender {
  readonly #suite: { cipher: string; keyBytes: number; hash: string };
  #secret: Buffer;
  #key: Buffer = Buffer.alloc(0);
  #iv: Buffer = Buffer.alloc(0);
  #sequence: number;

  /** `sent`: number of records already sent under this secret. Throws for a suite other than the usual TLS 1.3 ones. */
  constructor(suiteName: string, secret: Buffer, sent: number) {
    const suite = suites[suiteName];
    if (suite === undefined) throw new Error(`expected a usual suite of TLS 1.3, got ${suiteName}`);
    this.#suite = suite;
    this.#secret = secret;
    this.#sequence = sent;
    this.#derive();
  }

  #expand(label: string, length: number): Buffer {
    const name = Buffer.from(`tls13 ${label}`);
    const info = Buffer.concat([Buffer.of(length >> 8, length & 255, name.length), name, Buffer.of(0, 1)]);
    return createHmac(this.#suite.hash, this.#secret).update(info).digest().subarray(0, length);
  }

  #derive(): void {
    this.#key = this.#expand("key", this.#suite.keyBytes);
    this.#iv = this.#expand("iv", 12);
  }

  /** Encrypts one record (RFC 8446, section 5.2). */
  seal(type: number, body: Buffer): Buffer {
    const { cipher } = this.#suite;
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    const length = body.length + 17;
    const head = Buffer.of(recordType.data, 3, 3, length >> 8, length & 255);
    // Node's types distinguish the two kinds of cipher by name.
    const sealed = createCipheriv(cipher as "chacha20-poly1305", this.#key, nonce, { authTagLength: 16 });
    sealed.setAAD(head, { plaintextLength: body.length + 1 });
    const text = Buffer.concat([sealed.update(Buffer.concat([body, Buffer.of(type)])), sealed.final()]);
    return Buffer.concat([head, text, sealed.getAuthTag()]);
  }

  /** Bytes in records of at most `most` bytes. */
  data(bytes: Buffer, most = mostBytes): Buffer {
    const records: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += most)
      records.push(this.seal(recordType.data, bytes.subarray(at, at + most)));
    return Buffer.concat(records);
  }

  /** Announces that later records use the next keys (RFC 8446, section 7.2). */
  updateKeys(isAsked: boolean): Buffer {
    const record = this.seal(recordType.handshake, keyUpdate(isAsked));
    const { hash } = this.#suite;
    this.#secret = this.#expand("traffic upd", hash === "sha384" ? 48 : 32);
    this.#derive();
    this.#sequence = 0;
    return record;
  }

  alert(name: AlertName): Buffer {
    return this.seal(recordType.alert, fatalAlert(name));
  }

  farewell(): Buffer {
    return this.seal(recordType.alert, closeNotify);
  }
}

const suites: Readonly<Record<string, { cipher: string; keyBytes: number; hash: string }>> = {
  TLS_AES_128_GCM_SHA256: { cipher: "aes-128-gcm", keyBytes: 16, hash: "sha256" },
  TLS_AES_256_GCM_SHA384: { cipher: "aes-256-gcm", keyBytes: 32, hash: "sha384" },
  TLS_CHACHA20_POLY1305_SHA256: { cipher: "chacha20-poly1305", keyBytes: 32, hash: "sha256" },
};

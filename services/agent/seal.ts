/**
 * Signatures of documents in Redis (docs/decisions/007-trust.md). With a secret, every text carries an HMAC-SHA-256
 * over itself and the place it belongs to, and texts without a valid one are rejected. Without a secret, texts are not
 * signed.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

/** Shortest secret, characters. */
export const leastSecretLength = 16;

const mark = "hf1.";

export class Seal {
  readonly #secret: string | null;

  constructor(secret: string | null) {
    this.#secret = secret;
  }

  /** Whether texts are signed. */
  get isSigning(): boolean {
    return this.#secret !== null;
  }

  #codeOf(secret: string, place: string, text: string): string {
    return createHmac("sha256", secret).update(`${place.length}:${place}`).update(text).digest("base64url");
  }

  /** The queue shared by holders of the same secret: others do not take its shards. */
  queueName(name: string): string {
    return this.#secret === null ? name : `${name}-${this.#codeOf(this.#secret, "queue", name).slice(0, 16)}`;
  }

  /** The text as stored at a place. */
  close(place: string, text: string): string {
    return this.#secret === null ? text : `${mark}${this.#codeOf(this.#secret, place, text)}.${text}`;
  }

  /** The text stored at a place. Throws when its signature is missing, invalid or unexpected. */
  open(place: string, sealed: string): string {
    if (this.#secret === null) {
      if (sealed.startsWith(mark))
        throw new Error("it is signed, but this process has no secret: set HOLDFAST_AGENT_SECRET");
      return sealed;
    }
    const end = sealed.indexOf(".", mark.length);
    if (!sealed.startsWith(mark) || end === -1) throw new Error("it is not signed");
    const text = sealed.slice(end + 1);
    const [given, wanted] = [sealed.slice(mark.length, end), this.#codeOf(this.#secret, place, text)].map((code) =>
      Buffer.from(code),
    );
    if (given!.length !== wanted!.length || !timingSafeEqual(given!, wanted!))
      throw new Error("its signature does not match the shared secret");
    return text;
  }
}

/**
 * The shared secret: HOLDFAST_AGENT_SECRET, or the file named by HOLDFAST_AGENT_SECRET_FILE; null when neither is set.
 * Throws what is wrong with it.
 */
export function readSecret(environment: NodeJS.ProcessEnv): string | null {
  const { HOLDFAST_AGENT_SECRET: given, HOLDFAST_AGENT_SECRET_FILE: file } = environment;
  if (!given && !file) return null;
  if (given && file) throw new Error("expected HOLDFAST_AGENT_SECRET or HOLDFAST_AGENT_SECRET_FILE, got both");
  const secret = given || readSecretFile(file as string);
  if (secret.length < leastSecretLength)
    throw new Error(`HOLDFAST_AGENT_SECRET: expected at least ${leastSecretLength} characters, got ${secret.length}`);
  return secret;
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`HOLDFAST_AGENT_SECRET_FILE: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Removes secrets from an environment that child processes do not need. */
export function forgetSecrets(environment: NodeJS.ProcessEnv): void {
  for (const name of ["REDIS_URL", "HOLDFAST_AGENT_SECRET", "HOLDFAST_AGENT_SECRET_FILE", "HOLDFAST_TOKEN"])
    delete environment[name];
}

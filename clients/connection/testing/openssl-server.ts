/**
 * For tests: `openssl s_server`, which supports what Node's server does not: key updates, renegotiation, any number of
 * tickets.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testCertificate, testKey } from "./test-certificate.ts";

/** Whether the openssl command is available in a recent enough version. */
export function hasOpensslCommand(): boolean {
  try {
    return /^OpenSSL (1\.1\.1|3)/.test(execFileSync("openssl", ["version"]).toString());
  } catch {
    return false;
  }
}

export class OpensslServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
  }

  /**
   * Serves one client after another; what is written to it goes to the client, except for commands: "K\n" updates
   * keys, "R\n" renegotiates.
   */
  static async start(flags: readonly string[]): Promise<OpensslServer> {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-s-server-"));
    writeFileSync(join(folder, "cert.pem"), testCertificate);
    writeFileSync(join(folder, "key.pem"), testKey);
    const child = spawn(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", ...flags],
      { cwd: folder },
    );
    let said = "";
    const port = await new Promise<number>((resolve, reject) => {
      child.once("exit", () => reject(new Error(`openssl s_server ended: ${said}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (bytes) => {
          said += bytes;
          const [, number] = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
          if (number !== undefined) resolve(Number(number));
        });
      }
    });
    return new OpensslServer(child, folder, port);
  }

  /** Resolves when the server's process has received the bytes. */
  write(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => this.#child.stdin!.write(bytes, () => resolve()));
  }

  stop(): void {
    this.#child.removeAllListeners("exit");
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }
}

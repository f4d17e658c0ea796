/** A built-in target as the server of a comparison: closer to a user's own server than the reference pusher. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usableTarget } from "../clients/run/prepare/choose-target.ts";
import { makeCertificates } from "../clients/target/certificate.ts";
import { startTarget } from "../clients/target/managed-target.ts";
import type { Pusher } from "./contender.ts";

interface BuiltInOptions {
  isSecure?: boolean;
  /** The rehearsal target's fault script. */
  faults?: string;
}

/** `authority`: the file to trust when it uses TLS. */
interface BuiltIn extends Pusher {
  tcpPort: number;
  authority?: string;
}

/** Starts it, or says why it cannot run here. Its log is in a temporary folder that is removed with it. */
export async function startBuiltIn(
  name: string,
  say: (line: string) => void,
  { isSecure = false, faults }: BuiltInOptions = {},
): Promise<BuiltIn | string> {
  const logFolder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const tls = isSecure ? makeCertificates() : undefined;
  const script = join(logFolder, "faults.yaml");
  if (faults !== undefined) writeFileSync(script, faults);
  const removeFiles = (): void => {
    rmSync(logFolder, { recursive: true, force: true });
    tls?.remove();
  };
  try {
    const extra = faults === undefined ? {} : { extra: { faults: script, account: join(logFolder, "account.ndjson") } };
    const secure = tls === undefined ? {} : { tls };
    const handle = await startTarget(await usableTarget(name, say), { logFolder, ...extra, ...secure });
    const { port, tcpPort } = handle.endpoints[0]!;
    const stop = (): Promise<void> => handle.stop().finally(removeFiles);
    return {
      port,
      tcpPort,
      pid: handle.pids[0]!,
      stop,
      ...(tls === undefined ? {} : { authority: tls.authority }),
    };
  } catch (error) {
    removeFiles();
    return (error as Error).message;
  }
}

export const startGo = (say: (line: string) => void): Promise<BuiltIn | string> => startBuiltIn("go", say);

/** For tests: keepers in their own processes, and requests to them. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../clients/target/project-root.ts";

const program = join(projectRoot, "dist/services/keeper/main.js");
export const token = "a-token-of-this-test-only";

/** A folder with the token in a file. */
export interface KeeperFolder {
  path: string;
  tokenFile: string;
  remove(): void;
}

export function keeperFolder(): KeeperFolder {
  const path = mkdtempSync(join(tmpdir(), "holdfast-keeper-"));
  const tokenFile = join(path, "token");
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  return { path, tokenFile, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface StartedKeeper {
  child: ChildProcess;
  url: string;
  /** Everything it has printed so far. */
  said(): string;
  /** Resolves when it prints this; rejects when it exits without. */
  untilSaid(words: RegExp): Promise<RegExpExecArray>;
}

/** Starts a keeper on a port chosen by the system; it exits with this process. */
export async function startKeeper(tokenFile: string, ...args: string[]): Promise<StartedKeeper> {
  const child = spawn(process.execPath, [program, ...args, "--listen", "127.0.0.1:0", "--token-file", tokenFile], {
    cwd: projectRoot,
    // "ignore": a command that outlives its keeper must not keep a pipe of ours open.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let text = "";
  child.stderr!.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const untilSaid = async (words: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = words.exec(text);
      if (found !== null) return found;
      assert(child.exitCode === null && child.signalCode === null, `it ended, having said: ${text}`);
      await Promise.race([once(child.stderr!, "data"), once(child, "close")]);
    }
  };
  const [url] = await untilSaid(/http:\/\/\S+/);
  return { child, url, said: () => text, untilSaid };
}

/** Starts a keeper that rejects its command line; returns its exit code and output. */
export async function refusedKeeper(...args: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (part: Buffer) => {
    said += part.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

export const ask = (url: string, init: RequestInit = {}, given = token): Promise<Response> =>
  fetch(url, { ...init, headers: { authorization: `Bearer ${given}` } });

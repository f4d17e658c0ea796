/**
 * Allows one service per runs folder: two would close each other's orders. The lock is a file that names its holder; it
 * is void when the holder is gone, or is on another machine and has stopped its heartbeat.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isRunning, readProcessStat } from "../../../clients/measure/host/process-files.ts";
import { readJson } from "../../../clients/run/folder/plain-file.ts";

const fileName = ".service.lock";
/** Heartbeat interval of a holder, milliseconds. */
const beatMs = 5000;
/** A holder that cannot be checked by its pid counts as gone after this long without a heartbeat. */
const silentMs = 30_000;
const lookAgainMs = 1000;
/** A takeover is quick: one that has been going on for longer was abandoned. */
const takeoverMs = 10_000;

interface Holder {
  pid: number;
  startTicks: number | null;
  /** Where the pid is valid. */
  place: string;
}

/** The machine and its pid namespace: each container has its own. */
function ownPlace(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

export class FolderLock {
  readonly #path: string;
  readonly #beat: NodeJS.Timeout;

  private constructor(path: string) {
    this.#path = path;
    this.#beat = setInterval(() => this.#show(), beatMs).unref();
  }

  /**
   * Takes the folder. Returns a string that names the holder when it is taken, or null where no lock can be written, as
   * on a read-only disk: then no orders can be written there either.
   */
  static async take(folder: string): Promise<FolderLock | string | null> {
    const path = join(folder, fileName);
    try {
      mkdirSync(folder, { recursive: true });
      if (write(path) || takeOver(path)) return new FolderLock(path);
      // A holder on this machine is looked up by pid; one on another machine proves to be alive by its next heartbeat.
      const changedMs = statSync(path).mtimeMs;
      while (!isHeldHere(path) && statSync(path).mtimeMs === changedMs) {
        await pause(lookAgainMs);
        if (takeOver(path)) return new FolderLock(path);
      }
      return `${folder} is in use by another service (${nameOf(path)}); use a different --runs folder`;
    } catch {
      return null;
    }
  }

  #show(): void {
    try {
      utimesSync(this.#path, new Date(), new Date());
    } catch {
      // A removed folder has nothing to protect.
    }
  }

  release(): void {
    clearInterval(this.#beat);
    if (isOurs(this.#path)) rmSync(this.#path, { force: true });
  }
}

/**
 * Creates the file; false when it exists. Throws when it cannot be created. On a full disk the file may be empty, but
 * it still locks.
 */
function write(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    writeFileSync(
      file,
      JSON.stringify({
        pid: process.pid,
        startTicks: readProcessStat(process.pid)?.startTicks ?? null,
        place: ownPlace(),
      } satisfies Holder),
    );
  } catch {
    // Its age is sufficient.
  } finally {
    closeSync(file);
  }
  return true;
}

function holderOf(path: string): Holder | null {
  const found = readJson(path) as Partial<Holder> | null;
  return typeof found?.pid === "number" && typeof found.place === "string" ? (found as Holder) : null;
}

function nameOf(path: string): string {
  const holder = holderOf(path);
  return holder === null ? "not named" : `process ${holder.pid} on ${holder.place.split(" ")[0]}`;
}

function isOurs(path: string): boolean {
  const holder = holderOf(path);
  return holder === null || (holder.pid === process.pid && holder.place === ownPlace());
}

function isHeldHere(path: string): boolean {
  const holder = holderOf(path);
  if (holder === null || holder.place !== ownPlace() || !isRunning(holder.pid)) return false;
  return holder.startTicks === null || readProcessStat(holder.pid)?.startTicks === holder.startTicks;
}

function isHeld(path: string): boolean {
  const holder = holderOf(path);
  if (holder !== null && holder.place === ownPlace()) return isHeldHere(path);
  return Date.now() - statSync(path).mtimeMs < silentMs;
}

/** Takes over a lock whose holder is gone; exclusive, so that only one of several gets it. */
function takeOver(path: string): boolean {
  const guard = `${path}.taking`;
  try {
    if (Date.now() - statSync(guard).mtimeMs > takeoverMs) rmdirSync(guard);
  } catch {
    // No takeover is in progress.
  }
  try {
    mkdirSync(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    if (isHeld(path)) return false;
    rmSync(path, { force: true, recursive: true });
    return write(path);
  } finally {
    rmdirSync(guard);
  }
}

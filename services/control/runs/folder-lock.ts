/**
 * One service to a runs folder: two would close each other's orders. The lock is a file that names its holder; a holder
 * that is gone, or one of another machine that has not been heard of, holds nothing.
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
/** How often a holder shows that it lives, milliseconds. */
const beatMs = 5000;
/** A holder that cannot be looked up by its pid is gone after so long without a beat. */
const silentMs = 30_000;
const lookAgainMs = 1000;
/** Taking over takes no time: whoever has been at it for longer is gone. */
const takeoverMs = 10_000;

interface Holder {
  pid: number;
  startTicks: number | null;
  /** Where the pid means something. */
  place: string;
}

/** The machine and its table of processes: containers have one each. */
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
   * Takes the folder. A string says who has it. Null where no lock can be written, as on a disk that is read-only: then
   * nobody can write an order there either.
   */
  static async take(folder: string): Promise<FolderLock | string | null> {
    const path = join(folder, fileName);
    try {
      mkdirSync(folder, { recursive: true });
      if (write(path) || takeOver(path)) return new FolderLock(path);
      // A holder of this machine is looked up; of another one, the next beat shows that it lives, and its silence that
      // it does not.
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
      // A folder that was removed has nothing to protect.
    }
  }

  release(): void {
    clearInterval(this.#beat);
    if (isOurs(this.#path)) rmSync(this.#path, { force: true });
  }
}

/**
 * Makes the file; false when it is there. Throws when it cannot be made. A full disk takes its name and not what it
 * says: that holds, too.
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
    // Its age speaks for it.
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

/** Takes a lock whose holder is gone; one at a time, so that of two who see it gone one gets it. */
function takeOver(path: string): boolean {
  const guard = `${path}.taking`;
  try {
    if (Date.now() - statSync(guard).mtimeMs > takeoverMs) rmdirSync(guard);
  } catch {
    // Nobody is at it.
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

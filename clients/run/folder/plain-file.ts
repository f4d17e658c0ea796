/**
 * Files of the runs folder, which others may write to as well: only plain files are read, and never more of one than it
 * may hold; no link is followed, so that nothing outside the folder is read, changed or waited for.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Readable by its owner only: for what holds secrets. */
export const ownerOnly = 0o600;
const usualMode = 0o666;
/** No file that is read whole is larger: a report of the longest search has some MiB. */
const mostBytes = 64 * 2 ** 20;

/** Makes a folder and those above it. Throws when something else stands there, a link to a folder included. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  if (!lstatSync(path).isDirectory()) throw new Error(`expected a folder at ${path}, but it is a symbolic link`);
}

/**
 * Replaces a file whole: written beside, then renamed, so that no reader sees half of it. A failure leaves the one
 * before.
 */
export function replaceFile(path: string, text: string, mode = usualMode): void {
  const beside = join(dirname(path), `.${basename(path)}.tmp`);
  rmSync(beside, { force: true, recursive: true });
  try {
    const file = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Opens a file to append to, and makes it where there is none. Throws for anything but a plain file. */
export function openToAppend(path: string): number {
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, usualMode);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new Error(`expected a plain file at ${path}`);
}

/** Appends to a file as {@link openToAppend} opens it. */
export function appendToFile(path: string, text: string): void {
  const file = openToAppend(path);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Opens a plain file to read; null for anything else, and for what may not be read. */
export function openPlainFile(path: string): { file: number; sizeBytes: number; changedMs: number } | null {
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return null;
  }
  const stat = fstatSync(file);
  if (stat.isFile()) return { file, sizeBytes: stat.size, changedMs: stat.mtimeMs };
  closeSync(file);
  return null;
}

/** The text of a plain file of at most 64 MiB; null for anything else. */
export function readPlainFile(path: string): string | null {
  const opened = openPlainFile(path);
  if (opened === null) return null;
  try {
    return opened.sizeBytes > mostBytes ? null : readFileSync(opened.file, "utf8");
  } catch {
    return null;
  } finally {
    closeSync(opened.file);
  }
}

/** What a JSON file holds; null where there is no plain file of JSON. */
export function readJson(path: string): unknown {
  const text = readPlainFile(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

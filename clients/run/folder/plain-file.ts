/**
 * Files in the runs folder, where others may write too: only regular files up to a maximum size are read and no
 * symbolic links are followed, so that nothing outside the folder is read, modified or blocked on.
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

/** Readable only by the owner: for files with secrets. */
export const ownerOnly = 0o600;
const usualMode = 0o666;
/** Largest file that is read whole, bytes: the report of the longest search has a few MiB. */
const mostBytes = 64 * 2 ** 20;

/** Creates a folder and its parents. Throws when something else exists there, including a link to a folder. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  if (!lstatSync(path).isDirectory()) throw new Error(`expected a folder at ${path}, but it is a symbolic link`);
}

/**
 * Replaces a whole file by writing a temporary one and renaming it, so that readers never see a partial file. On
 * failure the previous file remains.
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

/** Opens a file for appending, creating it if necessary. Throws for anything but a regular file. */
export function openToAppend(path: string): number {
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, usualMode);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new Error(`expected a plain file at ${path}`);
}

/** Appends to a file, opened as by {@link openToAppend}. */
export function appendToFile(path: string, text: string): void {
  const file = openToAppend(path);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Opens a regular file for reading; null for anything else or without permission. */
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

/** The text of a regular file of at most 64 MiB; null for anything else. */
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

/** The content of a JSON file; null where there is no regular file with JSON. */
export function readJson(path: string): unknown {
  const text = readPlainFile(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Kernel settings that a large run needs: raised as root and restored afterwards, or printed as commands. */
import { writeFileSync } from "node:fs";
import { readProc } from "../clients/measure/host/process-files.ts";

export interface Setting {
  path: string;
  /** The required value, given the current text; null when that is sufficient. */
  wanted(present: string): string | null;
}

const atLeast =
  (least: number) =>
  (present: string): string | null =>
    Number(present) >= least ? null : String(least);

/** Settings needed for this many loopback connections (two sockets each), apart from memory. */
export function settingsFor(connections: number): Setting[] {
  const tcpPages = Math.ceil(connections * 1.2);
  return [
    { path: "/proc/sys/fs/file-max", wanted: atLeast(connections * 2 + 500_000) },
    { path: "/proc/sys/net/netfilter/nf_conntrack_max", wanted: atLeast(Math.ceil(connections * 1.2) + 100_000) },
    {
      path: "/proc/sys/net/ipv4/tcp_mem",
      wanted: (present) =>
        Number(present.split(/\s+/)[1]) >= tcpPages ? null : `${tcpPages >> 1} ${tcpPages} ${tcpPages * 2}`,
    },
  ];
}

/**
 * Raises settings that are too low. `notes` say what was set, or give the command without permission. Settings that
 * this kernel lacks are omitted.
 */
export function raiseSettings(settings: readonly Setting[]): { notes: string[]; restore(): void } {
  const notes: string[] = [];
  const before: { path: string; text: string }[] = [];
  for (const { path, wanted } of settings) {
    const present = readProc(path)?.trim();
    if (present === undefined) continue;
    const value = wanted(present);
    if (value === null) continue;
    const name = path.replace("/proc/sys/", "").replaceAll("/", ".");
    try {
      writeFileSync(path, value);
      before.push({ path, text: present });
      notes.push(`${name} was raised from ${present.replace(/\s+/g, " ")} to ${value} for this row.`);
    } catch {
      notes.push(
        `${name} is ${present.replace(/\s+/g, " ")} and could not be raised; as root: sysctl -w ${name}="${value}"`,
      );
    }
  }
  const restore = (): void => {
    for (const { path, text } of before.splice(0)) writeFileSync(path, text);
  };
  process.once("exit", restore);
  return { notes, restore };
}

/** Signals a whole process group, to end at once (kill(2) with a negative id); one that is already gone is no error. */
export function killGroup(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // nothing left of it
  }
}

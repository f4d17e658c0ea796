/**
 * Sends a signal, by default SIGKILL, to a whole process group (kill(2) with a negative id). A group that is already
 * gone is not an error.
 */
export function killGroup(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // already gone
  }
}

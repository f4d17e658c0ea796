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

/** Whether any process of a group is left. */
export function groupLives(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

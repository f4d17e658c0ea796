/** Ends a whole process group at once (kill(2) with a negative id); one that is already gone is no error. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // nothing left of it
  }
}

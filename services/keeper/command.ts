/** The target that a keeper starts and stops: by the command of its own command line, never by one that was sent. */
import { type ChildProcess, spawn } from "node:child_process";
import { killGroup } from "../../clients/target/keeper/process-group.ts";

/** How long a target may take to end after SIGTERM. */
const stopMs = 5000;

export class KeptCommand {
  readonly #command: string;
  #child: ChildProcess | null = null;

  constructor(command: string) {
    this.#command = command;
  }

  /** Its leader; null when it does not run. */
  get pid(): number | null {
    const child = this.#child;
    return child === null || child.exitCode !== null || child.signalCode !== null ? null : (child.pid ?? null);
  }

  /** Starts it in a process group of its own, unless it runs. Rejects when no process can be made. */
  start(): Promise<void> {
    if (this.pid !== null) return Promise.resolve();
    const env = { ...process.env };
    delete env.HOLDFAST_KEEPER_TOKEN;
    const child = spawn("/bin/sh", ["-c", this.#command], {
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      env,
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
  }

  /** Ends it and all of its group, by force when it takes too long. */
  async stop(): Promise<void> {
    const [child, pid] = [this.#child, this.pid];
    if (child === null || pid === null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    killGroup(pid, "SIGTERM");
    const force = setTimeout(() => killGroup(pid), stopMs);
    await ended;
    clearTimeout(force);
    // Its leader is gone; whoever of its group is left is not waited for.
    killGroup(pid);
  }
}

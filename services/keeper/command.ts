/**
 * The target that a keeper starts and stops: with the command from its own command line, never one received over the
 * network.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { killGroup } from "../../clients/target/keeper/process-group.ts";

/** How long a target may take to exit after SIGTERM. */
const stopMs = 5000;

export class KeptCommand {
  readonly #command: string;
  #child: ChildProcess | null = null;

  constructor(command: string) {
    this.#command = command;
  }

  /** Pid of the process group's leader; null when it is not running. */
  get pid(): number | null {
    const child = this.#child;
    return child === null || child.exitCode !== null || child.signalCode !== null ? null : (child.pid ?? null);
  }

  /** Starts it in a new process group, unless it is running. Rejects when no process can be created. */
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

  /** Stops its whole process group, by force if it takes too long. */
  async stop(): Promise<void> {
    const [child, pid] = [this.#child, this.pid];
    if (child === null || pid === null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    killGroup(pid, "SIGTERM");
    const force = setTimeout(() => killGroup(pid), stopMs);
    await ended;
    clearTimeout(force);
    // Its leader is gone; remaining processes of its group are not awaited.
    killGroup(pid);
  }
}

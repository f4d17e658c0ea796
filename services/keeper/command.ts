/**
 * The target that a keeper starts and stops: with the command from its own command line, never one received over the
 * network.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { groupLives, killGroup } from "../../clients/target/keeper/process-group.ts";
import type { CommandProfile } from "./profile.ts";

/** How long a target may take to exit after SIGTERM. */
const stopMs = 5000;
/** How long the rest of its process group may take after that. */
const leaveMs = 1000;
/** How long a profiled target may take, which writes its profile before it exits. */
export const stopProfiledMs = 20_000;

export class KeptCommand {
  readonly #command: string;
  readonly #profile: CommandProfile | null;
  readonly #say: (line: string) => void;
  #child: ChildProcess | null = null;
  /** Resolves when the last start and its whole process group have ended and its profile was reported. */
  #settled: Promise<void> = Promise.resolve();

  constructor(command: string, profile: CommandProfile | null, say: (line: string) => void) {
    this.#command = command;
    this.#profile = profile;
    this.#say = say;
  }

  /** Pid of the process group's leader; null when it is not running. */
  get pid(): number | null {
    const child = this.#child;
    return child === null || child.exitCode !== null || child.signalCode !== null ? null : (child.pid ?? null);
  }

  /** Root of the process tree to watch; null when it is not running. */
  get root(): number | null {
    return this.pid === null || this.#profile === null ? this.pid : this.#profile.rootOf(this.pid);
  }

  /** Starts it in a new process group, unless it is running. Rejects when no process can be created. */
  async start(): Promise<void> {
    if (this.pid !== null) return;
    await this.#settled;
    const start = this.#profile?.start(this.#command) ?? null;
    const [file, ...args] = start?.words ?? ["/bin/sh", "-c", this.#command];
    const env = { ...process.env, ...start?.environment };
    delete env.HOLDFAST_KEEPER_TOKEN;
    const child = spawn(file, args, {
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      env,
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    this.#settled = this.#settle(child, start?.folder ?? null);
    // A profiler comes up first, and starts the command then.
    while (this.pid !== null && this.root === null) await sleep(5);
  }

  /** Stops its whole process group, by force if it takes too long. */
  async stop(): Promise<void> {
    const pid = this.pid;
    if (pid === null) return this.#settled;
    killGroup(pid, "SIGTERM");
    const force = setTimeout(() => killGroup(pid), this.#profile === null ? stopMs : stopProfiledMs);
    await this.#settled;
    clearTimeout(force);
    // Whoever is left by now minds no signal.
    killGroup(pid);
  }

  /** Once its leader has ended, others of its group may still be ending, or writing their profile. */
  async #settle(child: ChildProcess, folder: string | null): Promise<void> {
    await new Promise((resolve) => child.once("exit", resolve));
    const patience = AbortSignal.timeout(folder === null ? leaveMs : stopMs);
    while (!patience.aborted && groupLives(child.pid!)) await sleep(20);
    if (folder !== null) this.#say(this.#profile!.outcome(folder));
  }
}

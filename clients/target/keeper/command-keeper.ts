/**
 * The command keeper: a small process that runs one command alone and reports the resources it used, according to the
 * kernel.
 *
 *   keeper (subreaper) --> sh, waits for "go" --> command; sh exits, the keeper inherits the command and waits for it
 *
 * The shell makes the memory figure correct: until its exec, a process inherits the peak of the one that forked it
 * (Linux keeps the larger of the two), so a 10 MB command forked by Node would be reported with 50 MB; the shell has 1
 * MB. It is started before the clock, so that the measured time begins with a single fork. When the run is gone (the
 * channel closes), the keeper kills the command's process group.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { Alarm } from "../../measure/alarm.ts";
import { parseKiB, ticksPerSecond } from "../../measure/host/proc.ts";
import { readProc, readProcessStat, readTreeRssKiB } from "../../measure/host/process-files.ts";
import {
  type CommandAnswer,
  type CommandEnd,
  type CommandOrder,
  type CommandRequest,
  mostErrorBytes,
  mostOutputBytes,
} from "./command-message.ts";
import { killGroup } from "./process-group.ts";

type Usage = Pick<CommandEnd, "code" | "signal" | "cpuSeconds" | "rssMiB" | "account" | "elapsedMs">;
type Waiter = typeof import("./wait-child.ts");

const shellScript = 'read -r go <&4; exec 4<&-; "$@" 3>&- & echo $! >&3';
const drainMs = 2000;
let group: number | null = null;
let killedFor: CommandEnd["killedFor"] = null;

function answer(message: CommandAnswer): void {
  if (process.connected) process.send?.(message);
}

function endCommand(why: CommandEnd["killedFor"]): void {
  killedFor ??= why;
  if (group !== null) killGroup(group);
}

/** koffi is a native package: where it cannot be loaded, /proc is used instead. */
async function loadWaiter(): Promise<Waiter | null> {
  try {
    const waiter = await import("./wait-child.ts");
    return waiter.becomeSubreaper() ? waiter : null;
  } catch {
    return null;
  }
}

/** Keeps the first bytes of a stream, or its last. */
function collect(
  stream: Readable,
  most: number,
  which: "first" | "last",
): { text: () => string; isCut: () => boolean } {
  let kept = Buffer.alloc(0);
  let isCut = false;
  stream.on("data", (part: Buffer) => {
    if (which === "first" && kept.length === most) {
      isCut = true;
      return;
    }
    const joined = Buffer.concat([kept, part]);
    isCut ||= joined.length > most;
    kept = which === "first" ? joined.subarray(0, most) : joined.subarray(-most);
  });
  stream.on("error", () => {});
  return { text: () => kept.toString("utf8"), isCut: () => isCut };
}

async function runExactly(child: ChildProcess, waiter: Waiter): Promise<Usage> {
  const [pidPipe, goPipe] = [child.stdio[3] as Readable, child.stdio[4] as Writable];
  const startMs = performance.now();
  goPipe.end("go\n");
  const written = Promise.race([once(pidPipe, "data"), once(pidPipe, "close")]) as Promise<[(Buffer | boolean)?]>;
  // The keeper becomes the command's parent once the shell has exited.
  const [[line], [code, signal]] = (await Promise.all([written, once(child, "exit")])) as [
    [(Buffer | boolean)?],
    [number | null, string | null],
  ];
  // A shell killed before it wrote the process id ran nothing: its own exit is the result.
  if (line === undefined || typeof line === "boolean") {
    const elapsedMs = performance.now() - startMs;
    return { code, signal, elapsedMs, cpuSeconds: null, rssMiB: null, account: "sampled" };
  }
  const { maxRssKiB, ...end } = await waiter.waitChild(Number(line.toString()));
  return { ...end, elapsedMs: performance.now() - startMs, rssMiB: maxRssKiB / 1024, account: "exact" };
}

async function runSampled(child: ChildProcess, startMs: number): Promise<Usage> {
  let highKiB: number | null = null;
  const sampler = setInterval(() => {
    highKiB = parseKiB(readProc(`/proc/${child.pid}/status`) ?? "", "VmHWM") ?? highKiB;
  }, 10);
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearInterval(sampler);
  const elapsedMs = performance.now() - startMs;
  // The keeper has no other child, so everything it reaped belongs to the command.
  const stat = readProcessStat(process.pid);
  const cpuSeconds = stat === null ? null : stat.reapedTicks / ticksPerSecond;
  return { code, signal, elapsedMs, cpuSeconds, rssMiB: highKiB === null ? null : highKiB / 1024, account: "sampled" };
}

async function run({ command, folder, timeoutMs, memoryMiB }: CommandOrder): Promise<CommandEnd> {
  const waiter = process.env.HOLDFAST_SAMPLED_USAGE === undefined ? await loadWaiter() : null;
  const [file = "", ...rest] = waiter === null ? command : ["/bin/sh", "-c", shellScript, "sh", ...command];
  const startMs = performance.now();
  const child = spawn(file, rest, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", ...(waiter === null ? [] : (["pipe", "pipe"] as const))],
  });
  const failed = once(child, "error").then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  // A killed command may leave unread data in a pipe, whose reset is ignored: only its exit counts.
  for (const stream of child.stdio) stream?.on("error", () => {});
  group = child.pid ?? null;
  if (group !== null) answer({ kind: "started", group });
  const stdout = collect(child.stdout as Readable, mostOutputBytes, "first");
  const stderr = collect(child.stderr as Readable, mostErrorBytes, "last");
  const closed = Promise.all([child.stdout, child.stderr].map((stream) => once(stream as Readable, "close")));
  const deadline = new Alarm(timeoutMs, () => endCommand("timeout"));
  const watch = memoryMiB === null ? undefined : setInterval(() => watchMemory(memoryMiB), 50);
  try {
    if (killedFor !== null) endCommand(killedFor);
    const usage = await Promise.race([
      waiter === null ? runSampled(child, startMs) : runExactly(child, waiter),
      failed,
    ]);
    deadline.cancel();
    clearInterval(watch);
    const why = killedFor;
    // Processes it left behind may keep its output open.
    endCommand(why);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainMs))]);
    return { ...usage, stdout: stdout.text(), isCut: stdout.isCut(), stderr: stderr.text(), killedFor: why };
  } finally {
    deadline.cancel();
    clearInterval(watch);
  }
}

function watchMemory(memoryMiB: number): void {
  // With or without subreaper, the command is a descendant of this process.
  const rssKiB = readTreeRssKiB(process.pid) - readOwnRssKiB();
  if (rssKiB / 1024 > memoryMiB) endCommand("memory");
}

const readOwnRssKiB = (): number => parseKiB(readProc("/proc/self/status") ?? "", "VmRSS") ?? 0;

process.on("message", (request: CommandRequest) => {
  if (request.kind === "stop") return endCommand("stop");
  run(request.order).then(
    (end) => process.send?.({ kind: "ended", end } satisfies CommandAnswer, () => process.exit(0)),
    (error: Error) =>
      process.send?.({ kind: "failed", text: error.message } satisfies CommandAnswer, () => process.exit(1)),
  );
});
process.once("disconnect", () => {
  endCommand("stop");
  process.exit(0);
});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => endCommand("stop"));
answer({ kind: "ready" });

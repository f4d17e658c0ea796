import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { isPid } from "../../measure/host/proc.ts";
import { isRunning, readProc } from "../../measure/host/process-files.ts";
import type { TargetError } from "../target-error.ts";
import type { CommandOrder } from "./command-message.ts";
import { runMeasured } from "./measured-command.ts";

const node = (program: string): string[] => [process.execPath, "-e", program];
const order = (command: string[], fields: Partial<CommandOrder> = {}): CommandOrder => ({
  command,
  folder: "/",
  timeoutMs: 30_000,
  memoryMiB: null,
  ...fields,
});

/** Whether a process with this word in its command line still exists. */
function isThere(word: string): boolean {
  return readdirSync("/proc")
    .filter(isPid)
    .map(Number)
    .some((pid) => pid !== process.pid && (readProc(`/proc/${pid}/cmdline`) ?? "").includes(word) && isRunning(pid));
}

async function untilGone(word: string): Promise<void> {
  while (isThere(word)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a measured command", { timeout: 60_000 }, () => {
  it("is reported with its output, exit code and last lines", async () => {
    const end = await runMeasured(order(node('console.log("out"); console.error("err"); process.exitCode = 3')));
    assert.deepEqual(
      [end.stdout, end.stderr, end.code, end.signal, end.killedFor, end.isCut],
      ["out\n", "err\n", 3, null, null, false],
    );
  });

  it("has the CPU time of itself and its children, and of nothing else", async (context) => {
    const spin = "const until = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < until);";
    const nested = `require("child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(spin)}]); ${spin}`;
    const end = await runMeasured(order(node(nested)));
    context.diagnostic(`${end.cpuSeconds} s, ${end.account}`);
    assert.ok((end.cpuSeconds ?? 0) >= 0.6 && (end.cpuSeconds ?? 99) < 10, `${end.cpuSeconds}`);
  });

  it("has its own peak memory, however small compared with the process that started it", async () => {
    const small = await runMeasured(order(["/bin/true"]));
    if (small.account === "exact") assert.ok((small.rssMiB ?? 99) < 10, `true took ${small.rssMiB} MiB`);
    const large = await runMeasured(order(node("Buffer.alloc(200 << 20, 1)")));
    assert.ok((large.rssMiB ?? 0) > 200 && (large.rssMiB ?? 9999) < 600, `${large.rssMiB}`);
  });

  it("is killed at its deadline with everything it started", async () => {
    const word = `holdfast-hang-${process.pid}`;
    const end = await runMeasured(
      order(["/bin/sh", "-c", `sh -c 'sleep 1000; : ${word}' & sleep 1000; : ${word}`], { timeoutMs: 300 }),
    );
    assert.deepEqual([end.killedFor, end.signal], ["timeout", "SIGKILL"]);
    await untilGone(word);
  });

  it("is killed when its memory exceeds the limit", async () => {
    const end = await runMeasured(
      order(node("const hoard = []; setInterval(() => hoard.push(Buffer.alloc(16 << 20, 1)), 5)"), { memoryMiB: 300 }),
    );
    assert.equal(end.killedFor, "memory");
  });

  it("is stopped by the signal, even by one given before it started", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const end = await runMeasured(order(["/bin/sleep", "1000"]), interrupt.signal);
    assert.equal(end.killedFor, "stop");
  });

  it("keeps at most 1 MiB of its output, and says so", async () => {
    const end = await runMeasured(order(node('process.stdout.write("x".repeat(5 << 20))')));
    assert.deepEqual([end.stdout.length, end.isCut, end.code], [1 << 20, true, 0]);
  });

  it("that cannot be started is reported with the reason", async () => {
    const end = await runMeasured(order(["./no-such-program"])).catch((error: TargetError) => error);
    if (end instanceof Error) assert.match(end.message, /no-such-program/);
    else assert.deepEqual([end.code, /not found/.test(end.stderr)], [127, true]);
  });

  it("is measured through /proc where koffi cannot be loaded", async () => {
    process.env.HOLDFAST_SAMPLED_USAGE = "1";
    try {
      const end = await runMeasured(order(node("const until = Date.now() + 300; while (Date.now() < until);")));
      assert.equal(end.account, "sampled");
      assert.ok((end.cpuSeconds ?? 0) > 0.1 && (end.rssMiB ?? 0) > 20);
    } finally {
      delete process.env.HOLDFAST_SAMPLED_USAGE;
    }
  });
});

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Listener, of, readAccount, until } from "../testing/rig.ts";

const main = fileURLToPath(new URL("../main.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "rehearsal-"));
const account = join(directory, "account.ndjson");
after(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  /** What it said on stderr. */
  said(): string;
}

function run(script: string): Run {
  const faults = join(directory, "faults.yaml");
  writeFileSync(faults, script);
  const words = [
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--tcp-port",
    "0",
    "--redis",
    "",
    "--faults",
    faults,
    "--account",
    account,
  ];
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal })),
  );
  return { child, ended, said: () => text };
}

async function listen(running: Run, query: string): Promise<Listener> {
  await until(() => running.said().includes("listening"), "the server listens");
  const port = /:(\d+), raw TCP/.exec(running.said())![1];
  const listener = new Listener(`ws://127.0.0.1:${port}/push?${query}`);
  await until(() => listener.isOpen, "a connection");
  return listener;
}

describe("the process", () => {
  it("closes with 1001 on SIGTERM, exits with 0 and ends its account with the summary", async () => {
    const running = run("");
    const listener = await listen(running, "intervalMs=40");
    await until(() => listener.pushes.length >= 2, "two pushes");
    running.child.kill("SIGTERM");
    assert.deepEqual(await running.ended, { code: 0, signal: null });
    assert.equal(listener.closeCode, 1001);
    const last = readAccount(account).at(-1)!;
    assert.equal(last.what, "summary");
    assert.equal((last.pushes as { written: number }).written, listener.pushes.length);
  });

  it("exits with 2 and every problem of an invalid script", async () => {
    const running = run("faults: [{ kind: push.drop, share: 3 }, { kind: nothing }]");
    assert.deepEqual(await running.ended, { code: 2, signal: null });
    assert.match(running.said(), /faults\[0\]\.share: expected a number from 0 to 1, got 3\n.*faults\[1\]\.kind/);
  });

  it("dies by SIGKILL with an intact account", async () => {
    const running = run("faults: [{ kind: life.die, at: { whenOpen: 1, afterMs: 100 } }]");
    const listener = await listen(running, "intervalMs=30");
    assert.deepEqual(await running.ended, { code: null, signal: "SIGKILL" });
    await until(() => listener.closeCode !== null, "the connection's end");
    assert.equal(listener.closeCode, 1006);
    const facts = readAccount(account);
    assert.equal(facts.at(-1)!.what, "died");
    assert.equal(
      of(facts, "tick").reduce((sum, fact) => sum + (fact.written as number), 0),
      listener.pushes.length,
    );
  });

  it("freezes, then sends every missed tick with its original due instant", async () => {
    const running = run("faults: [{ kind: life.freeze, ms: 300, at: { whenOpen: 1, afterMs: 50 } }]");
    const listener = await listen(running, "intervalMs=20");
    await until(
      () => readAccount(account).some((fact) => fact.what === "thawed") && listener.pushes.length > 20,
      "twenty pushes and the thaw",
    );
    running.child.kill("SIGTERM");
    await running.ended;
    const { ticks, pushes } = listener;
    assert(ticks.every((tick, at) => at === 0 || tick === ticks[at - 1]! + 1));
    assert(pushes.every((push) => push.dueNs === BigInt(push.tick) * 20_000_000n));
    assert(pushes.filter((push) => push.writtenNs - push.dueNs > 20_000_000n).length >= 10);
  });

  const lowers = existsSync("/proc/self/fd") && spawnSync("prlimit", ["--version"]).status === 0;
  it("closes at accept without free descriptors, as confirmed by the kernel's count", {
    skip: !lowers,
  }, async () => {
    const running = run("faults: [{ kind: limit.fds, sockets: 30 }]");
    const first = await listen(running, "intervalMs=1000");
    const port = /:(\d+), raw TCP/.exec(running.said())![1];
    const listeners = [
      first,
      ...Array.from({ length: 33 }, () => new Listener(`ws://127.0.0.1:${port}/push?intervalMs=1000`)),
    ];
    await until(() => listeners.every((each) => each.isOpen || each.error !== ""), "an answer or an end for each");
    assert.equal(listeners.filter((each) => each.isOpen).length, 30);
    const pid = running.child.pid!;
    const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))![1]);
    await until(() => readdirSync(`/proc/${pid}/fd`).length === limit - 2, "all but its two spare descriptors open");
    running.child.kill("SIGTERM");
    assert.deepEqual(await running.ended, { code: 0, signal: null });
    const facts = readAccount(account);
    assert.deepEqual([of(facts, "closed-at-accept").length, of(facts, "descriptors-limited")[0]?.allowed], [4, limit]);
  });
});

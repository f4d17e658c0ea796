/** Selftest cases in which processes are affected from outside: frozen, killed, or running on a busy machine. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { nowNs } from "../measure/clock.ts";
import { connectionCount, everything, intervalMs, type Outcome, type SelftestCase } from "./case.ts";
import { type Check, connectionChecks, equations, eventChecks, exactly, latencyChecks, within } from "./check.ts";

/** Calls back shortly after a tick, when nothing is in transit; returns its cancel function. */
function afterTick(delayMs: number, act: () => void): () => void {
  const earliestMs = nowNs() / 1e6 + delayMs;
  const atMs = Math.ceil(earliestMs / intervalMs) * intervalMs + 300;
  const timer = setTimeout(act, atMs - nowNs() / 1e6);
  return () => clearTimeout(timer);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already exited
  }
}

/** Stops processes for a time; afterwards they always run again. */
function freeze(pids: readonly number[], afterMs: number, forMs: number): () => void {
  let thaw: NodeJS.Timeout | undefined;
  const tell = (name: NodeJS.Signals): void => {
    for (const pid of pids) signal(pid, name);
  };
  const resume = (): void => tell("SIGCONT");
  const cancel = afterTick(afterMs, () => {
    tell("SIGSTOP");
    thaw = setTimeout(resume, forMs);
  });
  return () => {
    cancel();
    clearTimeout(thaw);
    resume();
  };
}

/** Starts one busy process per processor for a limited time. */
function keepBusy(forMs: number): () => void {
  const loop = `const end = Date.now() + ${forMs}; while (Date.now() < end);`;
  const children = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ["-e", loop], { stdio: "ignore" }),
  );
  return () => {
    for (const child of children) child.kill("SIGKILL");
  };
}

const isVerdict = ({ report }: Outcome, verdict: string): Check =>
  exactly(`verdict is ${verdict} (1: yes)`, 1, report.verdict === verdict ? 1 : 0);

/** The account of a killed process ends up to 200 ms early: its connections are recorded, its last ticks are not. */
const killed = (died: number) => (outcome: Outcome) => [
  ...connectionChecks(outcome.report, outcome.account, died),
  ...equations(outcome.report),
  ...eventChecks(outcome.report, outcome.events),
];

export const outsideCases: readonly SelftestCase[] = [
  {
    name: "delay-50ms-busy",
    proves: "every push 50 ms late, every CPU busy: p50 and p99 within 1 ms",
    isQuick: false,
    isAlone: true,
    faults: [{ kind: "push.delay", ms: 50 }],
    scenario: { hold: "12s", connections: 20 },
    act: () => keepBusy(12_000),
    checks: (outcome) => [...everything(outcome), ...latencyChecks(outcome.report, outcome.account, 1)],
  },
  {
    name: "stopped-15s",
    proves: "a target stopped from outside (SIGSTOP) for 15 s and resumed: nothing closed",
    isQuick: false,
    faults: [],
    scenario: { hold: "21s" },
    act: ({ targetPids }) => freeze(targetPids, 1500, 15_000),
    checks: (outcome) => [
      ...everything(outcome),
      ...latencyChecks(outcome.report, outcome.account, 1),
      exactly("closed unexpectedly", 0, outcome.report.connections.closedUnexpectedly),
      within("late", connectionCount * 13, connectionCount * 15, outcome.report.pushes?.late),
      exactly(
        "attributed to the target's application",
        connectionCount,
        outcome.events.filter(({ stalled }) => stalled === "target-application").length,
      ),
      exactly("resumed", connectionCount, outcome.events.filter(({ what }) => what === "resumed").length),
    ],
  },
  {
    name: "stopped-at-end",
    proves: "a target that stays stopped: every connection is counted as silent",
    isQuick: false,
    faults: [],
    scenario: { hold: "8s" },
    act: ({ targetPids }) => freeze(targetPids, 500, 60_000),
    checks: ({ report, events }) => [
      ...equations(report),
      ...eventChecks(report, events),
      exactly("silent", connectionCount, report.connections.byCause.silent),
      exactly(
        "attributed to the target's application",
        connectionCount,
        events.filter(({ stalled }) => stalled === "target-application").length,
      ),
    ],
  },
  {
    name: "replica-killed",
    proves: "kill -9 of one of two replicas: its connections are counted as target-died, the others stay open",
    isQuick: false,
    faults: [],
    scenario: { replicas: 2 },
    act: ({ targetPids }) => afterTick(1500, () => signal(targetPids[0] ?? 0, "SIGKILL")),
    checks: killed(connectionCount / 2),
  },
  {
    name: "shard-killed",
    proves: "kill -9 of one of two shard processes: the counts add up, and the verdict is invalid",
    isQuick: false,
    faults: [],
    scenario: { shards: 2 },
    act: ({ shardPids }) => afterTick(1500, () => signal(shardPids[0] ?? 0, "SIGKILL")),
    checks: (outcome) => [
      ...equations(outcome.report),
      ...eventChecks(outcome.report, outcome.events),
      isVerdict(outcome, "invalid"),
      exactly("generator-died", connectionCount / 2, outcome.report.connections.byCause["generator-died"]),
      exactly("closed by plan", connectionCount / 2, outcome.report.connections.closedByPlan),
      exactly("connections opened", outcome.account.opened, outcome.report.connections.opened),
    ],
  },
];

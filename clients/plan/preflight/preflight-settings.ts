/** Pre-flight rows about settings that are right or wrong regardless of the plan's size. */
import type { HostLimits } from "../../measure/host/host-limits.ts";
import { grouped, judge, ofTcp, type PreflightCheck, type PreflightRow, percent } from "./preflight-row.ts";

/** A shorter queue overflows under an ordinary ramp during a single garbage collection of a target. */
const goodQueue = 1024;

const acceptQueue: PreflightCheck = (plan, { acceptQueueMax }) => {
  if (acceptQueueMax === null || !plan.targetOnThisHost) return null;
  const need = Math.min(goodQueue, plan.connections);
  return judge(
    "net.core.somaxconn",
    { value: grouped(acceptQueueMax), need: `${grouped(need)}, so that connects can wait to be accepted` },
    acceptQueueMax >= need,
    {
      verdict: "warn",
      fix: "sysctl -w net.core.somaxconn=4096",
    },
  );
};

const synQueue: PreflightCheck = (plan, { synBacklogMax, synCookies }) => {
  if (synBacklogMax === null || !plan.targetOnThisHost) return null;
  const cookies = (synCookies ?? 0) > 0;
  const value = `${grouped(synBacklogMax)}, cookies ${cookies ? "on" : "off"}`;
  return judge(
    "net.ipv4.tcp_max_syn_backlog",
    { value, need: `${grouped(goodQueue)}, or SYN cookies on` },
    cookies || synBacklogMax >= goodQueue,
    {
      verdict: "warn",
      fix: "sysctl -w net.ipv4.tcp_max_syn_backlog=4096 net.ipv4.tcp_syncookies=1",
    },
  );
};

const abortOnOverflow: PreflightCheck = (plan, { abortOnOverflow: value }) => {
  if (value === null || !plan.targetOnThisHost) return null;
  return judge(
    "net.ipv4.tcp_abort_on_overflow",
    { value: String(value), need: "0: a full accept queue delays a connect instead of resetting it" },
    value === 0,
    {
      verdict: "warn",
      fix: "sysctl -w net.ipv4.tcp_abort_on_overflow=0",
    },
  );
};

const synRetries: PreflightCheck = (_plan, { synRetries: value }) => {
  if (value === null) return null;
  const waitSeconds = 2 ** (value + 1) - 1;
  return judge(
    "net.ipv4.tcp_syn_retries",
    {
      value: `${value} (${waitSeconds} s until the kernel gives up)`,
      need: "3 or more: the connect timeout is shorter than that",
    },
    value >= 3,
    {
      verdict: "warn",
      fix: "sysctl -w net.ipv4.tcp_syn_retries=6",
    },
  );
};

const timeWaitReuse: PreflightCheck = (_plan, { timeWaitReuse: value }) => {
  if (value === null) return null;
  return judge(
    "net.ipv4.tcp_tw_reuse",
    { value: String(value), need: "1 or 2 (2: on loopback), so that reconnects do not run out of ports" },
    value > 0,
    {
      verdict: "warn",
      fix: "sysctl -w net.ipv4.tcp_tw_reuse=2",
    },
  );
};

const netdevBacklog: PreflightCheck = (plan, { netdevBacklogMax }) => {
  if (netdevBacklogMax === null || !plan.targetOnThisHost) return null;
  return judge(
    "net.core.netdev_max_backlog",
    { value: grouped(netdevBacklogMax), need: "1,000, since connections are closed in paced batches" },
    netdevBacklogMax >= 1000,
    {
      verdict: "warn",
      fix: "sysctl -w net.core.netdev_max_backlog=5000",
    },
  );
};

const quota: PreflightCheck = (plan, { quotaCores }) => {
  if (quotaCores === null) return null;
  const processes = plan.shards + (plan.targetOnThisHost ? plan.replicas : 0);
  const who = plan.targetOnThisHost
    ? `${plan.shards} shards + ${plan.replicas} target processes`
    : `${plan.shards} shards`;
  return judge(
    "cpu.max",
    { value: `${quotaCores.toFixed(2)} cores`, need: `no quota, or one core each: ${who} = ${processes}` },
    quotaCores >= processes,
    {
      verdict: "warn",
      fix: "remove the CPU quota of this container: throttling stretches bursts, and the delay looks like the target's",
    },
  );
};

const clockShift: PreflightCheck = ({ carries }, { clockShiftSeconds }) => {
  if (clockShiftSeconds === null || carries === "requests") return null;
  const value = clockShiftSeconds === 0 ? "none" : `CLOCK_MONOTONIC shifted by ${clockShiftSeconds} s`;
  return judge(
    "time namespace",
    { value, need: "the same as the target's: pushes carry CLOCK_MONOTONIC timestamps" },
    clockShiftSeconds === 0,
    {
      verdict: "warn",
      fix: "run target and generator in the same time namespace, or rely on the clock offset in the report",
    },
  );
};

/** Clock sources that are read without (or nearly without) a system call and do not step. */
const goodClocks: readonly string[] = ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"];

const clockSource: PreflightCheck = (_plan, { clockSource: value }) => {
  if (value === null) return null;
  return judge("clocksource", { value, need: `one of ${goodClocks.join(", ")}` }, goodClocks.includes(value), {
    verdict: "warn",
    fix: "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource",
  });
};

const steal: PreflightCheck = (_plan, limits) => stealRow(limits);

/** Null where it cannot be read. */
export function stealRow({ stealShare }: HostLimits): PreflightRow | null {
  if (stealShare === null) return null;
  return judge(
    "steal time",
    {
      value: `${percent(stealShare)} since boot`,
      need: "less than 1 %: stolen CPU time looks like a slow target",
    },
    stealShare < 0.01,
    {
      verdict: "warn",
      fix: "use a machine with dedicated CPUs",
    },
  );
}

/** In the order of the table. */
export const settingChecks: readonly PreflightCheck[] = [
  acceptQueue,
  ofTcp(synQueue),
  ofTcp(abortOnOverflow),
  ofTcp(synRetries),
  ofTcp(timeWaitReuse),
  ofTcp(netdevBacklog),
  quota,
  clockShift,
  clockSource,
  steal,
];

/** Pre-flight rows that compare an amount the plan needs with what this host has. */
import {
  connectionsNoun,
  endpointsOf,
  grouped,
  judge,
  ofTcp,
  type PreflightCheck,
  type PreflightPlan,
  spareDescriptors,
} from "./preflight-row.ts";

const unlimited = (value: number): string => (value === Number.POSITIVE_INFINITY ? "unlimited" : grouped(value));

const shardFiles: PreflightCheck = (plan, { openFilesHard }) => {
  if (openFilesHard === null) return null;
  const need = plan.perShardConnections + spareDescriptors;
  const shards = Math.max(1, Math.ceil(plan.connections / Math.max(1, openFilesHard - spareDescriptors)));
  return judge(
    "open files, each shard process",
    {
      value: unlimited(openFilesHard),
      need: `${grouped(plan.perShardConnections)} ${connectionsNoun(plan)} + ${spareDescriptors} = ${grouped(need)}`,
    },
    need <= openFilesHard,
    {
      limit: "generator",
      verdict: "refuse",
      fix: `use at least ${shards} shards, or raise the hard limit: ulimit -Hn ${need}`,
    },
  );
};

const targetFiles: PreflightCheck = (plan, { openFilesHard }) => {
  if (openFilesHard === null || !plan.targetOnThisHost) return null;
  const perReplica = Math.ceil(plan.connections / plan.replicas);
  const need = perReplica + spareDescriptors;
  const replicas = Math.ceil(plan.connections / Math.max(1, openFilesHard - spareDescriptors));
  const sum = `${grouped(plan.connections)} ${connectionsNoun(plan)} / ${plan.replicas} + ${spareDescriptors} = ${grouped(need)}`;
  return judge(
    "open files, each target process",
    { value: unlimited(openFilesHard), need: sum },
    need <= openFilesHard,
    {
      limit: "target-descriptors",
      verdict: "refuse",
      fix: `use at least ${replicas} replicas, or raise the hard limit: ulimit -Hn ${need}`,
    },
  );
};

const ceiling: PreflightCheck = (plan, { openFilesCeiling }) => {
  if (openFilesCeiling === null) return null;
  const need =
    Math.max(plan.perShardConnections, plan.targetOnThisHost ? Math.ceil(plan.connections / plan.replicas) : 0) +
    spareDescriptors;
  return judge(
    "fs.nr_open",
    { value: grouped(openFilesCeiling), need: `${grouped(need)} in the process that needs most` },
    need <= openFilesCeiling,
    {
      verdict: "refuse",
      fix: `sysctl -w fs.nr_open=${need}`,
    },
  );
};

const systemFiles: PreflightCheck = (plan, { systemFilesMax, systemFilesOpen }) => {
  if (systemFilesMax === null || systemFilesOpen === null) return null;
  const need = systemFilesOpen + endpointsOf(plan);
  const sum = `${grouped(systemFilesOpen)} open + ${grouped(endpointsOf(plan))} ends of connections = ${grouped(need)}`;
  return judge("fs.file-max", { value: grouped(systemFilesMax), need: sum }, need <= systemFilesMax, {
    verdict: "refuse",
    fix: `sysctl -w fs.file-max=${need}`,
  });
};

const localPorts: PreflightCheck = (plan, { localPortLow, localPortHigh }) => {
  if (localPortLow === null || localPortHigh === null) return null;
  const range = localPortHigh - localPortLow + 1;
  const have = plan.sources * plan.destinations * range;
  const sources = Math.ceil(plan.connections / (range * plan.destinations));
  const value = `${grouped(have)} = ${plan.sources} sources x ${plan.destinations} destinations x ${grouped(range)} ports`;
  return judge(
    "local ports",
    { value, need: `${grouped(plan.connections)} ${connectionsNoun(plan)}` },
    plan.connections <= have,
    {
      limit: "local-ports",
      verdict: "refuse",
      fix: `connect from at least ${sources} source addresses, or: sysctl -w net.ipv4.ip_local_port_range="1024 65535"`,
    },
  );
};

const conntrack: PreflightCheck = (plan, { conntrackMax, conntrackCount }) => {
  if (conntrackMax === null || conntrackCount === null) return null;
  const open = conntrackCount + plan.connections;
  const closing = conntrackCount + 2 * plan.connections;
  const sum = `${grouped(conntrackCount)} tracked + 2 x ${grouped(plan.connections)} (open, then in TIME_WAIT for 120 s) = ${grouped(closing)}`;
  return judge("connection tracking", { value: grouped(conntrackMax), need: sum }, closing < conntrackMax, {
    limit: "conntrack",
    verdict: open < conntrackMax ? "warn" : "refuse",
    fix: `sysctl -w net.netfilter.nf_conntrack_max=${closing + 1024}`,
  });
};

const orphans: PreflightCheck = (plan, { orphansMax, orphans: now }) => {
  if (orphansMax === null || now === null) return null;
  const need = now + plan.connections;
  const sum = `${grouped(now)} now + ${grouped(plan.connections)} if all close at once = ${grouped(need)}`;
  return judge("orphaned sockets", { value: grouped(orphansMax), need: sum }, need <= orphansMax, {
    verdict: "warn",
    fix: `sysctl -w net.ipv4.tcp_max_orphans=${need}`,
  });
};

const timeWait: PreflightCheck = (plan, { timeWaitMax, timeWait: now }) => {
  if (timeWaitMax === null || now === null) return null;
  const need = now + plan.connections;
  const sum = `${grouped(now)} now + ${grouped(plan.connections)} closed within 60 s = ${grouped(need)}`;
  return judge("TIME_WAIT sockets", { value: grouped(timeWaitMax), need: sum }, need <= timeWaitMax, {
    verdict: "warn",
    fix: `sysctl -w net.ipv4.tcp_max_tw_buckets=${need}`,
  });
};

const tcpMemory: PreflightCheck = (_plan, { tcpMemoryPressurePages: pressure, tcpMemoryUsedPages: used }) => {
  if (pressure === null || used === null) return null;
  const figures = {
    value: `${grouped(used)} pages used, pressure at ${grouped(pressure)}`,
    need: `less than half used before the start: ${grouped(pressure / 2)}`,
  };
  return judge("TCP buffer memory", figures, used < pressure / 2, {
    verdict: "warn",
    fix: "stop what fills socket buffers (ss -tm shows which processes), or raise net.ipv4.tcp_mem",
  });
};

/**
 * Bytes the kernel keeps for one end of an idle connection, its conntrack entry and its epoll item (measured on Linux
 * 6.18).
 */
export const kernelBytesPerEndpoint = 3800 + 256 + 128;
/** Bytes per connection in the generator, and MiB of a shard process before its first connection. */
export const generatorBytesPerConnection = 1024;
export const shardProcessMiB = 100;
/**
 * Additional bytes per TLS connection: OpenSSL's object including a TLS 1.3 ticket (measured: 35 kB; 18 kB without a
 * ticket).
 */
export const tlsBytesPerConnection = 38_000;
/** Bytes allowed per connection of a target: between Go's (about 15 kB) and Python's (about 40 kB). */
export const targetBytesPerConnection = 30_000;

const ownBytesOf = ({ tls }: PreflightPlan): number =>
  generatorBytesPerConnection + (tls === true ? tlsBytesPerConnection : 0);

function memoryNeed(plan: PreflightPlan): { surelyMiB: number; likelyMiB: number } {
  const ownMiB =
    (endpointsOf(plan) * kernelBytesPerEndpoint + plan.connections * ownBytesOf(plan)) / 2 ** 20 +
    plan.shards * shardProcessMiB;
  return {
    surelyMiB: ownMiB,
    likelyMiB: ownMiB + (plan.targetOnThisHost ? (plan.connections * targetBytesPerConnection) / 2 ** 20 : 0),
  };
}

const memory: PreflightCheck = (plan, limits) => {
  if (limits.memoryAvailableMiB === null) return null;
  const inCgroup =
    limits.cgroupMemoryMaxMiB === null
      ? Number.POSITIVE_INFINITY
      : limits.cgroupMemoryMaxMiB - (limits.cgroupMemoryUsedMiB ?? 0);
  const availableMiB = Math.min(limits.memoryAvailableMiB, inCgroup);
  const { surelyMiB, likelyMiB } = memoryNeed(plan);
  const sum =
    `${grouped(endpointsOf(plan))} ends x ${grouped(kernelBytesPerEndpoint)} B + ${grouped(plan.connections)} x ${grouped(ownBytesOf(plan))} B${plan.tls === true ? " with TLS" : ""}` +
    ` + ${plan.shards} shards x ${shardProcessMiB} MiB${plan.targetOnThisHost ? ` + target ${grouped(plan.connections)} x ${grouped(targetBytesPerConnection)} B` : ""}` +
    ` = ${grouped(likelyMiB)} MiB`;
  const value = `${grouped(availableMiB)} MiB available${inCgroup < limits.memoryAvailableMiB ? " (memory cgroup)" : ""}`;
  return judge("memory", { value, need: sum }, likelyMiB <= availableMiB, {
    limit: "host-memory",
    verdict: surelyMiB > availableMiB ? "refuse" : "warn",
    fix: "plan fewer connections, free memory, or run the target on another machine",
  });
};

/** Threads of a shard process: Node's own, V8's and libuv's workers. */
const threadsPerProcess = 16;

const processes: PreflightCheck = (plan, { pidsMax, pidsCount }) => {
  if (pidsMax === null) return null;
  const count = plan.shards + (plan.targetOnThisHost ? 2 * plan.replicas : 0);
  const need = (pidsCount ?? 0) + count * threadsPerProcess;
  const sum = `${grouped(pidsCount ?? 0)} now + ${count} processes x ${threadsPerProcess} threads = ${grouped(need)}`;
  return judge("pids.max", { value: grouped(pidsMax), need: sum }, need <= pidsMax, {
    verdict: "refuse",
    fix: `allow this container ${grouped(need)} processes and threads (docker: --pids-limit)`,
  });
};

/** In the order of the table. */
export const amountChecks: readonly PreflightCheck[] = [
  shardFiles,
  targetFiles,
  ceiling,
  systemFiles,
  ofTcp(localPorts),
  memory,
  ofTcp(conntrack),
  ofTcp(tcpMemory),
  ofTcp(orphans),
  ofTcp(timeWait),
  processes,
];

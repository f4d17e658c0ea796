import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readHostLimits } from "./host-limits.ts";

const reading = (files: Record<string, string>) => (path: string) => files[path] ?? null;

describe("host limits", () => {
  it("are null, not zero, where nothing can be read", () => {
    for (const [name, value] of Object.entries(readHostLimits(() => null))) assert.equal(value, null, name);
  });

  it("are read from the kernel's files", () => {
    const limits = readHostLimits(
      reading({
        "/proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
        "/proc/sys/net/ipv4/tcp_mem": "287901\t383868\t575802\n",
        "/proc/sys/fs/file-nr": "6887\t0\t2466177\n",
        "/proc/meminfo": "MemTotal:       24684092 kB\nMemAvailable:   1048576 kB\n",
        "/proc/self/timens_offsets": "monotonic        -90 500000000\nboottime           0         0\n",
        "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
      }),
    );
    assert.equal(limits.localPortLow, 32768);
    assert.equal(limits.localPortHigh, 60999);
    assert.equal(limits.tcpMemoryPressurePages, 383868);
    assert.equal(limits.systemFilesOpen, 6887);
    assert.equal(limits.memoryAvailableMiB, 1024);
    assert.equal(limits.clockShiftSeconds, -89.5);
    assert.equal(limits.clockSource, "tsc");
  });

  it("use the tightest cgroup of version 2, with its usage", () => {
    const limits = readHostLimits(
      reading({
        "/proc/self/cgroup": "0::/system.slice/holdfast.service\n",
        "/sys/fs/cgroup/system.slice/holdfast.service/memory.max": "max\n",
        "/sys/fs/cgroup/system.slice/memory.max": "1073741824\n",
        "/sys/fs/cgroup/system.slice/memory.current": "104857600\n",
        "/sys/fs/cgroup/system.slice/holdfast.service/cpu.max": "150000 100000\n",
        "/sys/fs/cgroup/system.slice/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/system.slice/pids.max": "512\n",
        "/sys/fs/cgroup/system.slice/pids.current": "20\n",
      }),
    );
    assert.deepEqual(
      [limits.cgroupMemoryMaxMiB, limits.cgroupMemoryUsedMiB, limits.quotaCores, limits.pidsMax, limits.pidsCount],
      [1024, 100, 1.5, 512, 20],
    );
  });

  it("use version 1's files in addition to version 2's, and ignore its huge numbers", () => {
    const files = {
      "/proc/self/cgroup": "4:memory:/box/a\n1:cpu,cpuacct:/\n0::/\n",
      "/sys/fs/cgroup/memory/box/a/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": "536870912\n",
      "/sys/fs/cgroup/memory/box/memory.usage_in_bytes": "1048576\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    };
    const limits = readHostLimits(reading(files));
    assert.deepEqual([limits.cgroupMemoryMaxMiB, limits.cgroupMemoryUsedMiB, limits.quotaCores], [512, 1, null]);
  });

  it("of this host can be read", () => {
    const limits = readHostLimits();
    assert.ok((limits.openFilesHard ?? 0) > 0 && (limits.memoryAvailableMiB ?? 0) > 0);
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { readPprof, summarizePprof } from "./pprof.ts";

const program = `package main

import (
	"os"
	"runtime/pprof"
	"time"
)

func spin(until time.Time) (n int) {
	for time.Now().Before(until) {
		n += inner(n)
	}
	return
}

//go:noinline
func inner(n int) int {
	for i := 0; i < 1000; i++ {
		n ^= i * n
	}
	return n
}

func main() {
	file, _ := os.Create(os.Args[1])
	pprof.StartCPUProfile(file)
	spin(time.Now().Add(400 * time.Millisecond))
	pprof.StopCPUProfile()
	file.Close()
}
`;

/** A profile created by Go itself, and what \`go tool pprof -raw\` reads from it; null without Go. */
function profileByGo(context: TestContext): { file: Buffer; raw: string } | null {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-pprof-"));
  try {
    writeFileSync(join(folder, "spin.go"), program);
    const path = join(folder, "cpu.pb.gz");
    execFileSync("go", ["run", "spin.go", path], { cwd: folder, stdio: "pipe", timeout: 90_000 });
    const raw = execFileSync("go", ["tool", "pprof", "-raw", path], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 90_000,
    });
    return { file: readFileSync(path), raw };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    context.skip("go is not installed");
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The samples of a raw listing: \`count nanoseconds: id id ...\`, ids resolved by the Locations below them. */
function samplesOf(raw: string): { stack: string[]; values: number[] }[] {
  const names = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of raw.slice(raw.indexOf("\nLocations\n")).split("\n")) {
    const located = /^ +(\d+): 0x[0-9a-f]+ (?:M=\d+ )?(\S+)/.exec(line);
    const inlined = /^ {10,}(\S+) /.exec(line);
    if (located !== null) {
      current = [located[2] ?? ""];
      names.set(located[1] ?? "", current);
    } else if (inlined !== null) current.push(inlined[1] ?? "");
  }
  const samples = raw.slice(raw.indexOf("samples/count"), raw.indexOf("\nLocations\n")).split("\n");
  return samples.flatMap((line) => {
    const parts = /^ +(\d+) +(\d+): ([\d ]+)$/.exec(line);
    if (parts === null) return [];
    return [
      {
        values: [Number(parts[1]), Number(parts[2])],
        stack: (parts[3] ?? "")
          .trim()
          .split(/ +/)
          .flatMap((id) => names.get(id) ?? []),
      },
    ];
  });
}

const sorted = (samples: { stack: string[]; values: number[] }[]): string[] =>
  samples.map((sample) => JSON.stringify([sample.stack, sample.values])).sort();

describe("a Go CPU profile", { timeout: 120_000 }, () => {
  it("is read like go tool pprof reads it, sample by sample", (context) => {
    const made = profileByGo(context);
    if (made === null) return;
    const { types, samples } = readPprof(made.file);
    assert.deepEqual(types, [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ]);
    assert.ok(samples.length > 0);
    assert.deepEqual(sorted(samples), sorted(samplesOf(made.raw)));
    const { top, busySeconds } = summarizePprof(made.file);
    assert.ok(busySeconds > 0.1 && busySeconds < 2);
    assert.equal(top[0]?.function, "main.inner");
    assert.ok((top.find((entry) => entry.function === "main.main")?.totalShare ?? 0) > 0.9);
  });

  it("is rejected when truncated or of another format, and never read beyond its end", (context) => {
    for (const text of ["", "hello", "{}"]) assert.throws(() => summarizePprof(Buffer.from(text)));
    const made = profileByGo(context);
    if (made === null) return;
    const whole = gunzipSync(made.file);
    for (let length = 0; length < whole.length; length += 97) {
      try {
        summarizePprof(whole.subarray(0, length));
      } catch (error) {
        assert.ok(error instanceof RangeError, `${error}`);
      }
    }
  });
});

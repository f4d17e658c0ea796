import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { protocols } from "../scenario/fields/connection-fields.ts";
import { readManifests, speaks } from "../target/manifest.ts";
import { reconnectCases } from "./cases-reconnect.ts";
import { runCase } from "./selftest.ts";

/** How a connection ends differs by protocol; resets are the same everywhere. */
const waves = reconnectCases.find(({ name }) => name === "reconnect-waves")!;

describe("clients that reconnect by policy", { concurrency: 3, timeout: 120_000 }, () => {
  const told = async (test: typeof waves): Promise<void> => {
    const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-reconnect-"));
    try {
      const { checks, error } = await runCase(test, { runsFolder, signal: new AbortController().signal, atOnce: 1 });
      assert.deepEqual(error ?? checks.filter(({ ok }) => !ok), []);
    } finally {
      rmSync(runsFolder, { recursive: true, force: true });
    }
  };
  for (const test of reconnectCases) if (test !== waves) it(`${test.name}: ${test.proves}`, () => told(test));
  const rehearsal = readManifests().find(({ name }) => name === "rehearsal")!;
  for (const protocol of protocols.filter((each) => speaks(rehearsal, each))) {
    for (const engine of ["kernel", "portable"]) {
      it(`${protocol} on the ${engine} engine: as many as the target reports`, () =>
        told({ ...waves, scenario: { ...waves.scenario, protocol, engine } }));
    }
  }
});

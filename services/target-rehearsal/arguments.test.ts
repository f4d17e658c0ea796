import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readArguments, UsageError } from "./arguments.ts";

describe("the arguments of the rehearsal target", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-arguments-"));
    writeFileSync(
      join(folder, "faults.yaml"),
      "faults: [{ kind: tls.stall, every: 2 }, { kind: life.alert, alert: internal-error, at: { atMs: 9 } }]\n",
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("reject TLS faults without TLS, naming each kind", () => {
    assert.throws(
      () => readArguments(["--faults", join(folder, "faults.yaml")]),
      (error) =>
        error instanceof UsageError &&
        /^--faults: tls\.stall: expected --certificate.*\n--faults: life\.alert: expected --certificate/.test(
          error.message,
        ),
    );
  });

  it("accept them with a certificate", () => {
    const words = ["--faults", join(folder, "faults.yaml"), "--certificate", "c.pem", "--key", "k.pem"];
    const { script, tls } = readArguments(words);
    assert.equal(script.faults.length, 2);
    assert.deepEqual(tls, { certificate: "c.pem", key: "k.pem" });
  });

  it("report every problem at once", () => {
    assert.throws(
      () => readArguments(["--port", "x", "--tcp-port", "70000", "--key", "k.pem"]),
      (error) => error instanceof UsageError && error.message.split("\n").length === 3,
    );
  });
});

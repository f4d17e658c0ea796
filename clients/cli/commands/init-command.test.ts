import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { dialectNames } from "../../scenario/dialects/dialects.ts";
import { beginningNames, startingScenario } from "../../scenario/presets/starting-scenario.ts";
import { parseScenarioText, readScenario } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { buildProgram } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-init-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `holdfast init` in this process; resolves its exit code or rejects with what was wrong. */
async function init(...args: string[]): Promise<number> {
  let code = -1;
  const program = buildProgram((given) => {
    code = given;
  });
  await program.parseAsync(["node", "holdfast", "init", ...args]);
  return code;
}

/** The text with every line that is commented out, and is YAML, put into force. */
const uncommented = (text: string): string =>
  text.replaceAll(/^( *)# ([a-z]+: .*)$/gim, "$1$2").replaceAll(/ # .*$/gm, "");

describe("holdfast init", () => {
  for (const name of beginningNames) {
    it(`writes a scenario for ${name} that is read as it stands`, () => {
      const text = startingScenario(name);
      const scenario = readScenario(parseScenarioText(text, name));
      assert.deepEqual(scenario.kind, name === "api" || name === "streams" ? name : "connections");
      if ((dialectNames as readonly string[]).includes(name))
        assert.equal((scenario as { dialect?: string }).dialect, name);
      assert.ok(text.split("\n").filter((line) => line.includes("#")).length >= 8, "it is commented");
      assert.ok((scenario as { limits?: string[] }).limits?.length, "it has limits");
    });

    it(`has nothing commented out for ${name} that the scenario could not have`, () => {
      const text = uncommented(startingScenario(name)).replaceAll(/^(data|pid|Run it|rate|stages): .*\n/gm, "");
      const read = parseScenarioText(text, name) as Record<string, unknown>;
      // Columns come from the data file, which is not there: constants stand for them.
      const given = { ...read, vars: { token: "t", device: "d{{index}}" }, data: undefined };
      const { data: _, vars, ...rest } = given;
      assert.doesNotThrow(
        () =>
          readScenario(
            name === "api" || name === "streams" || name === "tcp" || name === "nats" ? rest : { ...rest, vars },
          ),
        text,
      );
    });
  }

  it("takes the stages that are commented out instead of the load they replace", () => {
    const text = startingScenario("ws").replace(/^# (stages: \[.*?\]).*$/m, "$1");
    const staged = text.replaceAll(/^(connections|rampPerSecond|hold): .*\n/gm, "");
    const { stages, connections } = readScenario(parseScenarioText(staged, "ws")) as ConnectionsScenario;
    assert.deepEqual([stages?.length, connections], [2, 1000]);
  });

  it("has one for every dialect", () => {
    for (const name of dialectNames) assert.ok((beginningNames as string[]).includes(name), name);
  });

  it("writes the file, against the target that is given", async () => {
    const file = join(folder, "mine.yaml");
    assert.equal(await init("mqtt", file, "--target", "mqtts://127.0.0.1:8883"), 0);
    const scenario = readScenario(parseScenarioText(readFileSync(file, "utf8"), file)) as {
      target?: unknown;
      protocol?: string;
    };
    assert.deepEqual([[scenario.target].flat(), scenario.protocol], [["mqtts://127.0.0.1:8883"], "mqtt"]);
  });

  it("never overwrites a file unless told to", async () => {
    const file = join(folder, "kept.yaml");
    writeFileSync(file, "mine\n");
    await assert.rejects(init("ws", file), /kept\.yaml already exists and was left unchanged; --force overwrites it/);
    assert.equal(readFileSync(file, "utf8"), "mine\n");
    assert.equal(await init("ws", file, "--force"), 0);
    assert.match(readFileSync(file, "utf8"), /^# Holdfast scenario for a WebSocket server/);
  });

  it("names what there is when it is asked for something else, or for nothing", async () => {
    await assert.rejects(init("websphere"), /expected a service, got "websphere"; one of\n.*socket\.io/s);
    await assert.rejects(init(), /expected a service; one of\n/);
  });

  it("writes nothing for a target that is none of the kind", async () => {
    const file = join(folder, "never.yaml");
    await assert.rejects(
      init("sse", file, "--target", "ftp://127.0.0.1/"),
      /--target: expected http:\/\/ or https:\/\/ for protocol sse/,
    );
    assert.throws(() => readFileSync(file), /ENOENT/);
  });
});

/** The service and the agent as the command line starts them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { projectRoot } from "../../clients/target/project-root.ts";
import { Helper, temporaryFolder } from "./testing/service-rig.ts";

const entry = join(projectRoot, "dist/clients/cli/main.js");
const { HOLDFAST_TOKEN: _, REDIS_URL: __, ...environment } = process.env;

const exitOf = (helper: Helper): Promise<number | null> =>
  new Promise((resolve) => {
    if (helper.child.exitCode !== null) resolve(helper.child.exitCode);
    else helper.child.once("close", (code) => resolve(code));
  });

describe("holdfast serve", () => {
  it("serves until a signal, and shuts down gracefully", async () => {
    const folder = temporaryFolder();
    const service = new Helper(process.execPath, [entry, "serve", "--port", "0", "--runs", folder.path], environment);
    try {
      const [, url = ""] = await service.says(/holdfast serve: (http:\S+)/);
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      service.signal("SIGTERM");
      assert.equal(await exitOf(service), 0);
    } finally {
      await service.end();
      folder.remove();
    }
  });

  for (const [args, sentence] of [
    [["serve", "--host", "0.0.0.0"], /a token is required/],
    [["serve", "--port", "nine"], /--port: expected 0 to 65535/],
    [["agent"], /--redis: expected a URL/],
    [["agent", "--redis", "redis://127.0.0.1:1", "--slots", "0"], /--slots: expected 1/],
    [["agent", "--redis", "redis://127.0.0.1:1", "--metrics", "here"], /expected HOST:PORT/],
    [
      ["agent", "--redis", "redis://127.0.0.1:1", "--metrics", "192.0.2.1:9464"],
      /--metrics: cannot listen on 192\.0\.2\.1:9464/,
    ],
  ] as const) {
    it(`rejects "${args.join(" ")}" with a sentence and exit code 2`, async () => {
      const helper = new Helper(process.execPath, [entry, ...args], environment);
      assert.equal(await exitOf(helper), 2);
      assert.match(helper.output, sentence);
    });
  }
});

it("reports too few descriptors with a sentence and exit code 2, as does an agent", () => {
  for (const name of ["control", "agent"]) {
    const program = join(projectRoot, `dist/services/${name}/main.js`);
    const { status, stderr } = spawnSync("sh", ["-c", 'ulimit -n 40; exec "$0" "$1"', process.execPath, program], {
      encoding: "utf8",
    });
    assert.equal(status, 2);
    assert.match(stderr, /^holdfast (serve|agent): expected at least 300 file descriptors .* got 40; raise the limit/);
  }
});

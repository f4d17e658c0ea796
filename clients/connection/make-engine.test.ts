import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { chooseEngine, hostPlatform, type Platform } from "./make-engine.ts";
import { trialOptions } from "./testing/engine-trial.ts";

const linux: Platform = { system: "linux", architecture: "x64", endianness: "LE", loadBinding: async () => ({}) };
const plain = { endpoints: [{ tls: false }], compression: false };

/** A shared build that hides one function, which the loader itself must detect. */
async function withoutSslNew(): Promise<unknown> {
  const { bindOpenSsl } = await import("./kernel/openssl.ts");
  return bindOpenSsl((prototype) => {
    if (prototype.includes(" SSL_new(")) throw new Error("Cannot find function SSL_new in shared library");
    return prototype;
  });
}

const obstacles: [name: string, needs: typeof plain, platform: Platform, why: RegExp][] = [
  [
    "TLS and a Node without OpenSSL's functions",
    { ...plain, endpoints: [{ tls: false }, { tls: true }] },
    { ...linux, loadOpenSsl: withoutSslNew },
    /cannot speak TLS here: this Node exports no SSL_new of OpenSSL$/,
  ],
  [
    "compression and a Node without zlib's functions",
    { ...plain, compression: true },
    { ...linux, loadZlib: () => Promise.reject(new Error("this Node exports no inflate of zlib")) },
    /cannot decompress here: this Node exports no inflate of zlib$/,
  ],
  ["another system", plain, { ...linux, system: "darwin" }, /needs Linux, this is darwin/],
  ["another architecture", plain, { ...linux, architecture: "s390x", endianness: "BE" }, /this is s390x BE/],
  ["a big-endian machine", plain, { ...linux, architecture: "arm64", endianness: "BE" }, /this is arm64 BE/],
  [
    "no binding",
    plain,
    { ...linux, loadBinding: () => Promise.reject(new Error("cannot find koffi.node\nmore")) },
    /did not load: cannot find koffi\.node$/,
  ],
];

for (const [name, needs, platform, why] of obstacles) {
  test(`${name}: auto chooses portable and says why, kernel is an error`, async () => {
    const choice = await chooseEngine(needs, { platform, preference: "auto" });
    assert.equal(choice.name, "portable");
    assert.match(choice.why, why);
    await assert.rejects(chooseEngine(needs, { platform, preference: "kernel" }), {
      code: "engine-unavailable",
      message: /use auto or portable$/,
    });
  });
}

for (const architecture of ["x64", "arm64"]) {
  test(`Linux ${architecture} with plain sockets: kernel unless portable is requested`, async () => {
    const platform = { ...linux, architecture };
    assert.equal((await chooseEngine(plain, { platform, preference: "auto" })).name, "kernel");
    assert.equal((await chooseEngine(plain, { platform, preference: "kernel" })).name, "kernel");
    assert.equal((await chooseEngine(plain, { platform, preference: "portable" })).name, "portable");
  });
}

test("TLS uses the kernel engine where OpenSSL's functions are available", async () => {
  const secure = { ...plain, endpoints: [{ tls: true }] };
  assert.equal(
    (await chooseEngine(secure, { platform: { ...linux, loadOpenSsl: async () => ({}) }, preference: "auto" })).name,
    "kernel",
  );
  assert.equal((await chooseEngine(secure, { preference: "kernel" })).name, "kernel");
});

test("the binding is not loaded when another reason already decides", async () => {
  const loadBinding = () => assert.fail("loaded");
  await chooseEngine(plain, { platform: { ...linux, system: "darwin", loadBinding }, preference: "auto" });
  await chooseEngine(plain, { platform: { ...linux, loadBinding }, preference: "portable" });
});

test("on this machine auto chooses an engine that can be created", async () => {
  const options = trialOptions("websocket", []);
  const { name } = await chooseEngine(options, { preference: "auto" });
  assert.equal(name === "kernel", hostPlatform.system === "linux" && hostPlatform.endianness === "LE");
});

test("the portable engine does not load the native binding", async () => {
  const module = new URL("make-engine.js", import.meta.url).href;
  const program = `
    const { makeEngine } = await import(${JSON.stringify(module)});
    const engine = await makeEngine("portable", ${JSON.stringify(trialOptions("tcp", []))}, {});
    const loaded = process.report.getReport().sharedObjects.filter((name) => name.includes("koffi"));
    process.stdout.write(engine.name + " " + loaded.length);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  assert.equal(stdout, "portable 0");
});

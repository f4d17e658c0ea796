/**
 * User-defined protocols: a module that creates a codec (docs/protocols.md). Only loaded from a local file named by the
 * local user, never from anything received over a network. TypeScript is loaded by Node where it supports it, otherwise
 * compiled first.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Protocol, Wire } from "./codec/protocol.ts";
import { ConnectionError } from "./connection-error.ts";
import type { Endpoint } from "./engine.ts";

/**
 * What a protocol is told about the run. Slot s dials endpoint s modulo the number of endpoints; an endpoint's `path`
 * is the query of the target's URL.
 */
export interface OwnProtocolOptions {
  slots: number;
  endpoints: readonly Endpoint[];
  maxMessageBytes: number;
}

/** What the module exports. */
type MakeProtocol = (options: OwnProtocolOptions, wire: Wire) => Protocol;

const methods = ["greeting", "take", "reset", "farewell", "frame", "ping"] as const;
const compileTimeoutMs = 60_000;

/** Loads the module's `makeProtocol`. Rejects with a {@link ConnectionError} that says what was expected of it. */
export async function loadOwnProtocol(path: string): Promise<MakeProtocol> {
  const bad = (what: string): ConnectionError =>
    new ConnectionError("bad-protocol", `expected ${path} to ${what}; see the example in docs/protocols.md`);
  if (!existsSync(path))
    throw new ConnectionError("bad-protocol", `expected a file with a protocol, but there is none at ${path}`);
  let loaded: { makeProtocol?: unknown };
  try {
    loaded = await importModule(path);
  } catch (error) {
    throw new ConnectionError("bad-protocol", `expected ${path} to load, got: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { makeProtocol } = loaded;
  if (typeof makeProtocol !== "function") throw bad("export a function makeProtocol(options, wire)");
  return (options, wire) => {
    const protocol = makeProtocol(options, wire) as Protocol;
    const lacking = methods.filter((name) => typeof protocol?.[name] !== "function");
    if (lacking.length > 0) throw bad(`return a protocol with ${lacking.join(", ")}`);
    return protocol;
  };
}

/** Whether this Node loads TypeScript natively. */
const readsTypeScript = (process.features as { typescript?: unknown }).typescript !== undefined;

async function importModule(path: string): Promise<{ makeProtocol?: unknown }> {
  if (!/\.m?ts$/.test(path) || readsTypeScript) return (await import(pathToFileURL(path).href)) as object;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-protocol-"));
  try {
    writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
    compile(path, folder);
    return (await import(pathToFileURL(join(folder, basename(path).replace(/ts$/, "js"))).href)) as object;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Strips the types from a file and the files beside it that it imports, without type checking. */
function compile(path: string, folder: string): void {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const language = [
    "--ignoreConfig",
    "--noCheck",
    "--target",
    "es2023",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--rewriteRelativeImportExtensions",
  ];
  const words = [compiler, path, "--outDir", folder, "--rootDir", dirname(path), ...language];
  const { status, stdout, error } = spawnSync(process.execPath, words, { encoding: "utf8", timeout: compileTimeoutMs });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stdout.trim().split("\n")[0] ?? `the compiler exited with ${status}`);
}

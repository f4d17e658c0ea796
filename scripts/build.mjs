/**
 * Compiles the sources to dist/, and bundles the page and typebox, each only when something is newer than the last
 * build. typebox comes as 680 modules, which took every process half a second to load; bundled it takes 30 ms.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow, modifiedMs, root, run, say } from "./step.mjs";

const dist = join(root, "dist");
const stamp = join(dist, ".built");
const sourceFolders = ["clients", "services", "grafana", "prometheus", "bench"];
const page = join(root, "services/control/page");
const pageOutput = join(dist, "services/control/page");
const pageStamp = join(dist, ".page-built");

const bundled = join(dist, "bundled");

const enters = (name) => name !== "node_modules" && name !== "build" && name !== "dist" && !name.startsWith(".");

function sources() {
  const found = [];
  for (const folder of sourceFolders) {
    for (const path of filesBelow(join(root, folder), enters)) {
      if (path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith(`${page}/`)) found.push(path);
    }
  }
  return found;
}

const compiledPath = (source) => join(dist, relative(root, source).replace(/\.ts$/, ".js"));

/** Removes compiled files whose source is gone, so that a deleted test does not keep passing. */
function removeStale(wanted) {
  for (const path of filesBelow(dist)) {
    const isBundle = path.startsWith(`${pageOutput}/`) || path.startsWith(`${bundled}/`);
    if (path.endsWith(".js") && !isBundle && !wanted.has(path)) rmSync(path);
  }
}

/** Sets a stamp to the start of the build, so that a source edited meanwhile counts as newer. */
function writeStamp(path, begunMs) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  utimesSync(path, begunMs / 1000, begunMs / 1000);
}

async function compile() {
  const found = sources();
  const inputs = [...found, join(root, "tsconfig.json"), join(root, "package-lock.json")];
  const builtMs = modifiedMs(stamp);
  const wanted = new Set(found.map(compiledPath));
  removeStale(wanted);
  const missing = [...wanted].some((path) => !existsSync(path));
  if (!missing && inputs.every((path) => modifiedMs(path) <= builtMs)) return true;
  say("compiling");
  // The compiler's build info does not notice deleted outputs.
  if (missing) rmSync(join(dist, ".tsbuildinfo"), { force: true });
  const begunMs = Date.now();
  const { code, output } = await run([process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", "."]);
  if (code !== 0) {
    process.stderr.write(output);
    return false;
  }
  writeStamp(stamp, begunMs);
  return true;
}

/** What `#typebox` means in package.json. */
async function bundleTypebox() {
  const input = { typebox: "typebox", value: "typebox/value", system: "typebox/system" };
  const outputs = Object.keys(input).map((name) => join(bundled, `${name}.js`));
  const fromMs = modifiedMs(join(root, "package-lock.json"));
  if (outputs.every((path) => existsSync(path) && modifiedMs(path) >= fromMs)) return true;
  say("bundling typebox");
  const { build: bundle } = await import("vite");
  await bundle({
    root,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: bundled,
      emptyOutDir: true,
      minify: false,
      rolldownOptions: { input, output: { banner: "/*! typebox, MIT License: its text is in the package typebox */" } },
    },
  });
  return true;
}

async function bundlePage() {
  if (!existsSync(join(page, "index.html"))) return true;
  const inputs = [...filesBelow(page, enters), join(root, "package-lock.json")];
  const builtMs = modifiedMs(pageStamp);
  if (existsSync(join(pageOutput, "index.html")) && inputs.every((path) => modifiedMs(path) <= builtMs)) return true;
  say("bundling the page");
  const begunMs = Date.now();
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const { code, output } = await run([
    process.execPath,
    vite,
    "build",
    page,
    "--outDir",
    pageOutput,
    "--emptyOutDir",
    "--logLevel",
    "warn",
  ]);
  if (code !== 0) {
    process.stderr.write(output);
    return false;
  }
  writeStamp(pageStamp, begunMs);
  return true;
}

/** Builds what is out of date; false when compilation failed. */
export async function build() {
  const compiled = await compile();
  const entry = join(dist, "clients/cli/main.js");
  if (existsSync(entry)) chmodSync(entry, 0o755);
  return compiled && (await bundleTypebox()) && (await bundlePage());
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !(await build())) process.exitCode = 1;

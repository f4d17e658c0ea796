/**
 * Checks the Compose files with the Compose project's own loader, and the manifests against Kubernetes' own schemas,
 * where these tools are available.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, root, run } from "./step.mjs";

const composeLoader = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2";
const manifestChecker = "kubernetes-validate==1.37.0";
const environment = join(root, ".setup/kubernetes-validate");

/** Detects an installer's output when no registry can be reached. */
const isUnreachable = (output) =>
  /dial tcp|no such host|GOPROXY|connection refused|NewConnectionError|No matching distribution|Temporary failure/i.test(
    output,
  );

async function faultOf(words) {
  const { code, output } = await run(words);
  return code === 0 || isUnreachable(output) ? null : output.trim();
}

/** Null when both files, alone and combined, are valid Compose files; otherwise what is wrong. */
export async function composeFault() {
  if (!isInstalled("go")) return null;
  const load = (...files) => faultOf(["go", "run", composeLoader, "-no-interpolation", ...files]);
  return (await load("docker-compose.yml")) ?? (await load("docker-compose.yml", "compose.host.yml"));
}

/** Null when every manifest matches its kind's schema without unknown fields; otherwise what is wrong. */
export async function manifestFault() {
  const program = join(environment, "bin/kubernetes-validate");
  if (!existsSync(program)) {
    if (!isInstalled("python3")) return null;
    const made = await run(["python3", "-m", "venv", environment]);
    const installed =
      made.code === 0 ? await run([join(environment, "bin/pip"), "install", "--quiet", manifestChecker]) : made;
    if (installed.code !== 0) return null;
  }
  const folder = join(root, "deploy/kubernetes");
  const files = readdirSync(folder).map((name) => join(folder, name));
  return faultOf([program, "--strict", ...files]);
}

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { faultless, readScript, type Script, ScriptError } from "./faults/script.ts";
import type { ServerOptions } from "./server.ts";

/** Invalid command line or fault script. The message has one line per problem. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const options = {
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "0" },
  "tcp-port": { type: "string", default: "0" },
  redis: { type: "string", default: "" },
  faults: { type: "string", default: "" },
  account: { type: "string", default: "" },
  certificate: { type: "string", default: "" },
  key: { type: "string", default: "" },
} as const;

function port(name: string, text: string, problems: string[]): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    problems.push(`--${name}: expected 0 to 65535, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** The fault kinds in a script that require TLS. */
const kindsBehindTls = ({ faults }: Script): string[] => [
  ...new Set(faults.map(({ kind }) => kind).filter((kind) => kind.startsWith("tls.") || kind === "life.alert")),
];

/** Parses the command line and the fault script it names. Throws a {@link UsageError} with every problem. */
export function readArguments(words: readonly string[]): ServerOptions {
  const problems: string[] = [];
  try {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const read = { port: port("port", values.port, problems), tcpPort: port("tcp-port", values["tcp-port"], problems) };
    const script = values.faults === "" ? faultless : readScript(readFileSync(values.faults, "utf8"));
    if ((values.certificate === "") !== (values.key === ""))
      problems.push("--certificate, --key: expected both files or neither");
    const tls = values.certificate === "" ? null : { certificate: values.certificate, key: values.key };
    if (tls === null)
      problems.push(
        ...kindsBehindTls(script).map(
          (kind) =>
            `--faults: ${kind}: expected --certificate and --key with it, got neither: without TLS it has no effect`,
        ),
      );
    if (problems.length === 0) return { host: values.host, ...read, script, accountPath: values.account, tls };
  } catch (error) {
    if (error instanceof ScriptError) problems.push(...error.message.split("\n").map((line) => `--faults: ${line}`));
    else problems.push((error as Error).message);
  }
  throw new UsageError(problems.join("\n"));
}

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ServerOptions } from "./server.ts";
import type { TlsFiles } from "./tls-files.ts";

/** Usage of the command. */
export const usage = `usage: main.js --host HOST --port PORT --tcp-port PORT [--redis URL] [--certificate FILE --key FILE]
       main.js pipeline FILE
`;

/** Parses the command line; a returned string says what is wrong with it. Port 0: chosen by the system. */
export function parseOptions(args: string[]): ServerOptions | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8080" },
        "tcp-port": { type: "string", default: "8081" },
        redis: { type: "string", default: "" },
        certificate: { type: "string", default: "" },
        key: { type: "string", default: "" },
      },
    });
    return {
      host: values.host,
      port: portOf("--port", values.port),
      tcpPort: portOf("--tcp-port", values["tcp-port"]),
      redisUrl: values.redis || (process.env.HOLDFAST_REDIS_URL ?? ""),
      tls: tlsOf(values.certificate, values.key),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Requires both files or neither. */
function tlsOf(certificate: string, key: string): TlsFiles | null {
  if (certificate === "" && key === "") return null;
  if (certificate === "" || key === "") throw new Error("--certificate and --key: expected both files or neither");
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new Error(`${flag}: expected 0 to 65535, got "${text}"`);
  return port;
}

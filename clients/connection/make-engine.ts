/** Chooses the engine and gives the reason. The kernel engine and its native binding are loaded only when chosen. */
import { endianness } from "node:os";
import { HttpProtocol } from "./codec/http.ts";
import { LineProtocol } from "./codec/lines.ts";
import { MqttProtocol } from "./codec/mqtt/mqtt.ts";
import { MqttOverWebSocket } from "./codec/mqtt/over-websocket.ts";
import type { Protocol, Wire } from "./codec/protocol.ts";
import { SseProtocol } from "./codec/sse.ts";
import { TcpProtocol } from "./codec/tcp.ts";
import { WebSocketProtocol } from "./codec/websocket.ts";
import { ConnectionError } from "./connection-error.ts";
import type { ConnectionSink, Engine, EngineOptions, Greetings } from "./engine.ts";
import { withInterface } from "./local-interface.ts";
import { loadOwnProtocol } from "./own-protocol.ts";

export const enginePreferences = ["auto", "kernel", "portable"] as const;
export type EnginePreference = (typeof enginePreferences)[number];

/** Properties of this machine that decide whether the kernel engine can run. */
export interface Platform {
  system: string;
  architecture: string;
  endianness: "LE" | "BE";
  /** Loads the native binding; rejects where there is none for this machine. */
  loadBinding(): Promise<unknown>;
  /** Binds OpenSSL's functions; rejects where this Node does not export them. */
  loadOpenSsl?(): Promise<unknown>;
  /** Binds zlib's functions; rejects likewise. */
  loadZlib?(): Promise<unknown>;
}

export interface EngineChoice {
  name: Engine["name"];
  /** A clause for the report: "kernel: receive stamps ..." */
  why: string;
}

/** The options that the choice depends on; a scenario can be checked before its endpoints are resolved. */
export interface EngineNeeds {
  endpoints: readonly { tls: boolean }[];
  /** Whether connections go through a proxy; only the kernel engine supports tunnels. */
  isProxied?: boolean;
  compression: boolean;
}

const kernelArchitectures: readonly string[] = ["x64", "arm64"];

export const hostPlatform: Platform = {
  system: process.platform,
  architecture: process.arch,
  endianness: endianness(),
  loadBinding: () => import("./kernel/libc.ts"),
  loadZlib: async () => (await import("./kernel/zlib-inflater.ts")).zlib(),
  loadOpenSsl: async () => (await import("./kernel/openssl.ts")).openSsl(),
};

/**
 * Chooses the engine. Throws a {@link ConnectionError} `engine-unavailable` when the kernel engine is required but
 * cannot be used.
 */
export async function chooseEngine(
  needs: EngineNeeds,
  asked: { preference: EnginePreference; platform?: Platform },
): Promise<EngineChoice> {
  if (asked.preference === "portable" && needs.isProxied !== true)
    return { name: "portable", why: "the portable engine was requested" };
  const obstacle = await kernelObstacle(needs, asked.platform ?? hostPlatform);
  if (needs.isProxied === true && (obstacle !== null || asked.preference === "portable")) {
    const why = obstacle ?? "the portable engine was requested";
    throw new ConnectionError(
      "engine-unavailable",
      `proxy: expected the kernel engine, the only one that supports proxies; ${why}`,
    );
  }
  if (obstacle === null) return { name: "kernel", why: "Linux: receive timestamps come from the kernel" };
  if (asked.preference === "auto") return { name: "portable", why: obstacle };
  throw new ConnectionError(
    "engine-unavailable",
    `the kernel engine was requested but cannot be used: ${obstacle}; use auto or portable`,
  );
}

/** Why the kernel engine cannot be used; null when it can. */
async function kernelObstacle(needs: EngineNeeds, platform: Platform): Promise<string | null> {
  if (platform.system !== "linux") return `the kernel engine needs Linux, this is ${platform.system}`;
  if (!kernelArchitectures.includes(platform.architecture) || platform.endianness !== "LE") {
    return `the kernel engine needs little-endian x64 or arm64, this is ${platform.architecture} ${platform.endianness}`;
  }
  const isSecure = needs.endpoints.some(({ tls }) => tls);
  return (
    (await loadProblem("the native binding (koffi) did not load", platform.loadBinding)) ??
    (isSecure ? await loadProblem("the kernel engine cannot speak TLS here", platform.loadOpenSsl) : null) ??
    (needs.compression ? await loadProblem("the kernel engine cannot decompress here", platform.loadZlib) : null)
  );
}

/** Null when loading succeeds; otherwise the clause and the reason. */
async function loadProblem(clause: string, load: (() => Promise<unknown>) | undefined): Promise<string | null> {
  try {
    await load?.();
    return null;
  } catch (error) {
    return `${clause}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

/**
 * Creates the chosen engine; `greetings` where connections differ in what they send when opening. Rejects with what its
 * start threw: no descriptor left, an unreadable certificate authority.
 */
export async function makeEngine(
  name: Engine["name"],
  given: EngineOptions,
  sink: ConnectionSink,
  greetings: Greetings | null = null,
): Promise<Engine> {
  const options = withInterface(given);
  const makeProtocol =
    options.protocolModule === undefined
      ? protocolMaker(options, greetings)
      : await ownProtocolMaker(options, options.protocolModule);
  if (name === "kernel") {
    const { KernelEngine } = await import("./kernel/kernel-engine.ts");
    if (!options.compression || options.protocol !== "websocket")
      return new KernelEngine(options, sink, makeProtocol, greetings);
    const { ZlibInflater } = await import("./kernel/zlib-inflater.ts");
    const inflater = new ZlibInflater(options.slots, options.maxMessageBytes);
    return new KernelEngine(
      options,
      sink,
      (wire) => new WebSocketProtocol(options, wire, greetings, inflater),
      greetings,
    );
  }
  if (options.compression && options.protocol === "websocket") {
    const { DeflateEngine } = await import("./portable/deflate-engine.ts");
    return new DeflateEngine(options, sink, greetings);
  }
  const { PortableEngine } = await import("./portable/portable-engine.ts");
  return new PortableEngine(options, sink, makeProtocol, greetings);
}

async function ownProtocolMaker(
  { slots, endpoints, maxMessageBytes }: EngineOptions,
  path: string,
): Promise<(wire: Wire) => Protocol> {
  const makeProtocol = await loadOwnProtocol(path);
  return (wire) => makeProtocol({ slots, endpoints, maxMessageBytes }, wire);
}

/** The codec of the protocol named in the options. */
export function protocolMaker(options: EngineOptions, greetings: Greetings | null = null): (wire: Wire) => Protocol {
  switch (options.protocol) {
    case "websocket":
      return (wire) => new WebSocketProtocol(options, wire, greetings);
    case "sse":
      return (wire) => new SseProtocol(options, wire, greetings);
    case "tcp": {
      const { framing = "length" } = options;
      if (framing !== "length") return (wire) => new LineProtocol(options, framing, wire);
      return (wire) => new TcpProtocol(options, wire, greetings);
    }
    case "http":
      return (wire) => new HttpProtocol(options, wire);
    case "mqtt": {
      if (options.mqtt === undefined) throw new Error("expected options for MQTT");
      const own = { ...options, mqtt: options.mqtt };
      const isInWebSocket = options.endpoints.some(({ carrier }) => carrier === "websocket");
      return (wire) =>
        isInWebSocket ? new MqttOverWebSocket(own, greetings, wire) : new MqttProtocol(own, greetings, wire);
    }
  }
}

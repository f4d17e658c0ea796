/** The target of a run: a built-in one started for it, or an external one given by URL. */

import { existsSync, readdirSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import type { Endpoint, ProtocolName } from "../../connection/engine.ts";
import { resolveEndpoints } from "../../connection/resolve-endpoint.ts";
import { isLoopback } from "../../measure/loopback.ts";
import type { Reason } from "../../report/model/report.ts";
import { durationMs } from "../../scenario/duration.ts";
import { parseResolve } from "../../scenario/problems/resolve-entries.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { shownAddress } from "../../scenario/redaction.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { makeCertificates, type RunCertificates } from "../../target/certificate.ts";
import { type ReplicaExit, type StartOptions, startTarget } from "../../target/managed-target.ts";
import type { ManifestTarget } from "../../target/manifest.ts";
import type { TargetWatch } from "./target-watch.ts";
import { proxiedEndpoint, proxyOf } from "./through-proxy.ts";

export interface RunTarget {
  name: string;
  version: string;
  settings: Record<string, unknown>;
  url: string;
  replicas: number;
  endpoints: Endpoint[];
  /** The proxy of its connections, without its password; absent: none. */
  proxy?: string;
  /** HTTP base URL of each replica that has one. */
  httpUrls: string[];
  /** Roots of the process trees to watch. */
  pids: number[];
  /** Source of its resource usage, where that is not this machine's /proc. */
  watch?: TargetWatch;
  /** File with the authority of a target that was started with TLS; absent: the scenario's or the system's. */
  certificateAuthority?: string | null;
  isLocal: boolean;
  /** Certain to keep the push contract: a missing push is lost, not "not measured". */
  keepsContract: boolean;
  exits: Promise<ReplicaExit>[];
  /** Its addresses are given by the scenario, not the resolver. */
  isPinned?: boolean;
  /** Notes about it for the report. */
  notes?: Reason[];
  stop(): Promise<void>;
}

export const defaultPush = { interval: "10s", bytes: 100, timing: "burst", stamp: "auto" } as const;

/** The query string of docs/targets.md for a scenario. */
export function pushQuery(scenario: ConnectionsScenario): string {
  const push = scenario.push ?? defaultPush;
  return `intervalMs=${Math.round(durationMs(push.interval))}&bytes=${push.bytes}&timing=${push.timing}&group=0`;
}

const contractPath: Record<ProtocolName, string> = {
  websocket: "/push",
  sse: "/events",
  tcp: "/",
  http: "/",
  mqtt: "holdfast/push",
};

/** Protocols on a built-in target's raw TCP port; MQTT is distinguished by its first byte. */
const isRaw: Record<ProtocolName, boolean> = { websocket: false, sse: false, tcp: true, http: false, mqtt: true };

/** Starts a built-in target with its command modified by `wrap`. Throws a TargetError when it does not start. */
export async function startManaged(
  manifest: ManifestTarget,
  scenario: ConnectionsScenario,
  logFolder: string,
  wrap?: StartOptions["wrap"],
): Promise<RunTarget> {
  const certificates = certificatesFor(manifest, scenario);
  const handle = await startTarget(manifest, {
    ...(certificates === null ? {} : { tls: certificates }),
    ...(wrap === undefined ? {} : { wrap }),
    logFolder: resolve(logFolder),
    replicas: scenario.replicas,
    cpus: scenario.targetCpus ?? null,
    memoryMiB: scenario.targetMemoryMiB ?? null,
    redisUrl: scenario.redis ?? "",
    extra:
      manifest.name === "rehearsal"
        ? {
            faults: faultScript(manifest.folder, scenario.faults),
            account: resolve(logFolder, "account-{replica}.ndjson"),
          }
        : {},
  }).catch((error: unknown) => {
    certificates?.remove();
    throw error;
  });
  const { protocol } = scenario;
  const path = `${contractPath[protocol]}?${pushQuery(scenario)}`;
  const endpoints = handle.endpoints.map(
    ({ host, port, tcpPort }): Endpoint => ({
      host,
      address: host,
      family: 4,
      port: isRaw[protocol] ? tcpPort : port,
      path,
      tls: certificates !== null,
    }),
  );
  return {
    name: handle.name,
    version: handle.version,
    settings: { ...handle.settings, limits: handle.limits },
    url: handle.endpoints[0]?.url ?? "",
    replicas: handle.endpoints.length,
    endpoints,
    httpUrls: handle.endpoints.map(({ url }) => url),
    pids: handle.pids,
    isLocal: true,
    keepsContract: true,
    exits: handle.exits,
    ...(certificates === null ? {} : { certificateAuthority: certificates.authority }),
    stop: async () => {
      await handle.stop();
      certificates?.remove();
    },
  };
}

/**
 * Certificates for a target that should serve TLS; null when the scenario does not ask for it. Throws a ScenarioError
 * where the target cannot.
 */
function certificatesFor(manifest: ManifestTarget, { tls }: ConnectionsScenario): RunCertificates | null {
  if (tls?.serve !== true) return null;
  if (manifest.tls === undefined)
    throw new ScenarioError([
      {
        field: "tls.serve",
        text: `target ${manifest.name} does not support TLS: leave out --tls, or use another target`,
      },
    ]);
  return makeCertificates();
}

/** The path of a fault script: a file, or the name of one shipped with the rehearsal target; empty for none. */
function faultScript(folder: string, faults: string | undefined): string {
  if (faults === undefined || faults === "") return "";
  const shipped = join(folder, "scripts", `${faults}.yaml`);
  if (existsSync(faults)) return resolve(faults);
  if (/^[a-z0-9-]+$/.test(faults) && existsSync(shipped)) return shipped;
  throw new ScenarioError([
    {
      field: "faults",
      text: `expected a file or the name of a shipped script (${shippedScripts(folder).join(", ")}), got "${faults}"`,
    },
  ]);
}

/** The fault scripts shipped with the rehearsal target. */
export function shippedScripts(folder: string): string[] {
  return readdirSync(join(folder, "scripts"))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.replace(/\.yaml$/, ""))
    .sort();
}

/** An external target: its URL is dialled as given. */
export async function namedTarget(url: string, scenario: ConnectionsScenario): Promise<RunTarget> {
  const proxy = proxyOf(scenario);
  const { endpoints, isPinned } =
    proxy === null
      ? await resolveEndpoints(url, scenario.protocol, (scenario.resolve ?? []).map(parseResolve))
      : { endpoints: [await proxiedEndpoint(url, scenario.protocol, proxy)], isPinned: false };
  // The family of the local source addresses determines that of the target's.
  const families = new Set((scenario.sources ?? []).map((source) => isIP(source)));
  const fitting = families.size === 1 ? endpoints.filter(({ family }) => families.has(family)) : endpoints;
  const [{ socketPath } = {}] = endpoints;
  return {
    ...(proxy === null ? {} : { proxy: shownAddress(proxy) }),
    name: socketPath === undefined ? url.replace(/^[a-z]+:\/\//, "").replace(/[/?].*$/, "") : `unix:${socketPath}`,
    version: "",
    settings: {},
    url: shownAddress(url),
    replicas: 1,
    endpoints: fitting.length > 0 ? fitting : endpoints,
    isPinned,
    httpUrls: [],
    pids: scenario.pid ?? [],
    isLocal: endpoints.every(({ address }) => isLoopback(address)),
    keepsContract: false,
    exits: [],
    stop: async () => {},
  };
}

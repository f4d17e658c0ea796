/**
 * Which hosts the service dials for its callers: built-in targets, and hosts on the operator's allow list. A load
 * generator is dangerous, and a service that dials arbitrary addresses is a way into its own network: names are
 * resolved once, the address is checked (services/agent/dial-policy.ts), and exactly that address is dialled.
 */
import { ConnectionError } from "../../../clients/connection/connection-error.ts";
import { parseProxy } from "../../../clients/connection/proxy.ts";
import { schemesOf } from "../../../clients/connection/resolve-endpoint.ts";
import type { Problem } from "../../../clients/scenario/problems/problem-bounds.ts";
import { isUrl } from "../../../clients/scenario/target-url.ts";
import { readManifests } from "../../../clients/target/manifest.ts";
import { type DialPolicy, isNamed, notAllowed, refuseOwnDoor } from "../../agent/dial-policy.ts";

const schemes = new Set(Object.values(schemesOf).flat());

/** Every target name or URL in a scenario, with its field. */
export function targetsIn(value: unknown, path: readonly string[] = []): { field: string; name: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    if (key === "headers") return [];
    if (key !== "target" && key !== "targets" && key !== "url") return targetsIn(inner, at);
    const names = Array.isArray(inner) ? inner : [inner];
    return names.flatMap((name, index) =>
      typeof name === "string"
        ? [{ field: Array.isArray(inner) ? [...at, index].join(".") : at.join("."), name }]
        : targetsIn(name, at),
    );
  });
}

/** Why targets of a scenario, or their proxies, may not be loaded; empty when all may. */
export function targetProblems(scenario: unknown, policy: DialPolicy): Problem[] {
  const builtIn = readManifests().map(({ name }) => name);
  const problems = proxiesIn(scenario).flatMap(({ field, name }) => {
    const text = proxyProblem(name, policy);
    return text === null ? [] : [{ field, text }];
  });
  return [
    ...problems,
    ...targetsIn(scenario).flatMap(({ field, name }) => {
      const text = isUrl(name)
        ? urlProblem(name, policy)
        : builtIn.includes(name)
          ? null
          : unknownTarget(name.slice(0, 80), builtIn, policy);
      return text === null ? [] : [{ field, text }];
    }),
  ];
}

/** Every proxy in a scenario, with its field. */
function proxiesIn(value: unknown, path: readonly string[] = []): { field: string; name: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    if (key === "headers" || key === "vars") return [];
    return key === "proxy" && typeof inner === "string" ? [{ field: at.join("."), name: inner }] : proxiesIn(inner, at);
  });
}

function proxyProblem(name: string, policy: DialPolicy): string | null {
  if (name === "env") return "expected the address of a proxy: callers may not use the service's environment";
  try {
    const { host, port } = parseProxy(name);
    if (!isNamed(host, policy)) return notAllowed(host, policy);
    return refuseOwnDoor({ host, address: host, port }, policy);
  } catch (error) {
    if (error instanceof ConnectionError) return error.message;
    throw error;
  }
}

function unknownTarget(name: string, builtIn: readonly string[], policy: DialPolicy): string {
  if (builtIn.length > 0) return `expected ${builtIn.join(", ")} or a URL on the allow list, got "${name}"`;
  return `"${name}" is not installed here: ${withoutBuiltIn(policy)}`;
}

/** What can be loaded where no built-in target is installed. */
export function withoutBuiltIn({ allowedHosts, allowsLoopback }: DialPolicy): string {
  const hosts = [...allowedHosts, ...(allowsLoopback ? ["this machine"] : [])];
  const where =
    hosts.length > 0 ? `on ${hosts.join(", ")}` : "once the operator has allowed its host with --allow-host";
  return `this installation has no built-in targets; give a URL such as ws://HOST:8101/push ${where}`;
}

const defaultPorts: Record<string, number> = { "ws:": 80, "http:": 80, "wss:": 443, "https:": 443 };

function urlProblem(url: string, policy: DialPolicy): string | null {
  if (!URL.canParse(url)) return "expected a URL such as ws://host:8080/push";
  const { protocol, hostname, port, username, password } = new URL(url);
  if (!schemes.has(protocol)) return `expected one of ${[...schemes].join(", ")}, got ${protocol}`;
  if (username !== "" || password !== "") return "expected a URL without user and password";
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (!isNamed(host, policy)) return notAllowed(host, policy);
  return refuseOwnDoor(
    { host, address: host, port: port === "" ? (defaultPorts[protocol] ?? 0) : Number(port) },
    policy,
  );
}

/**
 * Whom the service dials for its callers: built-in targets, and hosts the operator put on the allow list. A stress tester is a
 * weapon, and a service that dials what it is told is a way into its own network: names are resolved once, the address is checked,
 * and that address is the one dialled.
 */
import { isIP } from "node:net";
import type { Endpoint } from "../../../clients/connection/engine.ts";
import { schemesOf } from "../../../clients/connection/resolve-endpoint.ts";
import { isLoopback } from "../../../clients/measure/loopback.ts";
import { isUrl } from "../../../clients/run/prepare/choose-target.ts";
import type { Problem } from "../../../clients/scenario/problem-bounds.ts";
import { readManifests } from "../../../clients/target/manifest.ts";

export interface DialPolicy {
  /** Host names and literal addresses the operator allows. */
  allowedHosts: readonly string[];
  /** Callers are on this machine: they may load what listens on its loopback. */
  allowsLoopback: boolean;
}

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
      typeof name === "string" ? [{ field: Array.isArray(inner) ? [...at, index].join(".") : at.join("."), name }] : targetsIn(name, at),
    );
  });
}

/** Why targets of a scenario may not be loaded; none when all may. */
export function targetProblems(scenario: unknown, policy: DialPolicy): Problem[] {
  const builtIn = readManifests().map(({ name }) => name);
  return targetsIn(scenario).flatMap(({ field, name }) => {
    const text = isUrl(name)
      ? urlProblem(name, policy)
      : builtIn.includes(name)
        ? null
        : `expected ${builtIn.join(", ")} or a URL on the allow list, got "${name.slice(0, 80)}"`;
    return text === null ? [] : [{ field, text }];
  });
}

function urlProblem(url: string, policy: DialPolicy): string | null {
  if (!URL.canParse(url)) return "expected a URL such as ws://host:8080/push";
  const { protocol, hostname, username, password } = new URL(url);
  if (!schemes.has(protocol)) return `expected one of ${[...schemes].join(", ")}, got ${protocol}`;
  if (username !== "" || password !== "") return "expected a URL without user and password";
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return isNamed(host, policy) ? null : notAllowed(host);
}

const notAllowed = (host: string): string => `${host} is not on this service's allow list; its operator adds it with --allow-host ${host}`;

function isNamed(host: string, { allowedHosts, allowsLoopback }: DialPolicy): boolean {
  if (allowedHosts.includes(host)) return true;
  return allowsLoopback && isLoopback(host);
}

/** Addresses no name may lead to: this machine, this link (cloud metadata lives there), nobody, everybody. */
export function isGuarded(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  if (isIP(plain) === 4) {
    const [a = 0, b = 0] = plain.split(".").map(Number);
    return a === 127 || a === 0 || (a === 169 && b === 254) || a >= 224;
  }
  return plain === "::1" || plain === "::" || /^(fe[89ab]|ff)/.test(plain) || plain.startsWith("::ffff:");
}

/** The check of an endpoint after its name was resolved, before it is dialled; null: it may. */
export function refuseEndpoint({ host, address }: Endpoint, policy: DialPolicy): string | null {
  if (!isNamed(host, policy)) return notAllowed(host);
  if (!isGuarded(address) || policy.allowedHosts.includes(address)) return null;
  if (policy.allowsLoopback && isLoopback(address)) return null;
  return `${host} resolves to ${address}, which only an operator may allow: --allow-host ${address}`;
}

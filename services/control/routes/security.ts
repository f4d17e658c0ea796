/** Checks before every route: token, host and origin, rate limits, security headers. */
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../../../clients/measure/loopback.ts";
import { Refusal } from "./problem.ts";
import { isSignedIn } from "./token.ts";

export interface SecurityOptions {
  /** Null: callers are on this machine and need none. */
  token: string | null;
  /** The service listens on loopback only. */
  isLoopbackOnly: boolean;
  /** Whether /metrics and /prometheus/targets need no token. */
  opensMetrics: boolean;
  /** Requests per minute from one address. */
  perMinute: number;
}

/** Open to everyone: they reveal nothing, and probes have no token. */
const probePaths: readonly string[] = ["/healthz", "/readyz"];
const openPaths: readonly string[] = [...probePaths, "/session", "/sign-in"];
const metricPaths: readonly string[] = ["/metrics", "/prometheus/targets"];

const minuteMs = 60_000;

const pathOf = (request: FastifyRequest): string => request.url.split("?")[0] ?? "";

export async function registerSecurity(app: FastifyInstance, options: SecurityOptions): Promise<void> {
  await app.register(helmet, {
    // Over plain http these two would redirect the browser to https, which is not served.
    hsts: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'self'"],
        upgradeInsecureRequests: null,
      },
    },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: "same-origin" },
  });
  // Counted before any other check: wrong tokens and unknown routes are requests, too.
  await app.register(rateLimit, { global: false });
  const countRequest = app.createRateLimit({ max: options.perMinute, timeWindow: minuteMs });
  app.addHook("onRequest", async (request, reply) => {
    if (!probePaths.includes(pathOf(request))) {
      const counted = await countRequest(request);
      if (!counted.isAllowed)
        reply.header("x-ratelimit-limit", counted.max).header("x-ratelimit-remaining", counted.remaining);
      if (!counted.isAllowed && counted.isExceeded) {
        reply.header("retry-after", counted.ttlInSeconds);
        throw new Refusal(
          "too-many",
          `expected at most ${options.perMinute} requests a minute from one address; try again in ${counted.ttlInSeconds} s`,
        );
      }
    }
    checkHost(request, options);
    checkOrigin(request);
    const path = pathOf(request);
    if (options.token === null || openPaths.includes(path) || (options.opensMetrics && metricPaths.includes(path)))
      return;
    if (isSignedIn(request.headers, options.token)) return;
    if (request.method === "GET" && path === "/" && (request.headers.accept ?? "").includes("text/html"))
      return reply.redirect("/sign-in", 303);
    throw new Refusal("unauthorized", 'header authorization: expected "Bearer TOKEN"', [
      { field: "header authorization", text: 'expected "Bearer TOKEN"' },
    ]);
  });
}

/**
 * On loopback, a host name that is not this machine's comes from a page whose own name was resolved to us (DNS
 * rebinding).
 */
function checkHost(request: FastifyRequest, { isLoopbackOnly }: SecurityOptions): void {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (!isLoopbackOnly || isLoopback(host)) return;
  throw new Refusal("not-allowed", `header host: expected localhost or 127.0.0.1, got "${host.slice(0, 80)}"`, [
    { field: "header host", text: "expected localhost or 127.0.0.1: this service listens on loopback only" },
  ]);
}

/** A request made by another site's page carries that site's origin. */
function checkOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (origin === undefined || request.method === "GET" || request.method === "HEAD") return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new Refusal("not-allowed", "header origin: expected this service's own origin", [
    { field: "header origin", text: "expected this service's own origin" },
  ]);
}

/** Chooses the writer for the requests of a plan. */
import type { Endpoint } from "../../connection/engine.ts";
import { FilledRequests, type RequestUsers } from "./filled-requests.ts";
import { PreparedRequests } from "./prepared-requests.ts";
import type { RequestPlan } from "./request-plan.ts";
import type { RequestPool } from "./request-pool.ts";
import type { RequestWriter } from "./request-writer.ts";

/** Requests that are the same for all users are encoded once; others are filled in for each request. */
export function makeWriter(
  plan: RequestPlan,
  pool: RequestPool,
  endpoints: readonly Endpoint[],
  users: RequestUsers,
): RequestWriter {
  const texts = [...pool.paths, ...Object.values(plan.headers).flat(), plan.body ?? ""];
  return texts.some((text) => text.includes("{{"))
    ? new FilledRequests(plan, pool.paths, endpoints, users)
    : new PreparedRequests(plan, pool.paths, endpoints);
}

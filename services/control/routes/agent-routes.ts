import { Type } from "#typebox";
import type { App, AppDeps } from "../app-deps.ts";
import { closed, refusals } from "./schemas.ts";

const Agents = closed({
  agents: Type.Array(
    closed({
      id: Type.String(),
      name: Type.String(),
      host: Type.String(),
      slots: Type.Integer(),
      slotsFree: Type.Integer(),
      descriptors: Type.Integer({ description: "per shard process" }),
      ports: Type.Integer({ description: "local ports per source address" }),
      cores: Type.Integer(),
      isSameHost: Type.Boolean({
        description: "shares this service's network namespace, so it can load built-in targets",
      }),
      clockError: Type.Union([closed({ boundMs: Type.Number() }), Type.Null()], {
        description: "error bound of its clock relative to this service's; null on the same machine",
      }),
    }),
  ),
});

export function addAgentRoutes(app: App, { agents }: AppDeps): void {
  const schema = {
    summary: "agents that run shards, with their free slots; none without Redis",
    tags: ["service"],
    response: { 200: Agents, ...refusals },
  };
  app.get("/agents", { schema }, () => ({
    agents: (agents?.list() ?? []).map(
      ({ id, name, host, slots, slotsFree, descriptors, ports, cores, isSameHost, clockError }) => {
        return { id, name, host, slots, slotsFree, descriptors, ports, cores, isSameHost, clockError };
      },
    ),
  }));
}

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
      descriptors: Type.Integer({ description: "of each shard process" }),
      ports: Type.Integer({ description: "local ports of each source address" }),
      cores: Type.Integer(),
      isSameHost: Type.Boolean({ description: "shares this service's network: it can load built-in targets" }),
      clockError: Type.Union([closed({ boundMs: Type.Number() }), Type.Null()], {
        description: "how far its clock may be from this service's; null on one machine",
      }),
    }),
  ),
});

export function addAgentRoutes(app: App, { agents }: AppDeps): void {
  const schema = {
    summary: "agents that take shards, with their free slots; none without Redis",
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

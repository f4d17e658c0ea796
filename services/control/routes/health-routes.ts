import { Type } from "#typebox";
import { holdfastVersion } from "../../../clients/target/project-root.ts";
import type { App, AppDeps } from "../app-deps.ts";
import { Refusal } from "./problem.ts";
import { closed, refusals } from "./schemas.ts";

export function addHealthRoutes(app: App, { agents, folder }: AppDeps): void {
  const version = holdfastVersion();
  const Health = closed({ status: Type.Literal("ok"), version: Type.String() });
  app.get(
    "/healthz",
    {
      schema: { summary: "whether the process is serving", tags: ["service"], response: { 200: Health, ...refusals } },
    },
    () => {
      return { status: "ok" as const, version };
    },
  );
  app.get(
    "/readyz",
    {
      schema: {
        summary: "whether runs can be accepted: the runs folder is writable, and Redis, if configured, answers",
        tags: ["service"],
        response: { 200: Health, ...refusals },
      },
    },
    async () => {
      const obstacle = await folder.obstacle();
      if (obstacle !== null) throw new Refusal("unavailable", obstacle);
      if (agents !== null && !agents.isConnected)
        throw new Refusal("unavailable", "redis: expected an answer, got none");
      return { status: "ok" as const, version };
    },
  );
}

/** Dependencies of the routes, and the app they are added to. */
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ExposedRuns } from "../../clients/metrics/exposed-runs.ts";
import type { DialPolicy } from "../agent/dial-policy.ts";
import type { AgentInfo } from "./agents/agent-info.ts";
import type { LiveFeeds } from "./live/live-feed.ts";
import type { SecurityOptions } from "./routes/security.ts";
import type { OrderFolder } from "./runs/order-folder.ts";
import type { RunDesk } from "./runs/run-desk.ts";
import type { RunList } from "./runs/run-list.ts";

/** Dependencies of the routes. */
export interface AppDeps {
  desk: RunDesk;
  list: RunList;
  folder: OrderFolder;
  feeds: LiveFeeds;
  exposed: ExposedRuns;
  security: SecurityOptions;
  dial: DialPolicy;
  /** The agents last heard from; null without Redis. */
  agents: AgentInfo | null;
  /** Folder of the built page. */
  pageFolder: string;
  logger?: FastifyBaseLogger;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

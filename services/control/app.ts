/** The service as a function of its dependencies: tests inject requests, the process listens. */
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { type FastifyBaseLogger, fastify, LogController } from "fastify";
import { isTooDeep, mostDepth } from "../../clients/scenario/problems/problem-bounds.ts";
import type { App, AppDeps } from "./app-deps.ts";
import { limitConnections } from "./connection-limit.ts";
import { addAgentRoutes } from "./routes/agent-routes.ts";
import { addDocument } from "./routes/document.ts";
import { addHealthRoutes } from "./routes/health-routes.ts";
import { addLiveRoutes } from "./routes/live-routes.ts";
import { addMetricsRoutes } from "./routes/metrics-routes.ts";
import { addPageRoutes } from "./routes/page-routes.ts";
import { answerError, invalid, Refusal } from "./routes/problem.ts";
import { addReportRoutes } from "./routes/report-routes.ts";
import { addRunRoutes } from "./routes/run-routes.ts";
import { addScenarioRoutes } from "./routes/scenario-routes.ts";
import { registerSecurity } from "./routes/security.ts";
import { addSessionRoutes } from "./routes/session-routes.ts";
import { strictValidator } from "./routes/validation.ts";

const mostBodyBytes = 256 * 1024;
const mostHeaderBytes = 16 * 1024;

/**
 * The whole service, not listening yet. Closing it first ends open streams, which would otherwise keep it open forever.
 */
export async function buildApp(deps: AppDeps): Promise<App> {
  const app = makeApp(deps.logger);
  limitConnections(app.server);
  app.setValidatorCompiler(strictValidator);
  // Responses are sent as the handlers return them: schemas document and test them but never drop a field.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw new Refusal("not-found", "url: no such route; /docs lists all routes", [
      { field: "url", text: "no such route" },
    ]);
  });
  app.removeContentTypeParser("text/plain");
  await registerSecurity(app, deps.security);
  await addDocument(app, deps.security.token !== null);
  // Checked before any recursive function walks the body.
  app.addHook("preValidation", async ({ body }) => {
    if (isTooDeep(body)) throw invalid([{ field: "body", text: `expected at most ${mostDepth} levels of nesting` }]);
  });
  addHealthRoutes(app, deps);
  addSessionRoutes(app, deps.security.token);
  addScenarioRoutes(app, deps);
  addRunRoutes(app, deps);
  addReportRoutes(app, deps);
  addLiveRoutes(app, deps);
  addMetricsRoutes(app, deps);
  addAgentRoutes(app, deps);
  await addPageRoutes(app, deps.pageFolder);
  app.addHook("preClose", async () => deps.feeds.closeAll());
  return app;
}

function makeApp(logger: FastifyBaseLogger | undefined): App {
  return fastify({
    ...(logger === undefined ? { logger: false as const } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: mostBodyBytes,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    http: { maxHeaderSize: mostHeaderBytes },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply as never),
  }).withTypeProvider<TypeBoxTypeProvider>() as unknown as App;
}

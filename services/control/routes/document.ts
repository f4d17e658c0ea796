/**
 * The API document (OpenAPI 3.1), generated from the routes' schemas, and the page to browse it. Nothing is fetched
 * from elsewhere.
 */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { holdfastVersion } from "../../../clients/target/project-root.ts";
import type { App } from "../app-deps.ts";

export async function addDocument(app: App, needsToken: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Holdfast",
        version: holdfastVersion(),
        description:
          "Starts, watches and compares long-connection stress tests. Fields are validated strictly: an unknown field is rejected by name, and types are not coerced.",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      ...(needsToken ? { security: [{ token: [] }] } : {}),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: false,
    uiConfig: { docExpansion: "list", validatorUrl: null as never },
  });
}

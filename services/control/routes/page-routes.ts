/** The built page, or a note when it was not built. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { App } from "../app-deps.ts";

export async function addPageRoutes(app: App, folder: string): Promise<void> {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", { schema: { hide: true } }, (_request, reply) =>
      reply.type("text/plain").send("The page is not built: npm run build. The API is at /docs.\n"),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    index: "index.html",
    wildcard: false,
    decorateReply: false,
    setHeaders: (reply, path) => {
      const isNamedByContent = /-[A-Za-z0-9_-]{8}\.(js|css)$/.test(path);
      void reply.header("cache-control", isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}

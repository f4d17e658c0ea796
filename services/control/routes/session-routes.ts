/** Browser sign-in: a form, and a cookie that scripts cannot read. */
import { parse } from "node:querystring";
import { Type } from "#typebox";
import { isSame } from "../../keeper/secret.ts";
import type { App } from "../app-deps.ts";
import { Refusal } from "./problem.ts";
import { closed, refusals } from "./schemas.ts";
import { cookieName, sessionOf } from "./token.ts";

const signInPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast: sign in</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}
input,button{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.5rem 0}</style>
<h1>Holdfast</h1>
<form method="post" action="/session"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus><button>Sign in</button></form></html>
`;

const halfDaySeconds = 43_200;

export function addSessionRoutes(app: App, token: string | null): void {
  app.get("/sign-in", { schema: { hide: true } }, (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(signInPage),
  );
  app.register(async (scope) => {
    scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
      done(null, { ...parse(String(body)) }),
    );
    const schema = {
      summary: "sign in a browser: sets a cookie that gives access to the page, the live stream and the API",
      tags: ["service"],
      body: closed({ token: Type.String({ minLength: 1, maxLength: 500 }) }),
      response: { 303: Type.Null({ description: "signed in; redirects to the page" }), ...refusals },
    };
    scope.post("/session", { schema, config: { rateLimit: { max: 20, timeWindow: 60_000 } } }, (request, reply) => {
      const { token: given } = request.body as { token: string };
      if (token !== null && !isSame(given, token))
        throw new Refusal("unauthorized", "token: wrong token", [{ field: "token", text: "wrong token" }]);
      if (token !== null)
        reply.header(
          "set-cookie",
          `${cookieName}=${sessionOf(token)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${halfDaySeconds}`,
        );
      return reply.code(303).header("location", "/").send();
    });
  });
}

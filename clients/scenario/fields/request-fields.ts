/** What a scenario says about its requests: the fields that kinds whose connections carry requests share. */
import { Type } from "typebox";

export const requestPaths = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ pattern: "^/[\\x21\\x22\\x24-\\x7e]*$" }), { minItems: 1, maxItems: 50_000, description }),
  );

export const requestMethod = (fallback: string) =>
  Type.String({ pattern: "^[A-Z]{1,20}$", default: fallback, description: "of every request" });

export const requestBody = Type.Optional(
  Type.String({ maxLength: 1_048_576, description: "of every request; never printed" }),
);

export const expectStatus = Type.Optional(
  Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), {
    minItems: 1,
    maxItems: 400,
    description: "statuses that are right; any below 400 when left out",
  }),
);

export const requestSeed = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 4_294_967_295, default: 1, description });

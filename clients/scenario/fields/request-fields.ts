/** What a scenario says about its requests: the fields that kinds whose connections carry requests share. */
import { Type } from "#typebox";
import { dataOf, Vars } from "./values-schema.ts";

/** Where the values of a request's templates come from. */
export const requestValues = {
  data: Type.Optional(dataOf("user")),
  vars: Type.Optional(Vars),
};

/** Printable without blanks and #; within a template's brackets anything but brackets. */
const pathPattern = "^/([\\x21\\x22\\x24-\\x7a\\x7c-\\x7e]|\\{\\{[^{}]*\\}\\}|\\{(?!\\{[^{}]*\\}\\}))*$";

export const requestPaths = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ pattern: pathPattern }), {
      minItems: 1,
      maxItems: 50_000,
      description: `${description}; templates`,
    }),
  );

export const requestMethod = (fallback: string) =>
  Type.String({ pattern: "^[A-Z]{1,20}$", default: fallback, description: "of every request" });

export const requestBody = Type.Optional(
  Type.String({ maxLength: 1_048_576, description: "of every request; a template, never printed" }),
);

export const expectStatus = Type.Optional(
  Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), {
    minItems: 1,
    maxItems: 400,
    description: "statuses that count as success; by default any below 400",
  }),
);

export const requestSeed = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 4_294_967_295, default: 1, description });

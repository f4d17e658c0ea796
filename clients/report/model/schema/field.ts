/** Words of the report's schemas: from each constant come the type, the API document and the check. */
import { type TSchema, Type } from "#typebox";

/** How many; never negative. */
export const count = (description: string) => Type.Integer({ minimum: 0, description });
export const figure = (description: string) => Type.Number({ description });
/** Null: not measured, which is never zero. */
export const figureOrNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
export const orNull = <T extends TSchema>(schema: T, description = "null: there is none") =>
  Type.Union([schema, Type.Null()], { description });
export const text = (description: string) => Type.String({ description });
/** One of a closed list. */
export const oneOf = <const W extends readonly string[]>(words: W, description: string) =>
  Type.Unsafe<W[number]>(
    Type.Union(
      [...words].map((word) => Type.Literal(word)),
      { description },
    ),
  );
/** Counts by cause, or by CAUSE:CODE. */
export const countsBy = (description: string) => Type.Record(Type.String(), Type.Integer(), { description });

/**
 * Optional parameters with a description for the OpenAPI document.
 */
import { Schema } from "effect"

export const describe = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

/** As {@link describe}, for numbers and booleans in a URL: the document shows their encoded form, a text. */
export const describeInUrl = <S extends Schema.Constraint>(schema: S, description: string) =>
  Schema.optionalKey(Schema.toCodecStringTree(schema).pipe(Schema.annotateEncoded({ description })))

/**
 * Optional parameters with what they mean, for the OpenAPI document.
 */
import { Schema } from "effect"

export const describe = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

/** As {@link describe}, for numbers and booleans in a URL: there the text is what the document shows, and must be described. */
export const describeInUrl = <S extends Schema.Constraint>(schema: S, description: string) =>
  Schema.optionalKey(Schema.toCodecStringTree(schema).pipe(Schema.annotateEncoded({ description })))

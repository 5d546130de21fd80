/**
 * What a Worker's OpenAPI document says of its problems.
 */
import type { Ask } from "./world.ts"

interface Schema {
  readonly $ref?: string
  readonly anyOf?: ReadonlyArray<Schema>
  readonly enum?: ReadonlyArray<string>
  readonly properties?: { readonly code?: Schema }
}

interface Content {
  readonly content?: Record<string, { readonly schema: Schema }>
}

interface Document {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, Content> }>>
  readonly components: { readonly schemas: Record<string, Schema> }
}

/** The codes that are listed for a method, path and status; undefined where there is no such operation. */
export type ListedCodes = (method: string, path: string, status: number) => ReadonlyArray<string> | undefined

export const readListedCodes = async (ask: Ask): Promise<ListedCodes> => {
  const { components, paths } = await (await ask("/openapi.json")).json() as Document
  const literalsOf = (
    schema: Schema
  ): ReadonlyArray<string> => [...schema.enum ?? [], ...(schema.anyOf ?? []).flatMap(literalsOf)]
  const codesOf = ({ $ref, anyOf, properties }: Schema): ReadonlyArray<string> => [
    ...$ref === undefined ? [] : codesOf(components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}),
    ...(anyOf ?? []).flatMap(codesOf),
    ...literalsOf(properties?.code ?? {})
  ]
  return (method, path, status) => {
    const operation = paths[path]?.[method === "HEAD" ? "get" : method.toLowerCase()]
    return operation && codesOf(operation.responses[status]?.content?.["application/problem+json"]?.schema ?? {})
  }
}

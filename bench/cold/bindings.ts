/** Bindings of a Worker whose database and bucket are outside its runtime, behind HTTP. */
import type { Statement } from "./outside.ts"

/** A D1 database that answers batches. */
export const databaseAt = (outside: string) => {
  const prepare = (sql: string, values: ReadonlyArray<unknown> = []) => ({
    sql,
    values,
    bind: (...bound: ReadonlyArray<unknown>) => prepare(sql, bound)
  })
  return {
    prepare,
    batch: async (statements: ReadonlyArray<Statement>) => {
      const answer = await fetch(outside, {
        method: "POST",
        body: JSON.stringify(statements.map(({ sql, values }) => ({ sql, values })))
      })
      if (!answer.ok) throw new Error(await answer.text())
      const all = await answer.json() as ReadonlyArray<ReadonlyArray<unknown>>
      return all.map((results) => ({ results, meta: { rows_read: 0, rows_written: 0 } }))
    }
  } as unknown as D1Database
}

/** An R2 bucket with the calls that deriving and reading need. */
export const bucketAt = (outside: string) => {
  const urlOf = (key: string) => outside + encodeURIComponent(key)
  return {
    get: async (key: string, { range }: { readonly range: { readonly offset: number; readonly length: number } }) => {
      const answer = await fetch(urlOf(key), { headers: { "x-range": `${range.offset}+${range.length}` } })
      return answer.ok ? { body: null, arrayBuffer: () => answer.arrayBuffer() } : null
    },
    head: async (key: string) => {
      const answer = await fetch(urlOf(key), { method: "HEAD" })
      const metadata: unknown = JSON.parse(answer.headers.get("x-metadata") ?? "{}")
      return answer.ok ? { customMetadata: metadata } : null
    },
    put: async (key: string, bytes: Uint8Array, { customMetadata }: R2PutOptions) => {
      const answer = await fetch(urlOf(key), {
        method: "PUT",
        body: bytes,
        headers: { "x-metadata": JSON.stringify(customMetadata) }
      })
      return { etag: answer.headers.get("etag") }
    },
    list: async () => ({ objects: [], truncated: false })
  } as unknown as R2Bucket
}

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
      return await answer.json()
    }
  } as unknown as D1Database
}

/** An R2 bucket with the calls that writing, deriving and reading need. */
export const bucketAt = (outside: string) => {
  const urlOf = (key: string) => outside + encodeURIComponent(key)
  return {
    get: async (key: string, { range }: R2GetOptions) => {
      const answer = await fetch(urlOf(key), { headers: { "x-range": JSON.stringify(range) } })
      return answer.ok ? { body: null, arrayBuffer: () => answer.arrayBuffer() } : null
    },
    head: async (key: string) => {
      const answer = await fetch(urlOf(key), { method: "HEAD" })
      if (!answer.ok) return null
      const customMetadata: unknown = JSON.parse(answer.headers.get("x-metadata") ?? "{}")
      return { key, etag: answer.headers.get("etag"), size: Number(answer.headers.get("x-size")), customMetadata }
    },
    put: async (key: string, bytes: Uint8Array, { customMetadata, onlyIf }: R2PutOptions) => {
      const answer = await fetch(urlOf(key), {
        method: "PUT",
        body: bytes,
        headers: { "x-metadata": JSON.stringify(customMetadata), "x-only-if": JSON.stringify(onlyIf ?? {}) }
      })
      return answer.ok ? { etag: answer.headers.get("etag") } : null
    },
    list: async () => ({ objects: [], truncated: false })
  } as unknown as R2Bucket
}

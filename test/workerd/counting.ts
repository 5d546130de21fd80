/** A D1 that counts the characters of what it sends, and the rows that it reads. */
import type { Database } from "../../src/adapters/cloudflare/database.ts"

export const counting = (db: Database) => {
  const sent = { chars: 0, rows: 0 }
  const database: Database = {
    prepare: (sql) => db.prepare(sql),
    batch: async <T>(statements: Array<D1PreparedStatement>) => {
      const results = await db.batch<T>(statements)
      for (const { meta, results: rows } of results) {
        sent.chars += JSON.stringify(rows).length
        sent.rows += meta.rows_read
      }
      return results
    }
  }
  return { database, sent }
}

/**
 * A D1 that fails on purpose: some batches before they run, some after, so that only their answer is lost. Each waits a
 * little before and after, so that the batches of different callers interleave.
 */
import type { Database } from "../../src/adapters/cloudflare/database.ts"
import type { Random } from "../random.ts"

const LATENCY_MS = 2

interface FlakyDatabase extends Database {
  readonly failures: () => number
}

export const flaky = (db: Database, share: number, { next }: Random): FlakyDatabase => {
  let failures = 0
  const fail = (when: string) => {
    failures++
    return new Error(`D1_ERROR: Network connection lost (on purpose, ${when} the batch)`)
  }
  return {
    failures: () => failures,
    prepare: (sql) => db.prepare(sql),
    batch: async <T>(statements: Array<D1PreparedStatement>) => {
      const roll = next()
      await scheduler.wait(next() * LATENCY_MS)
      if (roll < share / 2) throw fail("before")
      const results = await db.batch<T>(statements)
      await scheduler.wait(next() * LATENCY_MS)
      if (roll < share) throw fail("after")
      return results
    }
  }
}

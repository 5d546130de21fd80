/**
 * A D1 that fails on purpose: some batches before they ran, some after, so that only their answer is lost. Each takes its
 * time before and after, so that the batches of different callers fall between each other.
 */
import type { Database } from "../../src/adapters/cloudflare/database.ts"

const LATENCY_MS = 2

export const flaky = (db: Database, share: number, random: () => number): Database & { readonly failures: () => number } => {
  let failures = 0
  const fail = (when: string) => {
    failures++
    return new Error(`D1_ERROR: Network connection lost (on purpose, ${when} the batch)`)
  }
  return {
    failures: () => failures,
    prepare: (sql) => db.prepare(sql),
    batch: async <T>(statements: Array<D1PreparedStatement>) => {
      const roll = random()
      await scheduler.wait(random() * LATENCY_MS)
      if (roll < share / 2) throw fail("before")
      const results = await db.batch<T>(statements)
      await scheduler.wait(random() * LATENCY_MS)
      if (roll < share) throw fail("after")
      return results
    }
  }
}

/**
 * Compaction: tails that are due become chunks.
 */
import { Effect } from "effect"
import { planCompaction } from "../../domain/jobs/sync-plan.ts"
import { formatDay } from "../../domain/time/calendar.ts"
import { HotDays, type StalePartition } from "../../ports/HotDays.ts"
import { isOverdue, type SiteSync } from "./site-sync.ts"

/** Compacts what is due, as far as there is time. */
export const compactDue = Effect.fnUntraced(function*(run: SiteSync) {
  const { now, site, tally } = run
  const hotDays = yield* HotDays
  for (const [i, day] of planCompaction(yield* hotDays.list(site), now).entries()) {
    // Always compacts one: if the source takes all the time of every run, the tail would grow without end.
    if (i > 0 && (yield* isOverdue(run))) return
    yield* hotDays.compact(site, day).pipe(
      Effect.tap((compacted) =>
        Effect.sync(() => {
          tally.counts.compactedDays++
          tally.counts.rowsWritten += compacted.cost
          tally.counts.staleCompactions += compacted.retries
        })
      ),
      // Another Worker works on the same day: what it leaves is due again at the next run.
      Effect.catchTag("StalePartition", (stale: StalePartition) =>
        Effect.sync(() => {
          tally.counts.staleCompactions++
          tally.notes.push(`compaction of ${formatDay(stale.day)} gave way: ${stale.detail}`)
        })),
      // Such a day must not stop the others. Its samples are stored and answered.
      Effect.catchTag("DayTooDense", (error) => Effect.sync(() => void tally.notes.push(error.message)))
    )
  }
})

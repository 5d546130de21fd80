/**
 * What one execution of sync, archival, backfill or deriving did to a site. A run that moved nothing says why.
 */
import type { Dropped } from "../samples/page.ts"

export type RunKind = "sync" | "archival" | "backfill" | "derive"

/**
 * `completed` moved samples or found everything already in place; `warning` ended, but something needs a person's eye
 * (no points, silent source, rows dropped); `failed` names its error.
 */
export type RunStatus = "completed" | "warning" | "failed"

export interface RunReport {
  readonly id: string
  readonly kind: RunKind
  readonly site: string
  readonly status: RunStatus
  /** Why nothing moved, what failed, or what to look at; empty only for an unremarkable `completed`. */
  readonly reason: string
  readonly startedAt: number
  readonly finishedAt: number
  /** Samples moved: written to hot by a sync, to cold by the others. */
  readonly samples: number
  readonly dropped: Dropped
  /** Kind-specific counts, such as `pages`, `days`, `rowsWritten`. */
  readonly counts: Readonly<Record<string, number>>
}

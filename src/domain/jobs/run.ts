/**
 * Run reports: what one execution of a job did for a site. A run that moved nothing says why.
 */
import type { Dropped } from "../samples/page.ts"

export const RUN_KINDS = ["sync", "archival", "backfill", "derive", "audit", "inventory"] as const
export type RunKind = (typeof RUN_KINDS)[number]

/**
 * - `completed`: it moved samples, or everything was in place already.
 * - `warning`: it came to its end, but somebody should look at the reason, such as a silent source or dropped rows.
 * - `failed`: the reason is the error.
 */
export type RunStatus = "completed" | "warning" | "failed"

export interface RunReport {
  readonly id: string
  readonly kind: RunKind
  readonly site: string
  readonly status: RunStatus
  /** Why nothing moved, what failed, or what to look at; empty for a `completed` run with nothing to say. */
  readonly reason: string
  /** ms */
  readonly startedAt: number
  /** ms */
  readonly finishedAt: number
  /** Samples written: to the hot tier by a sync, to the cold tier by the others; an audit writes none. */
  readonly samples: number
  readonly dropped: Dropped
  /** Whether it failed because the source refuses the key. */
  readonly needsKey?: boolean
  /** Other counts, which depend on the kind: `pages`, `days`, `rowsWritten` and so on. */
  readonly counts: Readonly<Record<string, number>>
}

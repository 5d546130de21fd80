/**
 * What the operations page holds in memory, and what its parts may do.
 */
import type { CoveredDay, Health, Plan, Progress, Run, Site } from "./api.ts"

export interface Operations {
  health: Health | null
  sites: ReadonlyArray<Site>
  plans: ReadonlyArray<Plan>
  /** Of all Workers, newest first. */
  runs: ReadonlyArray<Run>
  /** Null before the first job. */
  progress: Progress | null
  covered: ReadonlyMap<string, ReadonlyArray<CoveredDay>>
  loaded: boolean
  failure: unknown
  /** What is being done; empty where nothing is. */
  busy: string
  done: string
  onlyTroubled: boolean
  wantsKey: boolean
  hasKey: boolean
}

export interface OperationsActions {
  readonly change: (part: Partial<Operations>) => void
  /** Does something that changes the system, and then looks again. */
  readonly perform: (what: string, work: () => Promise<unknown>) => void
  readonly retry: () => void
  readonly useKey: (key: string | null) => void
}

export const START: Operations = {
  health: null,
  sites: [],
  plans: [],
  runs: [],
  progress: null,
  covered: new Map(),
  loaded: false,
  failure: null,
  busy: "",
  done: "",
  onlyTroubled: false,
  wantsKey: false,
  hasKey: false
}

/** Each run once, newest first. */
export const mergeRuns = (...lists: ReadonlyArray<ReadonlyArray<Run>>): ReadonlyArray<Run> =>
  [...new Map(lists.flat().map((run) => [run.id, run] as const)).values()]
    .toSorted((a, b) => b.started_at.localeCompare(a.started_at))

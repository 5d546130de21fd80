/**
 * The operations page: looks at all Workers every few seconds, and does what an operator asks.
 */
import { render } from "lit-html"
import { useKey } from "./api.ts"
import { fetchArchive, fetchCoverage, fetchHealth, fetchProgress, fetchStats } from "./ops/api.ts"
import { operationsLayout } from "./ops/layout.ts"
import { mergeRuns, type Operations, type OperationsActions, START } from "./ops/state.ts"
import { AskError } from "./problem.ts"

const LOOK = 5_000

const root = document.querySelector("#page") as HTMLElement
const state: Operations = { ...START }

let scheduled = false
const change = (part: Partial<Operations>): void => {
  Object.assign(state, part)
  if (scheduled) return
  scheduled = true
  requestAnimationFrame(() => {
    scheduled = false
    render(operationsLayout(state, actions), root)
  })
}

const fail = (failure: unknown): void => {
  const wantsKey = failure instanceof AskError && failure.needsKey && !state.hasKey
  change({ failure, busy: "", ...(wantsKey ? { wantsKey } : {}) })
}

/** Asks everything that is shown. Days change seldom: they are asked only where `deep`. */
const look = async (deep: boolean): Promise<void> => {
  const [health, stats, archive, progress] = await Promise.all([
    fetchHealth(),
    fetchStats(),
    fetchArchive(),
    fetchProgress()
  ])
  const job = progress.status === "not_started" ? null : progress
  change({
    health,
    sites: stats.sites,
    plans: archive.plans,
    runs: mergeRuns(stats.runs, archive.runs, job?.runs ?? []),
    progress: job,
    loaded: true
  })
  if (!deep) return
  const days = await Promise.all(
    stats.sites.map(async ({ site_name }) => [site_name, await fetchCoverage(site_name)] as const)
  )
  change({ covered: new Map(days) })
}

const actions: OperationsActions = {
  change,
  perform: (what, work) => {
    change({ busy: what, failure: null })
    work().then(() => {
      change({ busy: "", done: `${what}: done` })
      return look(true)
    }).catch(fail)
  },
  retry: () => {
    change({ failure: null })
    look(true).catch(fail)
  },
  useKey: (key) => {
    useKey(key)
    change({ hasKey: key !== null, wantsKey: false })
    actions.retry()
  }
}

change({})
actions.retry()
setInterval(() => {
  if (!document.hidden && state.failure === null) look(false).catch(fail)
}, LOOK)

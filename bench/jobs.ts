/**
 * `npm run bench -- jobs [--points N] [--only backfill]`: what each step of a background job costs the Worker that does
 * it, at full scale: a site of 4,583 points with a sample a minute. The Worker is alone in its runtime; D1, R2 and the
 * source are outside.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { DAY_MS, dayFromDate, dayStart, HOUR_MS, MINUTE_MS } from "../src/domain/time/calendar.ts"
import { startRuntime } from "./cold/runtime.ts"
import { startSource } from "./jobs/source.ts"
import type { Task } from "./jobs/worker.ts"
import { startStores } from "./machine/stores.ts"
import { SITE_POINTS } from "./mixes.ts"

const { values: options } = parseArgs({
  options: { points: { type: "string", default: String(SITE_POINTS) }, only: { type: "string" } },
  allowPositionals: true
})

const PAGE_SIZE = 50_000
const DAY = dayFromDate(2026, 9, 14)
/** As the Workers' setting PROCESS_TIMEOUT_MS is by default. */
const TIMEOUT_MS = 20_000

const folder = mkdtempSync(join(tmpdir(), "bench-jobs-"))
const source = await startSource(Number(options.points))
const round = (value: number, digits = 0): number => Number(value.toFixed(digits))

interface Cost {
  readonly peakMB: number
  readonly cpuS: number
  readonly wallS: number
  readonly statements: number
  readonly objects: number
}

/** A Worker of its own, its stores, and the costs of what it is told to do. */
const startJob = async (name: string) => {
  const stores = await startStores(join(folder, name))
  const runtime = await startRuntime(join(import.meta.dirname, "jobs", "worker.ts"))
  const idle = runtime.memory().now
  const costs: Array<Cost> = []
  return {
    stores,
    costs,
    run: async (operation: Task["operation"], now: number, timeoutMs = TIMEOUT_MS): Promise<unknown> => {
      source.setNow(now)
      const { address, key, site } = source
      const over = { outside: stores.address, source: address, key, site, pageSize: PAGE_SIZE }
      const task: Task = { ...over, operation, now, day: DAY, timeoutMs }
      const before = { ...stores.counts, cpu: runtime.cpu(), at: performance.now() }
      runtime.resetPeak()
      const response = await fetch(runtime.address, { method: "POST", body: JSON.stringify(task) })
      if (!response.ok) throw new Error(`${operation}: ${await response.text()}`)
      const answer: unknown = await response.json()
      const cost = {
        peakMB: round(runtime.memory().peak - idle, 1),
        cpuS: round(runtime.cpu() - before.cpu, 2),
        wallS: round((performance.now() - before.at) / 1_000, 2),
        statements: stores.counts.statements - before.statements,
        objects: stores.counts.objects - before.objects
      }
      costs.push(cost)
      console.log(`${name} ${operation}: ${JSON.stringify(cost)} ${JSON.stringify(answer).slice(0, 200)}`)
      return answer
    },
    stop: async () => {
      await runtime.stop()
      await stores.close()
    }
  }
}

const peakOf = (costs: ReadonlyArray<Cost>): number => Math.max(...costs.map(({ peakMB }) => peakMB))

/** One day straight to the archive; the points of the site are known, as they are on all days but the first. */
const measureBackfill = async () => {
  const job = await startJob("backfill")
  const now = dayStart(DAY) + 30 * DAY_MS
  await job.run("start", now)
  const first = { ...job.stores.counts, ...source.counts(), at: performance.now() }
  const steps: Array<{ readonly samples?: number }> = []
  for (let i = 0; i < 500; i++) {
    const answer = await job.run("step", now) as { readonly samples?: number } | null
    if (answer === null) break
    steps.push(answer)
  }
  const { pages, busyMs } = source.counts()
  const samples = steps.at(-1)?.samples ?? 0
  const figures = {
    backfillPeakMB: peakOf(job.costs),
    backfillStepCpuS: Math.max(...job.costs.map(({ cpuS }) => cpuS)),
    stepsPerDay: steps.length,
    d1RowsPerBackfillDay: job.stores.counts.rowsWritten - first.rowsWritten,
    putsPerDay: job.stores.counts.puts - first.puts,
    requestsPerDay: pages - first.pages,
    samplesPerS: round(samples / ((performance.now() - first.at - (busyMs - first.busyMs)) / 1_000)),
    samplesPerCpuS: round(samples / job.costs.reduce((sum, { cpuS }) => sum + cpuS, 0)),
    maxStatements: Math.max(...job.costs.map(({ statements }) => statements)),
    maxObjects: Math.max(...job.costs.map(({ objects }) => objects))
  }
  await job.stop()
  return figures
}

/** A sync of five minutes, one that is a day behind, and the archival of what they stored. */
const measureSync = async () => {
  const job = await startJob("sync")
  const begin = dayStart(DAY)
  await job.run("sync", begin + 10 * MINUTE_MS)
  await job.run("sync", begin + 15 * MINUTE_MS)
  const syncs = job.costs.splice(0)
  for (let runs = 0; runs < 100; runs++) {
    const report = await job.run("sync", begin + DAY_MS + 2 * HOUR_MS) as { readonly reason: string }
    if (!report.reason.includes("out of time")) break
  }
  const catchUps = job.costs.splice(0)
  await job.run("archive", begin + 22 * DAY_MS)
  await job.stop()
  return {
    syncPeakMB: peakOf(syncs),
    catchUpPeakMB: peakOf(catchUps),
    archivePeakMB: peakOf(job.costs),
    syncStepCpuS: Math.max(...[...syncs, ...catchUps, ...job.costs].map(({ cpuS }) => cpuS))
  }
}

const backfill = options.only === "sync" ? undefined : await measureBackfill()
const sync = options.only === "backfill" ? undefined : await measureSync()
source.close()
rmSync(folder, { recursive: true })
const maxStepCpuS = Math.max(backfill?.backfillStepCpuS ?? 0, sync?.syncStepCpuS ?? 0)
console.log(JSON.stringify({ ...backfill, ...sync, maxStepCpuS }))

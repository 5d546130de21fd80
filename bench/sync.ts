/**
 * `npm run bench sync`: one full-scale sync, 4,583 points × 5 minutes, by the etl Worker in local workerd on real D1,
 * against the simulator. CPU time is that of the workerd process with D1; wall time includes that of the simulator.
 */
import { Effect } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { listen } from "../src/apps/ace-simulator/server.ts"
import { DEVELOPMENT_KEY, simulator } from "../src/apps/ace-simulator/simulator.ts"
import { bundleWorker } from "../src/apps/local/bundle.ts"
import { migrate } from "../src/apps/local/migrate.ts"
import { watchWorkerd } from "../src/apps/local/process.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../src/domain/time/calendar.ts"
import { cpuSecondsOf } from "./machine/process.ts"

const POINTS = 4_583
const MIDNIGHT = Date.UTC(2026, 9, 14)
const PORT = 8_988

const folder = mkdtempSync(join(tmpdir(), "bench-sync-"))
let now = MIDNIGHT
const building = simulator({ pointsPerSite: POINTS, intervalMinutes: 1, missing: 0, outages: 0, now: () => now })
const server = await listen(building, 0)
const site = building.sites[0] as string

interface Run {
  readonly status: string
  readonly reason: string
  readonly samples: number
  readonly counts: Readonly<Record<string, number>>
}

/** One `POST /trigger` to a new Worker whose clock begins at `at`. */
const syncAt = async (at: number, prepare: ReadonlyArray<string> = []) => {
  now = at
  const { options } = await Effect.runPromise(bundleWorker("etl", PORT, {
    ACE_API_BASE: `http://127.0.0.1:${server.port}/api`,
    ACE_API_KEY: DEVELOPMENT_KEY,
    SITE_NAME: site,
    BACKFILL_API_KEY: "bench",
    LOCAL_DEVELOPMENT: "true",
    CLOCK_OFFSET_MS: String(at - Date.now()),
    REQUESTS_PER_MINUTE: "6000"
  }))
  const [miniflare, pid] = await watchWorkerd(async () => {
    const started = new Miniflare(convertV4MiniflareOptions({ workers: [options], resourcePersistencePath: folder }))
    await started.ready
    return started
  })
  const database = await miniflare.getD1Database("DB", "etl")
  await Effect.runPromise(migrate(database))
  for (const statement of prepare) await database.prepare(statement).run()
  await fetch(`http://127.0.0.1:${PORT}/health`)
  const before = cpuSecondsOf(pid)
  const begun = performance.now()
  const response = await fetch(`http://127.0.0.1:${PORT}/trigger`, {
    method: "POST",
    headers: { authorization: "Bearer bench" }
  })
  const body = await response.text()
  const wall = (performance.now() - begun) / 1_000
  const used = cpuSecondsOf(pid) - before
  await miniflare.dispose()
  if (!response.ok) throw new Error(body)
  const [run] = (JSON.parse(body) as { readonly runs: ReadonlyArray<Run> }).runs
  return { run: run as Run, cpu: Number(used.toFixed(2)), wall: Number(wall.toFixed(2)) }
}

const print = (what: string, { cpu, run, wall }: Awaited<ReturnType<typeof syncAt>>): void => {
  console.log(
    `${what}: ${run.status}, ${run.counts["rows"]} rows read, ${run.samples} samples written in ` +
      `${run.counts["rowsWritten"]} D1 rows, ${run.counts["compactedDays"]} days compacted, ` +
      `CPU ${cpu.toFixed(2)} s, wall ${wall.toFixed(2)} s${run.reason === "" ? "" : ` (${run.reason})`}`
  )
}

// Marks yesterday as read again, so that each figure measures one thing.
const reread = `INSERT INTO watermark (name, at) VALUES ('reread/${site}', ${MIDNIGHT + DAY_MS})`
const first = await syncAt(MIDNIGHT + 5 * MINUTE_MS, [reread])
print("first sync, 5 minutes", first)
const next = await syncAt(MIDNIGHT + 10 * MINUTE_MS)
print("next sync, 5 minutes and the overlap", next)
const hour = await syncAt(MIDNIGHT + 70 * MINUTE_MS)
print("an hour behind", hour)
const late = await syncAt(MIDNIGHT + 13 * HOUR_MS)
print("twelve hours behind", late)
await server.close()
rmSync(folder, { recursive: true })
console.log(JSON.stringify({
  syncSamples: first.run.samples,
  syncCpuSeconds: first.cpu,
  syncWallSeconds: first.wall,
  overlapCpuSeconds: next.cpu,
  hourCpuSeconds: hour.cpu,
  lateCpuSeconds: late.cpu
}))

/**
 * `npm run bench hot [--csv FILE]`: compares the hot tier with one row for each sample, in the same workerd, and the
 * chunk codec with Gorilla. Prints a table and at last one line of JSON.
 *
 * A sync stores a page of 5 new and 5 repeated samples of each point: either as it comes, or with a look back as the
 * etl Worker does it, which reads what is stored and stores only what changed.
 *
 * Rows, prices and the time of a sync are measured at full scale, 4,583 points. Queries, the scan and the eviction of a
 * day, and the size of the database use 1,024 points, for the rival too: all are proportional to what they touch, and
 * the smaller B-tree favours the rival. The points of one query are in different blocks, the worst case for the hot
 * store.
 */
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { unstable_splitSqlQuery } from "wrangler"
import { bundle } from "../src/apps/local/bundle.ts"
import { dayFromDate, dayStart, HOUR_MS } from "../src/domain/time/calendar.ts"
import { blocksOfMix, blocksOfRecording, measureBlocks } from "./codec/measure.ts"
import type { Request } from "./hot/worker.ts"
import { mixA, mixB, SITE_POINTS } from "./mixes.ts"

const POINTS = 1_024
const DAYS = 20
const TIMES = 9
const FIRST_DAY = dayFromDate(2026, 11, 2)
/** Dollars that D1 charges for one row. */
const WRITTEN_PRICE = 1e-6
const READ_PRICE = 1e-9
const DAYS_A_MONTH = 30

const { values: options } = parseArgs({ options: { csv: { type: "string" } }, allowPositionals: true })

const start = async (): Promise<Miniflare> => {
  const contents = await bundle(join(import.meta.dirname, "hot/worker.ts"))
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    modules: [{ type: "ESModule", path: "worker.js", contents }],
    compatibilityDate: "2026-10-20",
    d1Databases: ["A", "B", "DAY", "ROWS"]
  }))
  const folder = join(import.meta.dirname, "../migrations")
  const files = readdirSync(folder).filter((file) => file.endsWith(".sql")).sort()
  const schema = files.flatMap((file) => unstable_splitSqlQuery(readFileSync(join(folder, file), "utf8")))
  for (const name of ["A", "B", "DAY"]) {
    const db = await miniflare.getD1Database(name)
    await db.batch(schema.map((sql) => db.prepare(sql)))
  }
  return miniflare
}

const defaults: Request = {
  operation: "loadA",
  points: POINTS,
  days: DAYS,
  asked: [],
  window: { start: 0, end: 0 },
  times: TIMES
}

// Before workerd starts, because it closes the connection of a process that does not answer for as long as this takes.
const a = measureBlocks(blocksOfMix(mixA({ seed: 1, points: SITE_POINTS })))
const b = measureBlocks(blocksOfMix(mixB({ seed: 1, points: SITE_POINTS })))
const csv = options.csv === undefined ? undefined : measureBlocks(blocksOfRecording(options.csv))

const miniflare = await start()
const ask = async <T>(operation: Request["operation"], request: Partial<Request> = {}): Promise<T> => {
  const began = performance.now()
  const response = await miniflare.dispatchFetch("http://bench/", {
    method: "POST",
    body: JSON.stringify({ ...defaults, ...request, operation })
  })
  if (!response.ok) throw new Error(`${operation}: ${await response.text()}`)
  console.log(`${operation.padEnd(12)} ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  return await response.json() as T
}

interface Loaded {
  readonly samples: number
  readonly bytes: number
}
interface Compared {
  readonly oursMs: number
  readonly rivalMs: number
  readonly rowsRead: number
}

const day = await ask<{
  samples: number
  rowsWritten: number
  rowsRead: number
  slowestSyncMs: number
}>("liveDay", { points: SITE_POINTS })
const syncs = await ask<{ plainMs: number; carefulMs: number; rivalMs: number }>("syncs", { points: SITE_POINTS })
const sizeB = await ask<Loaded>("loadB")
const sizeA = await ask<Loaded>("loadA")
const asked = Array.from({ length: 10 }, (_, i) => (i * 64 * 3 + i * 7) % POINTS)
await ask("loadRival", { asked })

const end = dayStart(FIRST_DAY + DAYS)
const compare = (points: number, hours: number) =>
  ask<Compared>("query", { asked: asked.slice(0, points), window: { start: end - hours * HOUR_MS, end } })
const q1p1h = await compare(1, 1)
const q1p20d = await compare(1, DAYS * 24)
const q5p20d = await compare(5, DAYS * 24)
const q10p20d = await compare(10, DAYS * 24)
const whole = await ask<{ scanMs: number; rivalScanMs: number; evictMs: number; rivalEvictMs: number }>("scanAndEvict")
await miniflare.dispose()

const times = (name: string, ours: number, rival: number, more = "") =>
  console.log(`${name.padEnd(10)} ${ours.toFixed(1).padStart(8)} ms, rows ${rival.toFixed(1).padStart(8)} ms  ${more}`)
times("sync", syncs.plainMs, syncs.rivalMs)
times("look back", syncs.carefulMs, syncs.rivalMs, `slowest of the day ${day.slowestSyncMs.toFixed(0)} ms`)
times("1p 1h", q1p1h.oursMs, q1p1h.rivalMs, `${q1p1h.rowsRead} rows read`)
times("1p 20d", q1p20d.oursMs, q1p20d.rivalMs, `${q1p20d.rowsRead} rows read`)
times("5p 20d", q5p20d.oursMs, q5p20d.rivalMs, `${q5p20d.rowsRead} rows read`)
times("10p 20d", q10p20d.oursMs, q10p20d.rivalMs, `${q10p20d.rowsRead} rows read`)
times("day scan", whole.scanMs, whole.rivalScanMs)
times("day evict", whole.evictMs, whole.rivalEvictMs)
console.log(`a day: ${day.samples} samples, ${day.rowsWritten} rows written, ${day.rowsRead} rows read`)
console.log(`database of ${DAYS} days, mix A: ${(sizeA.bytes / sizeA.samples).toFixed(3)} B/sample`)

const round = (value: number, digits = 4): number => Number(value.toFixed(digits))
console.log(JSON.stringify({
  codecBytesPerSampleA: round(a.bytesPerSample),
  codecBytesPerSampleB: round(b.bytesPerSample),
  codecVsGorillaB: round(b.bytesPerSample / b.gorillaBytesPerSample),
  codecBytesPerSampleCsv: csv === undefined ? null : round(csv.bytesPerSample),
  codecEncodeNs: round(a.encodeNs, 1),
  codecDecodeNs: round(a.decodeNs, 1),
  dbBytesPerSampleB: round(sizeB.bytes / sizeB.samples),
  rowsWrittenPerSample: round(day.rowsWritten / day.samples, 5),
  dollarsPerSiteMonth: round((day.rowsWritten * WRITTEN_PRICE + day.rowsRead * READ_PRICE) * DAYS_A_MONTH, 2),
  syncRatio: round(syncs.plainMs / syncs.rivalMs),
  syncWithLookBackRatio: round(syncs.carefulMs / syncs.rivalMs),
  q1p1hRatio: round(q1p1h.oursMs / q1p1h.rivalMs),
  q1p20dRatio: round(q1p20d.oursMs / q1p20d.rivalMs),
  q5p20dRatio: round(q5p20d.oursMs / q5p20d.rivalMs),
  q10p20dRatio: round(q10p20d.oursMs / q10p20d.rivalMs),
  dayScanRatio: round(whole.scanMs / whole.rivalScanMs),
  dayEvictRatio: round(whole.evictMs / whole.rivalEvictMs),
  q5p20dRowsRead: q5p20d.rowsRead
}))

/** The times of queries, scans and the eviction of a day, and those of the rival, which must give the same samples. */
import { Effect, Stream } from "effect"
import { type PointExtent, pointExtents } from "../../src/domain/samples/extent.ts"
import { countSamples } from "../../src/domain/samples/series.ts"
import { DAY_MS, dayStart, HOUR_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { hotStore } from "../../test/hot-store.ts"
import { median, now, timed } from "./clock.ts"
import { evictRows, readRows, scanRows } from "./rows.ts"
import { type Env, FIRST_DAY, mixOf, publish, run, SITE } from "./site.ts"

/** How many queries are timed together: more of the fast ones, because the clock has whole milliseconds. */
const queriesInARow = ({ end, start }: Window): number => end - start <= HOUR_MS ? 20 : 3

/** A sum of integers that differs if two answers have different instants. */
const offsets = (timestamps: Float64Array, { start }: Window): number =>
  timestamps.reduce((total, ms) => total + (ms - start), 0)

export const query = async (
  env: Env,
  points: number,
  asked: ReadonlyArray<number>,
  window: Window,
  times: number
) => {
  const names = mixOf("A", points).names
  const askedNames = asked.map((id) => names[id] ?? "")
  const [ours, rival]: [Array<number>, Array<number>] = [[], []]
  const inARow = queriesInARow(window)
  let rowsRead = 0
  await run(env.A, Effect.gen(function*() {
    const hot = yield* hotStore
    // The first round does not count: it compiles the statements and reads the pages.
    for (let i = 0; i <= times; i++) {
      const start = yield* Effect.promise(now)
      let found = yield* hot.reads.snapshot(SITE, askedNames, window)
      for (let k = 1; k < inARow; k++) found = yield* hot.reads.snapshot(SITE, askedNames, window)
      const middle = yield* Effect.promise(now)
      let rows = yield* Effect.promise(() => readRows(env.ROWS, asked, window.start, window.end))
      for (let k = 1; k < inARow; k++) {
        rows = yield* Effect.promise(() => readRows(env.ROWS, asked, window.start, window.end))
      }
      const end = yield* Effect.promise(now)
      const instants = found.hot.reduce((total, one) => total + offsets(one.timestamps, window), 0)
      const same = countSamples(found.hot) === rows.timestamps.length && rows.timestamps.length > 0 &&
        instants === offsets(rows.timestamps, window)
      if (!same) throw new Error(`${countSamples(found.hot)} samples, the rival has ${rows.timestamps.length}`)
      rowsRead = found.cost
      if (i === 0) continue
      ours.push((middle - start) / inARow)
      rival.push((end - middle) / inARow)
    }
  }))
  return { oursMs: median(ours), rivalMs: median(rival), rowsRead }
}

/** Ordered scans of whole days, then their eviction; the rival has only the first day. */
export const scanAndEvict = async (env: Env, points: number) => {
  const [scans, evictions]: [Array<number>, Array<number>] = [[], []]
  let first = 0
  await run(env.A, Effect.gen(function*() {
    const hot = yield* hotStore
    for (const day of [FIRST_DAY + 2, FIRST_DAY + 1, FIRST_DAY]) {
      const start = yield* Effect.promise(now)
      const scan = yield* hot.days.scan(SITE, day)
      const extents: Array<PointExtent> = []
      first = yield* Stream.runFold(scan.series, () => 0, (total, one) => {
        extents.push(...pointExtents(one))
        return total + one.timestamps.length
      })
      const middle = yield* Effect.promise(now)
      yield* publish(day, scan.guard, extents)
      scans.push(middle - start)
      evictions.push((yield* Effect.promise(now)) - middle)
    }
  }))
  const window = { start: dayStart(FIRST_DAY), end: dayStart(FIRST_DAY) + DAY_MS }
  const scan = await timed(() => scanRows(env.ROWS, points, window.start, window.end))
  if (scan.answer !== first) throw new Error(`scanned ${first} samples, the rival ${scan.answer}`)
  const eviction = await timed(() => evictRows(env.ROWS, points, window.start, window.end))
  return {
    scanMs: median(scans),
    rivalScanMs: scan.ms,
    evictMs: median(evictions),
    rivalEvictMs: eviction.ms
  }
}

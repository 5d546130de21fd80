/** The part of `bench/hot.ts` that runs in workerd, with the databases: hot store and rival on the same samples. */
import { Effect } from "effect"
import type { Series } from "../../src/domain/samples/series.ts"
import { dayStart } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { hotStore } from "../../test/hot-store.ts"
import { query, scanAndEvict } from "./queries.ts"
import { createTable, writeRows } from "./rows.ts"
import {
  COMPACTION_MS,
  dayOfMix,
  type Env,
  FIRST_DAY,
  mixOf,
  run,
  SITE,
  SYNC_MS,
  windowsOf,
  within
} from "./site.ts"
import { liveDay, syncs } from "./syncs.ts"

/** Stores days like the Workers: appends hours, then compacts. The last hours of the last day stay in the tail. */
const load = async (db: D1Database, name: string, points: number, days: number) => {
  const mix = mixOf(name, points)
  let samples = 0
  await run(db, Effect.gen(function*() {
    const hot = yield* hotStore
    const session = yield* hot.intake.takeFence(SITE)
    let step = 0
    const append = Effect.fnUntraced(function*(series: ReadonlyArray<Series>) {
      for (let from = 0; from < series.length; from += 512) {
        samples += (yield* hot.intake.append(session, ++step, series.slice(from, from + 512))).samples
      }
    })
    for (let day = FIRST_DAY; day < FIRST_DAY + days; day++) {
      const series = dayOfMix(mix, day)
      for (const part of windowsOf({ start: dayStart(day), end: dayStart(day + 1) }, COMPACTION_MS)) {
        const live = part.end === dayStart(FIRST_DAY + days)
        for (const window of windowsOf(part, live ? SYNC_MS : COMPACTION_MS)) yield* append(within(series, window))
        if (!live) yield* hot.days.compact(SITE, day)
      }
    }
  }))
  const { meta } = await db.prepare("SELECT 1").run()
  return { samples, bytes: meta.size_after }
}

/** Fills the rival with the first day of all points, and with every day of the points that queries ask for. */
const loadRival = async (env: Env, points: number, days: number, asked: ReadonlyArray<number>) => {
  const mix = mixOf("A", points)
  await createTable(env.ROWS)
  const series = dayOfMix(mix, FIRST_DAY)
  for (let from = 0; from < points; from += 64) await writeRows(env.ROWS, series.slice(from, from + 64))
  for (let day = FIRST_DAY + 1; day < FIRST_DAY + days; day++) {
    await writeRows(env.ROWS, asked.map((id) => ({ point: mix.names[id] ?? "", id, ...mix.day(day, id) })))
  }
  return {}
}

export interface Request {
  readonly operation: "loadA" | "loadB" | "liveDay" | "syncs" | "loadRival" | "query" | "scanAndEvict"
  readonly points: number
  readonly days: number
  readonly asked: ReadonlyArray<number>
  readonly window: Window
  readonly times: number
}

const answer = (env: Env, { asked, days, operation, points, times, window }: Request): Promise<object> => {
  switch (operation) {
    case "loadA":
      return load(env.A, "A", points, days)
    case "loadB":
      return load(env.B, "B", points, days)
    case "liveDay":
      return liveDay(env, points)
    case "syncs":
      return syncs(env, points)
    case "loadRival":
      return loadRival(env, points, days, asked)
    case "query":
      return query(env, points, asked, window, times)
    case "scanAndEvict":
      return scanAndEvict(env, points)
  }
}

export default {
  fetch: async (request: globalThis.Request, env: Env): Promise<Response> =>
    Response.json(await answer(env, await request.json<Request>()))
}

/**
 * The site of the query benchmark: 200 points of mix A with a sample a minute, twelve closed months in R2 and the days
 * since then in D1. It is made once and kept in the temporary folder; `--fresh` makes it again.
 */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { bundle, bundleWorker } from "../../src/apps/local/bundle.ts"
import { migrate } from "../../src/apps/local/migrate.ts"
import { type Day, dayFromDate, dayStart } from "../../src/domain/time/calendar.ts"
import { mixA } from "../mixes.ts"
import type { Task } from "./loader.ts"

export const SEED = 1
export const SITE = "plant"
export const HOT_DAYS = 20
/** The first month, and the first day that is hot. */
export const FIRST_DAY = dayFromDate(2025, 11, 1)
export const BOUNDARY = dayFromDate(2026, 11, 1)
/** The time of the benchmark: the end of the last hot day. */
export const NOW = dayStart(BOUNDARY + HOT_DAYS)
const POINTS = 200
/** Days that one request writes. */
const DAYS_AT_ONCE = 10

export const NAMES = mixA({ seed: SEED, points: POINTS }).names

const range = (from: Day, to: Day): ReadonlyArray<Day> => Array.from({ length: to - from }, (_, i) => from + i)

const fill = async (folder: string): Promise<void> => {
  // With the bindings of the query Worker, which will read what is written here.
  const { options } = await Effect.runPromise(bundleWorker("query", 0, {}))
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    workers: [{
      ...options,
      name: "loader",
      modules: [{
        type: "ESModule",
        path: "loader.js",
        contents: await bundle(join(import.meta.dirname, "loader.ts"))
      }],
      unsafeDirectSockets: []
    }],
    resourcePersistencePath: folder,
    cf: false
  }))
  const perform = async (operation: Task["operation"], days: ReadonlyArray<Day>): Promise<boolean> => {
    const task: Task = { operation, site: SITE, seed: SEED, points: POINTS, days, now: NOW, hotDays: HOT_DAYS }
    const answer = await miniflare.dispatchFetch("http://loader/task", { method: "POST", body: JSON.stringify(task) })
    if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`)
    return (await answer.json() as { readonly done: boolean }).done
  }
  try {
    await Effect.runPromise(migrate(await miniflare.getD1Database("DB", "loader")))
    for (let day = FIRST_DAY; day < BOUNDARY; day += DAYS_AT_ONCE) {
      await perform("cold", range(day, Math.min(BOUNDARY, day + DAYS_AT_ONCE)))
      process.stderr.write(`\r${day - FIRST_DAY} of ${BOUNDARY - FIRST_DAY} days`)
    }
    await perform("hot", range(BOUNDARY, BOUNDARY + HOT_DAYS))
    process.stderr.write("\rthe hot days are written; deriving months\n")
    while (!await perform("derive", [])) process.stderr.write(".")
  } finally {
    await miniflare.dispose()
  }
}

/** The folder of the data, which is made if it is missing. Each schema has its own folder. */
export const prepareData = async (fresh: boolean): Promise<string> => {
  const hash = createHash("sha256").update(JSON.stringify([SEED, POINTS, FIRST_DAY, BOUNDARY, HOT_DAYS]))
  for (const file of readdirSync("migrations").sort()) hash.update(readFileSync(join("migrations", file)))
  const folder = join(tmpdir(), `building-vitals-bench-query-${hash.digest("hex").slice(0, 16)}`)
  const complete = join(folder, "complete")
  if (existsSync(complete) && !fresh) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const began = performance.now()
  await fill(folder)
  writeFileSync(complete, "")
  console.log(`the data was made in ${((performance.now() - began) / 1_000).toFixed(0)} s: ${folder}`)
  return folder
}

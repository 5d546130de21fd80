/** Samples of the suites, and how they are written, read and compared. */
import type { Vitest } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { dayStart } from "../../../src/domain/time/calendar.ts"
import type { CatalogEntry, ColdObject, OwnEntry } from "../../../src/domain/tiers/catalog.ts"
import { partitionKey } from "../../../src/domain/tiers/partition.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { windowOfDay } from "../../../src/domain/time/window.ts"
import type { HotStore } from "../../../src/ports/HotStore.ts"
import { hotStore } from "../../hot-store.ts"
import { everything, series } from "../../samples.ts"

/** Tests of one subject, for the store that `it` provides. */
export type Laws = (it: Vitest.MethodsNonLive<HotStore>) => void

export const day = 20_780
export const at = (minute: number, ms = 0) => dayStart(day) + minute * 60_000 + ms
export const wholeDay = windowOfDay(day)

let sites = 0
export const freshSite = () => `site ${++sites}`

export const entryOfDay = (site: string, onDay: number, generation = 1): OwnEntry => ({
  kind: "own",
  site,
  day: onDay,
  key: partitionKey({ site, day: onDay }),
  etag: `etag-${generation}`,
  size: 1_234,
  generation,
  rows: 10,
  points: 2,
  firstTimestamp: dayStart(onDay),
  lastTimestamp: dayStart(onDay) + 1_000,
  checksum: "0123456789abcdef",
  source: "archival",
  writtenBy: `run-${generation}`,
  index: Uint8Array.of(0, 1, 255)
})

export const entry = (site: string, generation: number, etag = `etag-${generation}`, onDay = day): OwnEntry =>
  ({ ...entryOfDay(site, onDay, generation), etag })

/** As the catalog lists it. */
export const listed = ({ index: _, ...object }: CatalogEntry): ColdObject => object

/** As a publication names points whose samples do not matter. */
export const named = (...points: ReadonlyArray<string>) =>
  points.map((point) => ({ point, first: dayStart(day), last: dayStart(day) + 1_000, lastValue: 0 }))

/** Begins a run and appends its steps. */
export const store = Effect.fnUntraced(function*(site: string, ...steps: ReadonlyArray<ReadonlyArray<Series>>) {
  const hot = yield* hotStore
  const run = yield* hot.intake.takeFence(site)
  for (const [i, step] of steps.entries()) yield* hot.intake.append(run, i + 1, step)
  return run
})

export const readAll = Effect.fnUntraced(function*(site: string, ...points: ReadonlyArray<string>) {
  return (yield* (yield* hotStore).reads.snapshot(site, points, everything)).hot
})

export const scanAll = Effect.fnUntraced(function*(site: string, onDay = day) {
  const { guard, series } = yield* (yield* hotStore).days.scan(site, onDay)
  return { guard, found: yield* Stream.runCollect(series) }
})

export const a = series("a", [[at(0), 1], [at(1), 2], [at(2), 3]])
export const b = series("b", [[at(0), -0], [at(1), 5e-324], [at(2), 1.7976931348623157e308]])

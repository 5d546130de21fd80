/**
 * One window of an audit: the source is asked first and the stores after that, as an answer of a query does, hot before
 * cold. So what a sync stores meanwhile is at most taken for something that the source has no longer.
 */
import { Effect, Stream } from "effect"
import { compareColumns, type Difference, MAX_AUDIT_ROWS } from "../../../domain/jobs/audit.ts"
import { mergeColumns } from "../../../domain/samples/merge.ts"
import { comparePoints } from "../../../domain/samples/names.ts"
import type { SourcePage } from "../../../domain/samples/page.ts"
import { type Columns, countSamples, emptyColumns } from "../../../domain/samples/series.ts"
import type { CatalogEntry, ColdObject } from "../../../domain/tiers/catalog.ts"
import type { Window } from "../../../domain/time/window.ts"
import { Catalog } from "../../../ports/Catalog.ts"
import { ColdStore } from "../../../ports/ColdStore.ts"
import { Directory } from "../../../ports/Directory.ts"
import { Reads } from "../../../ports/Reads.ts"
import { SampleSource } from "../../../ports/SampleSource.ts"

/** Points whose stored samples are compared at a time. */
const POINTS_AT_ONCE = 256

export interface ComparedWindow {
  readonly pages: number
  readonly rows: number
  readonly sourceSamples: number
  readonly storedSamples: number
  readonly isPublished: boolean
  /** Every point that has a sample at either side. */
  readonly points: ReadonlyArray<Difference & { readonly point: string }>
}

/** What the source has; null where that is too much to hold. */
const readSource = Effect.fnUntraced(function*(site: string, window: Window) {
  const source = yield* SampleSource
  const columns = new Map<string, Columns>()
  let pages = 0
  let rows = 0
  yield* source.pages(site, window).pipe(
    Stream.map((page: SourcePage) => {
      pages++
      rows += page.rows
      for (const { point, timestamps, values } of page.series) {
        columns.set(point, mergeColumns(columns.get(point) ?? emptyColumns, { timestamps, values }))
      }
      return rows > MAX_AUDIT_ROWS
    }),
    Stream.takeUntil((isTooMuch) => isTooMuch),
    Stream.runDrain
  )
  return rows > MAX_AUDIT_ROWS ? null : { columns, pages, rows }
})

/** Reads what is stored of some points, group by group; the index of the day's object is fetched once. */
const makeStoredReader = (site: string, window: Window) => {
  let known: CatalogEntry | undefined
  const entryOf = Effect.fnUntraced(function*(object: ColdObject) {
    if (known?.etag !== object.etag) known = (yield* (yield* Catalog).find(site, [object])).entries[0]
    return known
  })
  return Effect.fnUntraced(function*(points: ReadonlyArray<string>) {
    const { hot, partitions } = yield* (yield* Reads).snapshot(site, points, window, MAX_AUDIT_ROWS)
    const stored = new Map<string, Columns>()
    for (const object of partitions) {
      const entry = yield* entryOf(object)
      if (entry === undefined) continue
      const { series } = yield* (yield* ColdStore).read(entry, points, window)
      for (const one of series) stored.set(one.point, one)
    }
    for (const one of hot) stored.set(one.point, mergeColumns(stored.get(one.point) ?? emptyColumns, one))
    return { stored, isPublished: partitions.length > 0 }
  })
}

/** Compares a window that does not go past the end of a day; null where it holds too much. */
export const compareWindow = Effect.fnUntraced(function*(site: string, window: Window) {
  const read = yield* readSource(site, window)
  if (read === null) return null
  const known = (yield* (yield* Directory).points(site, "")).map(({ name }) => name)
  const names = [...new Set([...known, ...read.columns.keys()])].sort(comparePoints)
  const readStored = makeStoredReader(site, window)
  const points: Array<Difference & { readonly point: string }> = []
  let storedSamples = 0
  let isPublished = false
  for (let i = 0; i < names.length; i += POINTS_AT_ONCE) {
    const group = names.slice(i, i + POINTS_AT_ONCE)
    const found = yield* readStored(group)
    isPublished ||= found.isPublished
    storedSamples += countSamples([...found.stored.values()])
    for (const point of group) {
      const [source, stored] = [read.columns.get(point), found.stored.get(point)]
      if (source === undefined && stored === undefined) continue
      points.push({ point, ...compareColumns(source ?? emptyColumns, stored ?? emptyColumns) })
    }
  }
  const sourceSamples = countSamples([...read.columns.values()])
  const compared: ComparedWindow = {
    pages: read.pages,
    rows: read.rows,
    sourceSamples,
    storedSamples,
    isPublished,
    points
  }
  return compared
}, Effect.catchTag("SnapshotTooLarge", () => Effect.succeed(null)))

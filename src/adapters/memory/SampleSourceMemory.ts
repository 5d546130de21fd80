/**
 * `SampleSource` in memory: samples that a test adds, or a truth function of (site, window), delivered in pages that
 * ascend by time as ACE's do, with switches for what a real source does wrong.
 */
import { Clock, Effect, Layer, Option, Stream } from "effect"
import { mergeColumns } from "../../domain/samples/merge.ts"
import { makePageBuilder } from "../../domain/samples/page-builder.ts"
import { type Columns, emptyColumns, type Series, sliceColumns } from "../../domain/samples/series.ts"
import type { SourcePage } from "../../domain/samples/page.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import {
  SampleSource,
  SampleSourceError,
  type SourcePoint,
  type SourceReason,
  UnknownSite
} from "../../ports/SampleSource.ts"

/** A row as the source delivers it: its value need not be a finite number. */
export interface SourceRow {
  readonly point: string
  readonly timestamp: number
  readonly value: number | string | boolean | null
}

/** What goes wrong. A test may set and clear the fields at any time. */
export interface MemoryFaults {
  /** How every call of `points` fails while it is set. */
  failPoints: typeof SourceReason.Type | null
  /** How every stream of pages fails, after `failAfterPages` pages, while it is set. */
  failPages: typeof SourceReason.Type | null
  failAfterPages: number
  /** Every page is delivered twice. */
  repeatPages: boolean
  /** The rows of a page come in descending order of time. */
  descending: boolean
  /** No window has rows, although samples exist. */
  silent: boolean
}

export interface SampleSourceMemory {
  readonly layer: Layer.Layer<SampleSource>
  readonly faults: MemoryFaults
  /** Adds samples, at any time; a new value replaces that of the same instant. The site is known from now on. */
  readonly add: (site: string, series: ReadonlyArray<Series>) => void
  /** Adds rows that the source delivers with the samples of their window, such as bad or repeated ones. */
  readonly addRows: (site: string, rows: ReadonlyArray<SourceRow>) => void
  /** Sets what `points` answers; else it answers the names that have samples. */
  readonly setPoints: (site: string, points: ReadonlyArray<SourcePoint>) => void
}

interface Site {
  readonly columns: Map<string, Columns>
  readonly rows: Array<SourceRow>
  points: ReadonlyArray<SourcePoint> | null
}

export interface MemoryOptions {
  /** Sites known from the start. */
  readonly sites?: ReadonlyArray<string>
  /** Rows of a page: 1,000 by default. */
  readonly pageSize?: number
  /** The samples of a window. Those after the time of the Clock do not exist yet; samples that were added win. */
  readonly truth?: (site: string, window: Window) => ReadonlyArray<Series>
}

/** A point of which only the name is known. */
export const pointNamed = (name: string): SourcePoint => ({
  name,
  unit: null,
  device: null,
  description: null,
  intervalSeconds: null,
  tags: [],
  collected: true
})

const lookUp = (
  sites: ReadonlyMap<string, Site>,
  operation: string,
  name: string
): Effect.Effect<Site, SampleSourceError> => {
  const site = sites.get(name)
  return site === undefined
    ? Effect.fail(
      new SampleSourceError({ operation, site: name, reason: new UnknownSite({ detail: "not in memory" }) })
    )
    : Effect.succeed(site)
}

/** The rows of a window, ascending by time; rows of one instant come in the order in which they were added. */
const rowsOf = (site: Site, window: Window, truth: ReadonlyArray<Series>): ReadonlyArray<SourceRow> => {
  const columns = new Map<string, Columns>(truth.map((series) => [series.point, series]))
  for (const [point, added] of site.columns) {
    columns.set(point, mergeColumns(columns.get(point) ?? emptyColumns, sliceColumns(added, window)))
  }
  const rows: Array<SourceRow> = []
  for (const [point, { timestamps, values }] of columns) {
    timestamps.forEach((timestamp, i) => rows.push({ point, timestamp, value: values[i] as number }))
  }
  rows.push(...site.rows.filter((row) => row.timestamp >= window.start && row.timestamp < window.end))
  return rows.sort((a, b) => a.timestamp - b.timestamp)
}

const pageOf = (rows: ReadonlyArray<SourceRow>, window: Window, now: number): SourcePage => {
  const builder = makePageBuilder(window, now, rows.length)
  for (const row of rows) builder.add(row.point, row.timestamp, row.value)
  return builder.finish()
}

const sourceOf = (
  sites: ReadonlyMap<string, Site>,
  faults: MemoryFaults,
  { pageSize = 1_000, truth = () => [] }: MemoryOptions
): SampleSource["Service"] =>
  SampleSource.of({
    points: Effect.fnUntraced(function*(name) {
      const site = yield* lookUp(sites, "points", name)
      if (faults.failPoints !== null) {
        return yield* new SampleSourceError({ operation: "points", site: name, reason: faults.failPoints })
      }
      return site.points ?? Array.from(site.columns.keys(), pointNamed)
    }),
    pages: (name, window) =>
      Stream.paginate(
        { page: 0, rows: null as ReadonlyArray<SourceRow> | null },
        Effect.fnUntraced(function*(at) {
          const site = yield* lookUp(sites, "pages", name)
          if (faults.failPages !== null && at.page >= faults.failAfterPages) {
            return yield* new SampleSourceError({ operation: "pages", site: name, reason: faults.failPages })
          }
          const now = yield* Clock.currentTimeMillis
          const past = { start: window.start, end: Math.min(window.end, now + 1) }
          const rows = at.rows ?? (faults.silent || isEmpty(window) ? [] : rowsOf(site, window, truth(name, past)))
          const some = rows.slice(at.page * pageSize, (at.page + 1) * pageSize)
          const page = () => pageOf(faults.descending ? some.toReversed() : some, window, now)
          const more = (at.page + 1) * pageSize < rows.length
          return [
            faults.repeatPages ? [page(), page()] : [page()],
            more ? Option.some({ page: at.page + 1, rows }) : Option.none()
          ] as const
        })
      )
  })

export const make = (options: MemoryOptions = {}): SampleSourceMemory => {
  const sites = new Map<string, Site>()
  const faults: MemoryFaults = {
    failPoints: null,
    failPages: null,
    failAfterPages: 0,
    repeatPages: false,
    descending: false,
    silent: false
  }
  const siteOf = (name: string): Site => {
    const known = sites.get(name)
    if (known !== undefined) return known
    const site: Site = { columns: new Map(), rows: [], points: null }
    sites.set(name, site)
    return site
  }
  for (const name of options.sites ?? []) siteOf(name)

  return {
    layer: Layer.succeed(SampleSource, sourceOf(sites, faults, options)),
    faults,
    add: (name, series) => {
      const { columns } = siteOf(name)
      for (const one of series) columns.set(one.point, mergeColumns(columns.get(one.point) ?? emptyColumns, one))
    },
    addRows: (name, rows) => {
      siteOf(name).rows.push(...rows)
    },
    setPoints: (name, points) => {
      siteOf(name).points = points
    }
  }
}

/**
 * `MonthStore` in memory: the laws of the port in their plainest form.
 */
import { Effect, Layer, Option, Stream } from "effect"
import { compareMonths, formatMonth, type Month } from "../../domain/time/calendar.ts"
import {
  type DayVersion,
  type BuiltMonth,
  type MonthObject,
  type MonthPart,
  monthKey,
  partsOf,
  rollupKey,
  sameVersions,
  windowOfMonth
} from "../../domain/tiers/months.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/samples/checksum.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { rollUp, rollupOfSome } from "../../domain/answers/rollup.ts"
import { countSamples, type Series, sliceColumns } from "../../domain/samples/series.ts"
import { contains, intersect, isEmpty, type Window } from "../../domain/time/window.ts"
import { type Build, MonthStore, MonthStoreError, StaleBuild } from "../../ports/MonthStore.ts"

interface MonthState {
  builds: number
  published: BuiltMonth | null
  /** The unfinished build. */
  pending: BuiltMonth | null
}

const fail = (operation: string, subject: string, cause: string) => new MonthStoreError({ operation, subject, cause })

/** Why a series may not follow the part so far; undefined where it may. */
const complaintOf = (window: Window, previous: string | null, { point, timestamps }: Series): string | undefined => {
  if (previous !== null && comparePoints(previous, point) >= 0) return `${JSON.stringify(point)} comes after ${JSON.stringify(previous)}`
  return timestamps.every((at, i) => contains(window, at) && (i === 0 || at > (timestamps[i - 1] as number)))
    ? undefined
    : `${JSON.stringify(point)} has samples out of order or outside the month`
}

export const layer: Layer.Layer<MonthStore> = Layer.sync(MonthStore, () => {
  const months = new Map<string, MonthState>()
  const objects = new Map<string, ReadonlyArray<Series>>()

  const stateOf = (site: string, month: Month): MonthState => {
    const key = `${site}/${formatMonth(month)}`
    const state = months.get(key) ?? { builds: 0, published: null, pending: null }
    months.set(key, state)
    return state
  }

  const open = (operation: string, object: MonthObject) =>
    Effect.suspend(() => {
      const series = objects.get(object.key)
      return series === undefined ? Effect.fail(fail(operation, object.key, "the object is gone")) : Effect.succeed(series)
    })

  const store = (key: string, series: ReadonlyArray<Series>): MonthObject => {
    objects.set(key, series)
    const rows = countSamples(series)
    return { key, size: rows * 16, rows, index: new Uint8Array(0) }
  }

  const buildOf = ({ build, month, parts, site }: BuiltMonth): Build => ({ site, month, build, parts })

  return MonthStore.of({
    months: (site, window, points) =>
      Effect.sync(() =>
        [...months.values()]
          .flatMap(({ published }) => published === null || published.site !== site ? [] : [published])
          .filter(({ month }) => !isEmpty(intersect(window, windowOfMonth(month))))
          .sort((a, b) => compareMonths(a.month, b.month))
          .map((month) => ({ ...month, parts: partsOf(month, points).map(({ part }) => part) }))
      ),
    begin: (site, month, days: ReadonlyArray<DayVersion>) =>
      Effect.sync(() => {
        const state = stateOf(site, month)
        if (state.pending === null || !sameVersions(state.pending.days, days)) {
          state.pending = { site, month, build: ++state.builds, days, parts: [] }
        }
        return buildOf(state.pending)
      }),
    addPart: Effect.fnUntraced(function*(build, stream) {
      const { month, site } = build
      const number = build.parts.length
      const key = monthKey(site, month, build.build, number)
      const series: Array<Series> = []
      yield* Stream.runForEach(stream, (one) =>
        Effect.suspend(() => {
          const complaint = complaintOf(windowOfMonth(month), series.at(-1)?.point ?? build.parts.at(-1)?.lastPoint ?? null, one)
          if (complaint !== undefined) return Effect.fail(fail("addPart", key, complaint))
          if (one.timestamps.length > 0) {
            series.push({ point: one.point, timestamps: one.timestamps.slice(), values: one.values.slice() })
          }
          return Effect.void
        }))
      const [first] = series
      const last = series.at(-1)
      if (first === undefined || last === undefined) return Option.none()
      const { pending } = stateOf(site, month)
      const known = pending?.build === build.build ? pending.parts[number] : undefined
      if (known !== undefined) return Option.some(known)
      if (pending?.build !== build.build) return yield* fail("addPart", key, `build ${build.build} has ended`)
      const part: MonthPart = {
        part: number,
        firstPoint: first.point,
        lastPoint: last.point,
        samples: store(key, series),
        hours: store(rollupKey(site, month, build.build, number), series)
      }
      stateOf(site, month).pending = { ...pending, parts: [...pending.parts, part] }
      return Option.some(part)
    }),
    publish: ({ build, month, site }, checksum) =>
      Effect.suspend((): Effect.Effect<void, MonthStoreError | StaleBuild> => {
        const state = stateOf(site, month)
        if (state.published?.build === build) return Effect.void
        if (state.pending?.build !== build) return Effect.fail(new StaleBuild({ site, month: formatMonth(month), build }))
        const { pending } = state
        state.pending = null
        const series = pending.parts.flatMap(({ samples }) => objects.get(samples.key) ?? [])
        if (formatChecksum(series.map(checksumSeries).reduce(addChecksums, emptyChecksum)) !== checksum) {
          return Effect.fail(fail("publish", monthKey(site, month, build, 0), "the month's samples are not those of its days"))
        }
        state.published = pending
        return Effect.void
      }),
    readSamples: Effect.fnUntraced(function*(part, points, window) {
      const wanted = new Set(points)
      const stored = yield* open("readSamples", part.samples)
      const series = stored.filter(({ point }) => wanted.has(point))
        .map((one): Series => ({ point: one.point, ...sliceColumns(one, window) }))
        .filter(({ timestamps }) => timestamps.length > 0)
      return { series, gets: 1, bytes: part.samples.size }
    }),
    readHours: Effect.fnUntraced(function*(part, points, fields) {
      const wanted = new Set(points)
      const stored = yield* open("readHours", part.hours)
      const rollups = stored.filter(({ point }) => wanted.has(point)).map((one) => {
        const whole = rollUp(one)
        return { point: one.point, ...rollupOfSome(fields, (field) => whole[field]) }
      })
      return { rollups, gets: 1, bytes: part.hours.size }
    })
  })
})

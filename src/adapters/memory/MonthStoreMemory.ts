/**
 * `MonthStore` in memory, with every law of the port, for tests and simulations.
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
  /** How many were begun. */
  builds: number
  published: BuiltMonth | null
  /** The unfinished build. */
  pending: BuiltMonth | null
}

class State {
  readonly months = new Map<string, MonthState>()
  readonly objects = new Map<string, ReadonlyArray<Series>>()

  monthOf(site: string, month: Month): MonthState {
    const key = `${site}/${formatMonth(month)}`
    const state = this.months.get(key) ?? { builds: 0, published: null, pending: null }
    this.months.set(key, state)
    return state
  }

  put(key: string, series: ReadonlyArray<Series>): MonthObject {
    this.objects.set(key, series)
    const rows = countSamples(series)
    return { key, size: rows * 16, rows, index: new Uint8Array(0) }
  }

  /** The series of some points in an object. */
  read(operation: string, { key }: MonthObject, points: ReadonlyArray<string>) {
    return Effect.suspend(() => {
      const wanted = new Set(points)
      const series = this.objects.get(key)
      return series === undefined
        ? Effect.fail(fail(operation, key, "the object is gone"))
        : Effect.succeed(series.filter(({ point }) => wanted.has(point)))
    })
  }
}

const fail = (operation: string, subject: string, cause: string) => new MonthStoreError({ operation, subject, cause })

/** Why a series may not follow the one before; undefined where it may. */
const complaintOf = (window: Window, previous: string | null, { point, timestamps }: Series): string | undefined => {
  const name = JSON.stringify(point)
  if (previous !== null && comparePoints(previous, point) >= 0) return `${name} comes after ${JSON.stringify(previous)}`
  return timestamps.every((at, i) => contains(window, at) && (i === 0 || at > (timestamps[i - 1] as number)))
    ? undefined
    : `${name} has samples out of order or outside the month`
}

/** The series of a part, copied, because the columns of the stream may be used again. */
const collect = Effect.fnUntraced(function*<E, R>(build: Build, key: string, stream: Stream.Stream<Series, E, R>) {
  const window = windowOfMonth(build.month)
  const series: Array<Series> = []
  yield* Stream.runForEach(stream, (one) =>
    Effect.suspend(() => {
      const previous = series.at(-1)?.point ?? build.parts.at(-1)?.lastPoint ?? null
      const complaint = complaintOf(window, previous, one)
      if (complaint !== undefined) return Effect.fail(fail("addPart", key, complaint))
      if (one.timestamps.length > 0) {
        series.push({ point: one.point, timestamps: one.timestamps.slice(), values: one.values.slice() })
      }
      return Effect.void
    }))
  return series
})

const addPart = Effect.fnUntraced(function*<E, R>(state: State, build: Build, stream: Stream.Stream<Series, E, R>) {
  const { month, site } = build
  const number = build.parts.length
  const key = monthKey(site, month, build.build, number)
  const series = yield* collect(build, key, stream)
  const [first] = series
  const last = series.at(-1)
  if (first === undefined || last === undefined) return Option.none<MonthPart>()
  const { pending } = state.monthOf(site, month)
  if (pending?.build !== build.build) return yield* fail("addPart", key, `build ${build.build} has ended`)
  const known = pending.parts[number]
  if (known !== undefined) return Option.some(known)
  const part: MonthPart = {
    part: number,
    firstPoint: first.point,
    lastPoint: last.point,
    samples: state.put(key, series),
    hours: state.put(rollupKey(site, month, build.build, number), series)
  }
  state.monthOf(site, month).pending = { ...pending, parts: [...pending.parts, part] }
  return Option.some(part)
})

const publish = (state: State, { build, month, site }: Build, checksum: string) =>
  Effect.suspend((): Effect.Effect<void, MonthStoreError | StaleBuild> => {
    const stored = state.monthOf(site, month)
    if (stored.published?.build === build) return Effect.void
    const { pending } = stored
    if (pending?.build !== build) return Effect.fail(new StaleBuild({ site, month: formatMonth(month), build }))
    stored.pending = null
    const series = pending.parts.flatMap(({ samples }) => state.objects.get(samples.key) ?? [])
    if (formatChecksum(series.map(checksumSeries).reduce(addChecksums, emptyChecksum)) !== checksum) {
      const key = monthKey(site, month, build, 0)
      return Effect.fail(fail("publish", key, "the samples of the month are not those of its days"))
    }
    stored.published = pending
    return Effect.void
  })

const buildOf = ({ build, month, parts, site }: BuiltMonth): Build => ({ site, month, build, parts })

export const layer: Layer.Layer<MonthStore> = Layer.sync(MonthStore, () => {
  const state = new State()
  return MonthStore.of({
    months: (site, window, points) =>
      Effect.sync(() =>
        [...state.months.values()]
          .flatMap(({ published }) => published === null || published.site !== site ? [] : [published])
          .filter(({ month }) => !isEmpty(intersect(window, windowOfMonth(month))))
          .sort((a, b) => compareMonths(a.month, b.month))
          .map((month) => ({ ...month, parts: partsOf(month, points).map(({ part }) => part) }))
      ),
    begin: (site, month, days: ReadonlyArray<DayVersion>) =>
      Effect.sync(() => {
        const stored = state.monthOf(site, month)
        if (stored.pending === null || !sameVersions(stored.pending.days, days)) {
          stored.pending = { site, month, build: ++stored.builds, days, parts: [] }
        }
        return buildOf(stored.pending)
      }),
    addPart: (build, stream) => addPart(state, build, stream),
    publish: (build, checksum) => publish(state, build, checksum),
    readSamples: Effect.fnUntraced(function*(part, points, window) {
      const series = (yield* state.read("readSamples", part.samples, points))
        .map((one): Series => ({ point: one.point, ...sliceColumns(one, window) }))
        .filter(({ timestamps }) => timestamps.length > 0)
      return { series, gets: 1, bytes: part.samples.size }
    }),
    readHours: Effect.fnUntraced(function*(part, points, fields) {
      const rollups = (yield* state.read("readHours", part.hours, points)).map((one) => {
        const whole = rollUp(one)
        return { point: one.point, ...rollupOfSome(fields, (field) => whole[field]) }
      })
      return { rollups, gets: 1, bytes: part.hours.size }
    })
  })
})

/**
 * The days of a month joined into one stream: every sample is copied once.
 */
import { Cause, Effect, Pull, Stream } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { releaseColumns } from "../../domain/samples/memory.ts"
import { type Columns, concatColumns, type Series } from "../../domain/samples/series.ts"

/** A day's series that are decoded but not joined yet. */
interface Side<E> {
  readonly pull: Pull.Pull<ReadonlyArray<Series>, E>
  queue: ReadonlyArray<Series>
  next: number
  ended: boolean
}

/** Groups of days whose next series are fetched at once: of a Worker's six connections, those whose bodies are worth their memory. */
const FETCHES_AT_ONCE = 2

/** Makes sure that each of the sides has a next series, or has ended. */
const refill = Effect.fnUntraced(function*<E>(sides: ReadonlyArray<Side<E>>) {
  for (const side of sides) {
    while (!side.ended && side.next >= side.queue.length) {
      const queue = yield* Pull.catchDone(side.pull, () => Effect.succeed(null))
      side.ended = queue === null
      side.queue = queue ?? []
      side.next = 0
    }
  }
})

const least = (names: ReadonlyArray<string>): string | undefined =>
  names.reduce<string | undefined>((min, name) => min === undefined || comparePoints(name, min) < 0 ? name : min, undefined)

/**
 * Joins streams of ascending days, each in the order of points, into one series a point. Makes one when it is asked for,
 * out of columns that it takes over.
 *
 * **Gotchas** a series is good until the next one is asked for.
 */
export const joinDays = <E, R>(days: ReadonlyArray<Stream.Stream<Series, E, R>>): Stream.Stream<Series, E, R> =>
  Stream.scoped(Stream.fromPull(Effect.gen(function*() {
    let sides = yield* Effect.forEach(days, (day) =>
      Effect.map(Stream.toPull(day), (pull): Side<E> => ({ pull, queue: [], next: 0, ended: false })))
    // A fiber a group, not a day: most days have their next series at hand.
    const groups = Array.from({ length: FETCHES_AT_ONCE }, (_, group) => sides.filter((_, i) => i % FETCHES_AT_ONCE === group))
    let joined = concatColumns([])
    yield* Effect.addFinalizer(() => Effect.sync(() => releaseColumns(joined)))
    return Effect.gen(function*() {
      releaseColumns(joined)
      yield* Effect.forEach(groups, refill, { concurrency: FETCHES_AT_ONCE, discard: true })
      sides = sides.filter(({ ended }) => !ended)
      const point = least(sides.map(({ next, queue }) => (queue[next] as Series).point))
      if (point === undefined) return yield* Cause.done()
      const pieces: Array<Columns> = []
      for (const side of sides) {
        const one = side.queue[side.next] as Series
        if (one.point !== point) continue
        pieces.push(one)
        side.next++
      }
      const [first, ...others] = pieces
      joined = first !== undefined && others.length === 0 ? first : concatColumns(pieces)
      if (others.length > 0) pieces.forEach(releaseColumns)
      return [{ point, ...joined }] as const
    })
  })))

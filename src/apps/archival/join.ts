/**
 * The days of a month joined into one stream: every sample is copied once.
 */
import { Cause, Effect, Pull, Stream } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { releaseColumns } from "../../domain/samples/memory.ts"
import { type Columns, concatColumns, type Series } from "../../domain/samples/series.ts"

/** One day: its stream, and the series of it that are decoded but not joined yet. */
interface DayQueue<E> {
  readonly pull: Pull.Pull<ReadonlyArray<Series>, E>
  queue: ReadonlyArray<Series>
  next: number
  ended: boolean
}

/** Groups of days that are fetched at once. A Worker has six connections, but a body on each costs memory. */
const FETCHES_AT_ONCE = 2

/** Fills each queue until it has a next series or its day has ended. */
const refill = Effect.fnUntraced(function*<E>(days: ReadonlyArray<DayQueue<E>>) {
  for (const day of days) {
    while (!day.ended && day.next >= day.queue.length) {
      const queue = yield* Pull.catchDone(day.pull, () => Effect.succeed(null))
      day.ended = queue === null
      day.queue = queue ?? []
      day.next = 0
    }
  }
})

const firstOf = (names: ReadonlyArray<string>): string | undefined =>
  names.reduce<string | undefined>(
    (first, name) => first === undefined || comparePoints(name, first) < 0 ? name : first,
    undefined
  )

/**
 * Joins streams of ascending days, each in the order of points, into one series for each point. It owns the columns of
 * the days and frees them.
 *
 * **Gotchas** A series is valid until the next one is pulled.
 */
export const joinDays = <E, R>(days: ReadonlyArray<Stream.Stream<Series, E, R>>): Stream.Stream<Series, E, R> =>
  Stream.scoped(Stream.fromPull(Effect.gen(function*() {
    let queues = yield* Effect.forEach(days, (day) =>
      Effect.map(Stream.toPull(day), (pull): DayQueue<E> => ({ pull, queue: [], next: 0, ended: false })))
    // One fiber for each group, not for each day: most days have their next series decoded already.
    const groups = Array.from(
      { length: FETCHES_AT_ONCE },
      (_, group) => queues.filter((_, i) => i % FETCHES_AT_ONCE === group)
    )
    let joined = concatColumns([])
    yield* Effect.addFinalizer(() => Effect.sync(() => releaseColumns(joined)))
    return Effect.gen(function*() {
      releaseColumns(joined)
      yield* Effect.forEach(groups, refill, { concurrency: FETCHES_AT_ONCE, discard: true })
      queues = queues.filter(({ ended }) => !ended)
      const point = firstOf(queues.map(({ next, queue }) => (queue[next] as Series).point))
      if (point === undefined) return yield* Cause.done()
      const pieces: Array<Columns> = []
      for (const day of queues) {
        const one = day.queue[day.next] as Series
        if (one.point !== point) continue
        pieces.push(one)
        day.next++
      }
      const [first, ...others] = pieces
      joined = first !== undefined && others.length === 0 ? first : concatColumns(pieces)
      if (others.length > 0) pieces.forEach(releaseColumns)
      return [{ point, ...joined }] as const
    })
  })))

/**
 * The days of a month joined into one stream: every sample is copied once.
 */
import { Cause, Effect, Pull, Stream } from "effect"
import { comparePoints } from "../../domain/names.ts"
import type { Columns, Series } from "../../domain/series.ts"

/** The columns one after the other. */
const concat = (days: ReadonlyArray<Columns>): Columns => {
  const [first] = days
  if (days.length === 1 && first !== undefined) return first
  const length = days.reduce((sum, { timestamps }) => sum + timestamps.length, 0)
  const timestamps = new Float64Array(length)
  const values = new Float64Array(length)
  let at = 0
  for (const day of days) {
    timestamps.set(day.timestamps, at)
    values.set(day.values, at)
    at += day.timestamps.length
  }
  return { timestamps, values }
}

/** A day's series that are decoded but not joined yet. */
interface Side<E> {
  readonly pull: Pull.Pull<ReadonlyArray<Series>, E>
  queue: ReadonlyArray<Series>
  next: number
}

/** Days whose next series are fetched at once: a Worker has six connections. */
const FETCHES_AT_ONCE = 6

/** Makes sure that the side has a next series; false where the day has ended. */
const refill = Effect.fnUntraced(function*<E>(side: Side<E>) {
  while (side.next >= side.queue.length) {
    const queue = yield* Pull.catchDone(side.pull, () => Effect.succeed(null))
    if (queue === null) return false
    side.queue = queue
    side.next = 0
  }
  return true
})

const least = (names: ReadonlyArray<string>): string | undefined =>
  names.reduce<string | undefined>((min, name) => min === undefined || comparePoints(name, min) < 0 ? name : min, undefined)

/** Joins streams of ascending days, each in the order of points, into one series a point. Makes one when it is asked for. */
export const joinDays = <E, R>(days: ReadonlyArray<Stream.Stream<Series, E, R>>): Stream.Stream<Series, E, R> =>
  Stream.scoped(Stream.fromPull(Effect.gen(function*() {
    let sides = yield* Effect.forEach(days, (day) =>
      Effect.map(Stream.toPull(day), (pull): Side<E> => ({ pull, queue: [], next: 0 })))
    return Effect.gen(function*() {
      const open = yield* Effect.forEach(sides, refill, { concurrency: FETCHES_AT_ONCE })
      sides = sides.filter((_, i) => open[i])
      const point = least(sides.map(({ next, queue }) => (queue[next] as Series).point))
      if (point === undefined) return yield* Cause.done()
      const parts: Array<Columns> = []
      for (const side of sides) {
        const one = side.queue[side.next] as Series
        if (one.point !== point) continue
        parts.push(one)
        side.next++
      }
      return [{ point, ...concat(parts) }] as const
    })
  })))

/**
 * Properties of values that effect's `Arbitrary` draws and shrinks to the smallest that still fails. Each is checked on
 * a fixed seed and a fresh one; a failure names its seed, and `SEED=123` checks that seed alone.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import type { Columns } from "../src/domain/samples/series.ts"
import { seeds } from "./random.ts"
import { columnsOf } from "./samples.ts"

/** A test that passes where `holds` throws for none of the drawn values. */
export const property = <A>(
  name: string,
  arbitrary: Arbitrary.Arbitrary<A>,
  holds: (value: A) => void,
  runs = 300
): void =>
  it.effect(name, () =>
    Effect.forEach(seeds(1, 1), (seed) => {
      const attempt = (value: A) => Effect.sandbox(Effect.sync(() => holds(value))).pipe(Effect.as(true))
      return Effect.map(Arbitrary.checkEffect(arbitrary, attempt, { runs, seed }), (result) => {
        const failure = Arbitrary.formatCheckFailure(result)
        if (failure !== undefined) assert.fail(`SEED=${seed}: ${failure}`)
      })
    }))

/** Integers of a range, both ends included. */
export const integer = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

/** One of some values, of which the first is the simplest. */
export const oneOf = <A>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  integer(0, values.length - 1).pipe(Arbitrary.map((i) => values[i] as A))

export const boolean: Arbitrary.Arbitrary<boolean> = Arbitrary.schema(Schema.Boolean)

/** Values that break what compares, sums or rounds. */
const value = oneOf([0, 1, -0, -1, 0.1, 21.5, Math.fround(21.3), 1e300, -5e-324, Number.MAX_VALUE, 2 ** 53])

/** Columns of few instants, so that two of them collide often. */
export const columns: Arbitrary.Arbitrary<Columns> = Arbitrary.array(
  Arbitrary.all([integer(-20, 20), value]),
  { maxLength: 12 }
).pipe(Arbitrary.map((samples) => columnsOf([...new Map(samples)].sort(([a], [b]) => a - b))))

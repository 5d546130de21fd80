/**
 * Adds a part to a build: makes its two objects, verifies them, puts them in R2 and records them in D1.
 */
import { Effect, Option, Stream } from "effect"
import { isSmaller, rollUp } from "../../domain/answers/rollup.ts"
import { release, releaseColumns } from "../../domain/samples/memory.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import type { Series } from "../../domain/samples/series.ts"
import { type MonthObject, monthKey, type MonthPart, rollupKey } from "../../domain/tiers/months.ts"
import type { Build } from "../../ports/MonthStore.ts"
import type { Database } from "../cloudflare/database.ts"
import { describePart, type PartName } from "../parquet/format/part-description.ts"
import { verifyMonth } from "../parquet/verify/month.ts"
import { verifyRollup } from "../parquet/verify/rollup.ts"
import { makeMonthBuilder } from "../parquet/write/month.ts"
import { makeRollupBuilder } from "../parquet/write/rollup.ts"
import type { SampleObject } from "../parquet/write/samples.ts"
import { fail, putPart } from "./objects.ts"
import * as Records from "./records.ts"

interface Made {
  readonly samples: SampleObject
  readonly hours: SampleObject
}

/** Builds both objects of a part and verifies them. Keeps one series, and the bytes of the objects. */
const makeObjects = Effect.fnUntraced(function*<E, R>(
  name: PartName,
  after: string | null,
  stream: Stream.Stream<Series, E, R>
) {
  const key = monthKey(name.site, name.month, name.build, name.part)
  const samples = makeMonthBuilder(name)
  const hours = makeRollupBuilder(name)
  yield* Stream.runForEach(stream, (series) =>
    Effect.suspend(() => {
      const complaint = after !== null && comparePoints(after, series.point) >= 0
        ? `point ${JSON.stringify(series.point)} belongs to an earlier part`
        : samples.add(series)
      if (complaint !== undefined) return Effect.fail(fail("addPart", key, complaint))
      if (series.timestamps.length > 0) {
        const rollup = rollUp(series)
        if (isSmaller(rollup.starts.length, series.timestamps.length)) hours.add({ point: series.point, ...rollup })
        else hours.pass(series.point)
        releaseColumns(rollup)
      }
      return Effect.void
    }))
  const made: Made = { samples: samples.finish(), hours: hours.finish() }
  const mismatch = verifyMonth(name, made.samples) ?? verifyRollup(name, made.hours)
  return mismatch === undefined ? made : yield* fail("addPart", key, mismatch)
})

/** An object without rows is not stored. */
const objectOf = (key: string, { index, rows, size }: SampleObject): MonthObject =>
  ({ key, size: rows === 0 ? 0 : size, rows, index })

export const addPart = Effect.fn("MonthStore.addPart")(function*<E, R>(
  db: Database,
  bucket: R2Bucket,
  build: Build,
  stream: Stream.Stream<Series, E, R>
) {
  const name: PartName = { site: build.site, month: build.month, build: build.build, part: build.parts.length }
  const { hours, samples } = yield* makeObjects(name, build.parts.at(-1)?.lastPoint ?? null, stream)
  const firstPoint = samples.pointNames[0]
  const lastPoint = samples.pointNames.at(-1)
  if (firstPoint === undefined || lastPoint === undefined) return Option.none<MonthPart>()
  const samplesKey = monthKey(name.site, name.month, name.build, name.part)
  const hoursKey = rollupKey(name.site, name.month, name.build, name.part)
  const isOurs = (yield* putPart(bucket, samplesKey, samples.bytes, describePart("month", name, samples))) &&
    (hours.rows === 0 || (yield* putPart(bucket, hoursKey, hours.bytes, describePart("rollup-1h", name, hours))))
  release(samples.bytes.buffer)
  release(hours.bytes.buffer)
  if (!isOurs) {
    // Another writer of this build put other objects. Its part counts if it was recorded; else the build is given up.
    const known = yield* Records.findPart(db, build, name.part)
    if (Option.isSome(known)) return known
    yield* Records.abandon(db, build)
    return yield* fail("addPart", samplesKey, `another object is stored there; build ${build.build} is given up`)
  }
  const recorded = yield* Records.recordPart(db, build, {
    part: name.part,
    firstPoint,
    lastPoint,
    samples: objectOf(samplesKey, samples),
    hours: objectOf(hoursKey, hours)
  })
  return Option.isSome(recorded) ? recorded : yield* fail("addPart", samplesKey, `build ${build.build} has ended`)
})

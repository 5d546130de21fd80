/**
 * `MonthStore` with its records in D1 and its objects, Parquet, in R2: docs/format-month.md.
 */
import { Effect, Layer, Option, Stream } from "effect"
import { type MonthObject, type MonthPart, monthKey, rollupKey } from "../../domain/tiers/months.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { release, releaseColumns } from "../../domain/samples/memory.ts"
import { rollUp } from "../../domain/answers/rollup.ts"
import type { Series } from "../../domain/samples/series.ts"
import { type Build, MonthStore } from "../../ports/MonthStore.ts"
import type { Database } from "../cloudflare/database.ts"
import { decodeSpan } from "../parquet/read/spans.ts"
import { describePart, type PartKind, type PartName } from "../parquet/format/part-description.ts"
import { verifyMonth } from "../parquet/verify/month.ts"
import { makeMonthBuilder } from "../parquet/write/month.ts"
import { MERGE_GAP } from "../parquet/read/plan.ts"
import { makeRollupBuilder } from "../parquet/write/rollup.ts"
import { decodeRollup } from "../parquet/read/rollup.ts"
import { verifyRollup } from "../parquet/verify/rollup.ts"
import type { SampleObject } from "../parquet/write/samples.ts"
import { checksumOf, deleteOld, fail, putPart, readPieces } from "./objects.ts"
import * as Records from "./records.ts"

/**
 * Bytes between the hours of two points that are not worth a second request: R2 sends them in the time that it takes to
 * begin. A part has some 700 KB of hours, so that a few points of it are mostly one request.
 */
const HOURS_GAP = 262_144

interface Made {
  readonly samples: SampleObject
  readonly hours: SampleObject
}

/** Builds both objects of a part, then decodes and compares them. Holds one series and what is finished. */
const make = Effect.fnUntraced(function*<E, R>(name: PartName, after: string | null, stream: Stream.Stream<Series, E, R>) {
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
        hours.add({ point: series.point, ...rollup })
        releaseColumns(rollup)
      }
      return Effect.void
    }))
  const made: Made = { samples: samples.finish(), hours: hours.finish() }
  const mismatch = verifyMonth(name, made.samples) ?? verifyRollup(name, made.hours)
  return mismatch === undefined ? made : yield* fail("addPart", key, mismatch)
})

export const layer = (db: Database, bucket: R2Bucket): Layer.Layer<MonthStore> =>
  Layer.sync(MonthStore, () => {
    const records = Records.make(db)

    const put = (name: PartName, kind: PartKind, key: string, object: SampleObject) =>
      putPart(bucket, key, object.bytes, describePart(kind, name, object))

    const addPart = Effect.fn("MonthStore.addPart")(function*<E, R>(build: Build, stream: Stream.Stream<Series, E, R>) {
      const name: PartName = { site: build.site, month: build.month, build: build.build, part: build.parts.length }
      const { hours, samples } = yield* make(name, build.parts.at(-1)?.lastPoint ?? null, stream)
      const firstPoint = samples.pointNames[0]
      const lastPoint = samples.pointNames.at(-1)
      if (firstPoint === undefined || lastPoint === undefined) return Option.none<MonthPart>()
      const samplesKey = monthKey(name.site, name.month, name.build, name.part)
      const hoursKey = rollupKey(name.site, name.month, name.build, name.part)
      const ours = (yield* put(name, "month", samplesKey, samples)) && (yield* put(name, "rollup-1h", hoursKey, hours))
      release(samples.bytes.buffer)
      release(hours.bytes.buffer)
      if (!ours) {
        // Another writer of this build made the part otherwise: it stands, or nobody finished it and the build is lost.
        const known = yield* records.part(build, name.part)
        if (Option.isSome(known)) return known
        yield* records.abandon(build)
        return yield* fail("addPart", samplesKey, `another object stands there; build ${build.build} is given up`)
      }
      const objectOf = (key: string, { index, rows, size }: SampleObject): MonthObject => ({ key, size, rows, index })
      const recorded = yield* records.record(build, {
        part: name.part,
        firstPoint,
        lastPoint,
        samples: objectOf(samplesKey, samples),
        hours: objectOf(hoursKey, hours)
      })
      return Option.isSome(recorded) ? recorded : yield* fail("addPart", samplesKey, `build ${build.build} has ended`)
    })

    return MonthStore.of({
      months: records.months,
      begin: records.begin,
      addPart,
      publish: Effect.fn("MonthStore.publish")(function*(build, checksum) {
        const made = yield* checksumOf(bucket, build.parts.map(({ samples }) => samples))
        // An object that is gone is no reason to give up: the build may have been published, replaced and deleted.
        if (made !== null && made !== checksum) {
          yield* records.abandon(build)
          const key = monthKey(build.site, build.month, build.build, 0)
          return yield* fail("publish", key, `the month's samples have the checksum ${made}, those of its days ${checksum}`)
        }
        yield* deleteOld(bucket, build, yield* records.publish(build))
      }),
      readSamples: Effect.fn("MonthStore.readSamples")(function*(part, points, window) {
        const { bytes, found, gets } = yield* readPieces(bucket, "readSamples", part.samples, points, MERGE_GAP, (piece, head, span) =>
          decodeSpan(head, span, piece.span, new Set(piece.points), window))
        return { series: found.filter(({ timestamps }) => timestamps.length > 0), gets, bytes }
      }),
      readHours: Effect.fn("MonthStore.readHours")(function*(part, points, fields) {
        const { bytes, found, gets } = yield* readPieces(bucket, "readHours", part.hours, points, HOURS_GAP, (piece, head, span) => {
          const rollup = decodeRollup(head, span, fields)
          return piece.points.includes(rollup.point) ? [rollup] : []
        })
        return { rollups: found, gets, bytes }
      })
    })
  })

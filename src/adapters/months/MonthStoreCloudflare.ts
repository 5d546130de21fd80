/**
 * `MonthStore` with its records in D1 and its objects, Parquet, in R2: docs/format-month.md.
 */
import { Effect, Layer } from "effect"
import { type PointRollup, rollUp, rollupOfSome } from "../../domain/answers/rollup.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import { monthKey, type MonthPart } from "../../domain/tiers/months.ts"
import type { Window } from "../../domain/time/window.ts"
import { MonthStore } from "../../ports/MonthStore.ts"
import type { Database } from "../cloudflare/database.ts"
import { MERGE_GAP } from "../parquet/read/plan.ts"
import { decodeRollup } from "../parquet/read/rollup.ts"
import { decodeSpan } from "../parquet/read/spans.ts"
import { addPart } from "./add-part.ts"
import { checksumOf, deleteOld, fail, readSpans } from "./objects.ts"
import * as Records from "./records.ts"

/**
 * The hours of two points with at most so many bytes between them are fetched in one request: R2 sends these in the
 * time that a second request takes to begin. A part has some 700 KB of hours, so that a few points of it are mostly one
 * request.
 */
const HOURS_GAP = 262_144

const ALWAYS: Window = { start: -Infinity, end: Infinity }

const readSeries = (
  bucket: R2Bucket,
  operation: string,
  part: MonthPart,
  points: ReadonlyArray<string>,
  window: Window
) =>
  readSpans(bucket, { operation, object: part.samples, points, gap: MERGE_GAP }, (head, span, wanted) =>
    decodeSpan(head, span, wanted.span, new Set(wanted.points), window))

export const layer = (db: Database, bucket: R2Bucket): Layer.Layer<MonthStore> =>
  Layer.succeed(MonthStore, MonthStore.of({
    months: (site, window, points) => Records.findMonths(db, site, window, points),
    begin: (site, month, days) => Records.begin(db, site, month, days),
    addPart: (build, stream) => addPart(db, bucket, build, stream),

    publish: Effect.fn("MonthStore.publish")(function*(build, checksum) {
      const made = yield* checksumOf(bucket, build.parts.map(({ samples }) => samples))
      // Where an object is gone the build is not given up: it may have been published, replaced and deleted.
      if (made !== null && made !== checksum) {
        yield* Records.abandon(db, build)
        const key = monthKey(build.site, build.month, build.build, 0)
        const cause = `the checksum of the month's samples is ${made}, that of its days ${checksum}`
        return yield* fail("publish", key, cause)
      }
      yield* deleteOld(bucket, build, yield* Records.publish(db, build))
    }),

    readSamples: Effect.fn("MonthStore.readSamples")(function*(part, points, window) {
      const { bytes, found, gets } = yield* readSeries(bucket, "readSamples", part, points, window)
      return { series: found.filter(({ timestamps }) => timestamps.length > 0), gets, bytes }
    }),

    readHours: Effect.fn("MonthStore.readHours")(function*(part, points, fields) {
      const stored = yield* readSpans(
        bucket,
        { operation: "readHours", object: part.hours, points, gap: HOURS_GAP },
        (head, span, wanted) => {
          const rollup = decodeRollup(head, span, fields)
          return wanted.points.includes(rollup.point) ? [rollup] : []
        }
      )
      const { bytes, gets, passed } = stored
      if (passed.length === 0) return { rollups: stored.found, gets, bytes }
      const sparse = yield* readSeries(bucket, "readHours", part, passed, ALWAYS)
      const made = sparse.found.map((series): PointRollup => {
        const rollup = rollUp(series)
        return { point: series.point, ...rollupOfSome(fields, (field) => rollup[field]) }
      })
      const rollups = [...stored.found, ...made].sort((a, b) => comparePoints(a.point, b.point))
      return { rollups, gets: gets + sparse.gets, bytes: bytes + sparse.bytes }
    })
  }))

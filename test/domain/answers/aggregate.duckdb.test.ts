/**
 * Every aggregation against another implementation: DuckDB's SQL over the same random samples.
 */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import { aggregate, AGGREGATIONS } from "../../../src/domain/answers/aggregate.ts"
import { bucketEdges } from "../../../src/domain/answers/buckets.ts"
import { joinRows } from "../../../src/domain/answers/rollup.ts"
import { utc } from "../../../src/domain/time/zone.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { randomOf } from "../../random.ts"

const START = Date.UTC(2026, 2, 28)

/** The definitions in SQL, over `sample(t, value)` in [START, $end), by buckets of $width ms from each midnight. */
const SQL = (width: number, end: number) => `
  WITH ordered AS (
    SELECT t, value, lag(value) OVER w AS before, lag(t) OVER w AS before_t, lead(t, 1, ${end}) OVER w AS until,
      (t // ${DAY_MS}) * ${DAY_MS} + (t % ${DAY_MS} // ${width}) * ${width} AS bucket
    FROM sample WINDOW w AS (ORDER BY t)
  ), own AS (
    SELECT bucket, least(bucket + ${width}, (bucket // ${DAY_MS} + 1) * ${DAY_MS}, ${end}) AS bucket_end,
      avg(value) AS avg, min(value) AS min, max(value) AS max, sum(value) AS sum,
      count(*)::DOUBLE AS count, arg_min(value, t) AS first, arg_max(value, t) AS last,
      sum(CASE WHEN before IS NULL THEN NULL WHEN before - value < 0.01 * abs(before) OR value >= before
        THEN value - before ELSE value END) AS delta,
      sum(CASE WHEN before IS NULL THEN NULL ELSE t - before_t END) / 1000.0 AS seconds
    FROM ordered GROUP BY bucket
  ), held AS (
    SELECT own.bucket, sum(value * (least(until, bucket_end) - greatest(t, own.bucket))) /
      sum(least(until, bucket_end) - greatest(t, own.bucket)) AS twa
    FROM own JOIN ordered ON t < bucket_end AND until > own.bucket GROUP BY 1
  )
  SELECT bucket::DOUBLE AS bucket, avg, min, max, sum, count, first, last, delta, delta / seconds AS rate, twa
  FROM own JOIN held USING (bucket) ORDER BY bucket`

const isClose = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b), 1)

it("every aggregation equals DuckDB's SQL on the same samples", async () => {
  const random = randomOf(5)
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    for (let run = 0; run < 12; run++) {
      const timestamps: Array<number> = []
      for (let at = START + random.below(HOUR_MS); at < START + 3 * DAY_MS; at += random.integer(1, 20 * MINUTE_MS)) {
        timestamps.push(at)
      }
      const values = timestamps.map(() => (random.below(100_000) - 30_000) / 128)
      await connection.run("CREATE OR REPLACE TABLE sample (t BIGINT, value DOUBLE)")
      await connection.run(`INSERT INTO sample VALUES ${timestamps.map((at, i) => `(${at}, ${values[i]})`).join(",")}`)
      const window = { start: START, end: START + 3 * DAY_MS - random.below(HOUR_MS) }
      await connection.run(`DELETE FROM sample WHERE t >= ${window.end}`)
      const kept = timestamps.filter((at) => at < window.end).length
      const columns = {
        timestamps: Float64Array.from(timestamps.slice(0, kept)),
        values: Float64Array.from(values.slice(0, kept))
      }
      const width = random.pick([MINUTE_MS, 17 * MINUTE_MS, HOUR_MS, DAY_MS])
      const edges = bucketEdges(window, width, utc)
      const got = aggregate(joinRows(columns, [], []), edges, window, AGGREGATIONS)
      const rows = (await connection.runAndReadAll(SQL(width, window.end))).getRowObjects()
      const filled = [...edges.keys()].filter((i) => (got[AGGREGATIONS.indexOf("count")]?.[i] ?? NaN) > 0)
      assert.strictEqual(filled.length, rows.length)
      for (const [k, row] of rows.entries()) {
        const i = filled[k] ?? -1
        assert.strictEqual(edges[i], row["bucket"])
        for (const [a, name] of AGGREGATIONS.entries()) {
          const ours = got[a]?.[i] ?? NaN
          const theirs = row[name] === null ? NaN : Number(row[name])
          assert.isTrue(isClose(ours, theirs), `${name} of ${width} ms at ${edges[i]}: ${ours}, DuckDB says ${theirs}`)
        }
      }
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
})

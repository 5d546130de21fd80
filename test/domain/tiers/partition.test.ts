import { assert, it } from "@effect/vitest"
import { Option } from "effect"
import { dayOf, dayStart, monthOf } from "../../../src/domain/time/calendar.ts"
import { parsePartitionKey, partitionComplaint, partitionKey } from "../../../src/domain/tiers/partition.ts"
import { forSeeds } from "../../random.ts"

const day = dayOf(Date.UTC(2026, 10, 23))

it("has one key, which leads back", () => {
  assert.strictEqual(partitionKey({ site: "plant-1", day }), "timeseries/2026/11/23/plant-1.parquet")
  forSeeds(500, (random) => {
    const letters = [..."ab.% -_ö", "😀", "parquet", ".parquet"]
    const site = `s${Array.from({ length: random.integer(0, 6) }, () => random.pick(letters)).join("")}`.replaceAll("..", "")
    const partition = { site, day: random.integer(0, 60_000) }
    const key = partitionKey(partition)
    assert.deepStrictEqual(parsePartitionKey(key), Option.some(partition))
  })
})

it("knows the keys that it would not have made", () => {
  const keys = [
    "",
    "timeseries/2026/11/23/.parquet",
    "timeseries/2026/11/23/a/b.parquet",
    "timeseries/2026/11/23/a.parquet.tmp",
    "timeseries/2026/02/30/a.parquet",
    "timeseries/2026/1/3/a.parquet",
    "timeseries/2026/11/23/...parquet",
    "timeseries/2026/11/23/a\\b.parquet",
    "timeseries/a/2026/11/23.parquet",
    "monthly/2026/11/23/a.parquet",
    "/timeseries/2026/11/23/a.parquet"
  ]
  for (const key of keys) assert.deepStrictEqual(parsePartitionKey(key), Option.none(), key)
})

it("finds the first day of a month", () => {
  forSeeds(500, (random) => {
    const some = random.integer(-10_000, 100_000)
    const date = new Date(dayStart(some))
    assert.strictEqual(dayStart(monthOf(some)), Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1))
  })
})

it("says why a series may not stand in the object of its day", () => {
  const start = dayStart(day)
  const series = (point: string, ...timestamps: ReadonlyArray<number>) => ({
    point,
    timestamps: Float64Array.from(timestamps),
    values: new Float64Array(timestamps.length)
  })
  assert.isUndefined(partitionComplaint(day, null, series("a", start, dayStart(day + 1) - 1)))
  assert.isUndefined(partitionComplaint(day, "a", series("b")))
  assert.match(partitionComplaint(day, "b", series("a", start)) ?? "", /comes after "b"/)
  assert.match(partitionComplaint(day, "a", series("a", start)) ?? "", /comes after "a"/)
  assert.match(partitionComplaint(day, null, series("a", start, start)) ?? "", /do not ascend/)
  assert.match(partitionComplaint(day, null, series("a", NaN)) ?? "", /do not ascend/)
  assert.match(partitionComplaint(day, null, series("a", start - 1)) ?? "", /outside 2026-11-23/)
  assert.match(partitionComplaint(day, null, series("a", start, dayStart(day + 1))) ?? "", /outside 2026-11-23/)
  assert.match(partitionComplaint(day, null, { ...series("a", start), values: new Float64Array(0) }) ?? "", /1 timestamps and 0/)
})

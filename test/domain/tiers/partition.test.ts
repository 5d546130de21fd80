/**
 * Partition keys: one key for each site and day, which leads back to them, and no other key does. Sites are drawn from
 * pieces that could be mistaken for a part of the key.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Option } from "effect"
import type { Series } from "../../../src/domain/samples/series.ts"
import { dayOf, dayStart } from "../../../src/domain/time/calendar.ts"
import {
  parseLegacyKey,
  parsePartitionKey,
  partitionComplaint,
  partitionKey
} from "../../../src/domain/tiers/partition.ts"
import { integer, oneOf, property } from "../../properties.ts"
import { seriesAt } from "../../samples.ts"

const day = dayOf(Date.UTC(2026, 10, 23))

const site = Arbitrary.array(oneOf([..."ab.% -_ö", "😀", "parquet", ".parquet"]), { maxLength: 6 }).pipe(
  Arbitrary.map((pieces) => `s${pieces.join("")}`.replaceAll("..", ""))
)

it("is timeseries/, the date, and the site", () => {
  assert.strictEqual(partitionKey({ site: "plant-1", day }), "timeseries/2026/11/23/plant-1.parquet")
})

property("has one key, which leads back, and not by way of the older layout",
  Arbitrary.all({ site, day: integer(0, 60_000) }), (partition) => {
    const key = partitionKey(partition)
    assert.deepStrictEqual(parsePartitionKey(key), Option.some(partition))
    assert.deepStrictEqual(parseLegacyKey(key), Option.none())
  }, 1_000)

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

it("says why a series may not stand in the object of its day", () => {
  const [start, end] = [dayStart(day), dayStart(day + 1)]
  const at = (point: string, ...timestamps: ReadonlyArray<number>) => seriesAt(point, timestamps, () => 0)
  const complaint = (previous: string | null, one: Series) => partitionComplaint(day, previous, one) ?? ""
  assert.strictEqual(complaint(null, at("a", start, end - 1)), "")
  assert.strictEqual(complaint("a", at("b")), "")
  assert.match(complaint("b", at("a", start)), /comes after "b"/)
  assert.match(complaint("a", at("a", start)), /comes after "a"/)
  assert.match(complaint(null, at("a", start, start)), /do not ascend/)
  assert.match(complaint(null, at("a", NaN)), /do not ascend/)
  assert.match(complaint(null, at("a", start - 1)), /outside 2026-11-23/)
  assert.match(complaint(null, at("a", start, end)), /outside 2026-11-23/)
  assert.match(complaint(null, { ...at("a", start), values: new Float64Array(0) }), /1 timestamps and 0/)
})

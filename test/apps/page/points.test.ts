/**
 * Points are found by any of their words, are drawn by what they are, and open with something worth seeing.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Point } from "../../../src/apps/page/api.ts"
import { kindOf, titleOf } from "../../../src/apps/page/points/kind.ts"
import { indexPoints, searchPoints } from "../../../src/apps/page/points/search.ts"
import { type Grouping, treeRows } from "../../../src/apps/page/points/tree.ts"
import { readSaved, withSaved } from "../../../src/apps/page/panel/saved-views.ts"
import { startPoints } from "../../../src/apps/page/points/start.ts"
import { ageText, numberText, unitText } from "../../../src/apps/page/points/units.ts"

const point = (point_name: string, more: Partial<Point> = {}): Point => ({
  point_name,
  unit: null,
  device: null,
  description: null,
  interval_seconds: null,
  tags: [],
  collected: true,
  first_timestamp: 1,
  last_timestamp: 2,
  ...more
})

const points = [
  point("s/1/analogInput/0", { description: "Return Air Temp", unit: "degreesFahrenheit", device: "AHU-1" }),
  point("s/1/analogInput/1", { description: "Air Flow", unit: "cubicFeetPerMinute", device: "VAV-1", tags: ["zone"] }),
  point("s/1/analogInput/2", { description: "Supply Fan Power", unit: "kilowatts", device: "AHU-1" })
]

describe("search", () => {
  const search = (words: string) =>
    searchPoints(indexPoints(points), words).map(({ point }) => point.point_name.slice(-1)).join("")

  it("takes words of name, unit, device, description and tags, in any order and case", () => {
    assert.strictEqual(search(""), "012")
    assert.strictEqual(search("ahu-1 POWER"), "2")
    assert.strictEqual(search("cfm"), "1")
    assert.strictEqual(search("°f"), "0")
    assert.strictEqual(search("zone flow"), "1")
    assert.strictEqual(search("fahrenheit flow"), "")
  })

  it("puts first whose title begins with the words", () => {
    assert.strictEqual(search("air"), "10")
  })
})

describe("the tree of points", () => {
  const index = indexPoints([
    point("demo/plant/a/ai/0", { device: "AHU-1" }),
    point("demo/plant/a/ai/1", { device: "AHU-1" }),
    point("demo/plant/b/ai/0", { device: null })
  ])
  const lines = (grouping: Grouping, ...open: ReadonlyArray<string>) =>
    treeRows(index, grouping, new Set(open)).map((row) =>
      "  ".repeat(row.depth) + (row.kind === "group" ? `${row.title} ${row.count}` : row.found.point.point_name)
    )

  it("groups by device, and by the parts of the name with chains in one row", () => {
    assert.deepStrictEqual(lines("list"), index.map(({ point }) => point.point_name))
    assert.deepStrictEqual(lines("device", "/AHU-1"), [
      "AHU-1 2",
      "  demo/plant/a/ai/0",
      "  demo/plant/a/ai/1",
      "no device 1"
    ])
    assert.deepStrictEqual(lines("name"), ["demo/plant 3"])
    assert.deepStrictEqual(lines("name", "/demo/plant", "/demo/plant/b/ai"), [
      "demo/plant 3",
      "  a/ai 2",
      "  b/ai 1",
      "    demo/plant/b/ai/0"
    ])
  })
})

describe("saved views", () => {
  it("are sorted, replaced by name, and survive what another hand left", () => {
    const views = withSaved(withSaved([], { name: "b", search: "?1" }), { name: "a", search: "?2" })
    assert.deepStrictEqual(withSaved(views, { name: "b", search: "?3" }), [
      { name: "a", search: "?2" },
      { name: "b", search: "?3" }
    ])
    assert.deepStrictEqual(readSaved(JSON.stringify([...views, 7, null, { name: 1 }])), views)
    for (const broken of [null, "", "{", "{}", "null"]) assert.deepStrictEqual(readSaved(broken), [])
  })
})

describe("kinds", () => {
  it("are told from names, units and descriptions", () => {
    const kinds = {
      state: [point("s/binaryInput/3"), point("s/multiStateValue/1")],
      held: [point("s/analogValue/3", { description: "Zone Temp Setpoint" }), point("s/ZN-SP")],
      total: [point("a", { unit: "kilowattHours" }), point("a", { description: "Fan Run Hours" })],
      line: [point("a", { unit: "cubicFeetPerMinute" }), point("s/analogInput/1", { description: "Spare" })]
    }
    for (const [kind, all] of Object.entries(kinds)) {
      for (const one of all) assert.strictEqual(kindOf(one), kind, one.point_name + one.description)
    }
  })

  it("a point without a description is called by the end of its name", () => {
    assert.strictEqual(titleOf(point("s/6000:1/analogInput/7")), "analogInput/7")
  })
})

it("a site opens with points of different devices that have data, temperatures first", () => {
  const silent = point("s/silent", { last_timestamp: null, unit: "degreesCelsius" })
  assert.deepStrictEqual(startPoints([silent, ...points.toReversed()]), [
    "s/1/analogInput/0",
    "s/1/analogInput/1",
    "s/1/analogInput/2"
  ])
})

it("units, numbers and ages are short", () => {
  assert.deepStrictEqual(["kilowattHours", "noUnits", "squareFeet", null].map(unitText), ["kWh", "", "square feet", ""])
  assert.deepStrictEqual(
    [21.456789, 12345.678, 0, -0.00001234, null, NaN].map(numberText),
    ["21.457", "12,345.7", "0", "-1.234e-5", "–", "–"]
  )
  const ages = [10_000, 59 * 60_000, 3 * 3_600_000, 72 * 3_600_000]
  assert.deepStrictEqual(ages.map(ageText), ["now", "59 min", "3 h", "3 d"])
})

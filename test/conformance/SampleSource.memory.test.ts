/** The memory adapter keeps the laws of `SampleSource`: three points whose timestamps coincide or nearly do. */
import * as SampleSourceMemory from "../../src/adapters/memory/SampleSourceMemory.ts"
import { MINUTE_MS } from "../../src/domain/time/calendar.ts"
import { type Series, sliceColumns } from "../../src/domain/samples/series.ts"
import { StalledCursor } from "../../src/ports/SampleSource.ts"
import { seriesAt } from "../samples.ts"
import { suite } from "./SampleSource.ts"

const site = "plant-1"
const window = { start: 1_786_000_000_000, end: 1_786_000_000_000 + 240 * MINUTE_MS }
const points = ["demo/a", "demo/b", "Demo/b"]
const minutes = Array.from({ length: 240 }, (_, i) => window.start + i * MINUTE_MS)
const held: ReadonlyArray<Series> = points.map((point, index) => {
  const timestamps = minutes.map((at, i) => at + (i % 3 === 0 ? 0 : index * 37))
  return seriesAt(point, timestamps, (i) => Math.fround(20 + index + i * 0.01))
})

const source = SampleSourceMemory.make({ pageSize: 50 })
source.add(site, held)

suite("memory", {
  layer: source.layer,
  site,
  points,
  now: window.end,
  window,
  truth: (point, part) => sliceColumns(held[points.indexOf(point)] as Series, part),
  spoilRows: () =>
    source.addRows(site, [null, "NaN", "overridden"].map((value, i) => ({
      point: "demo/a",
      timestamp: window.start + i * MINUTE_MS + 1,
      value
    }))),
  stall: () => {
    source.faults.failPages = new StalledCursor({ cursor: "memory" })
    source.faults.failAfterPages = 1
  },
  clearFaults: () => {
    source.faults.failPages = null
    source.faults.failAfterPages = 0
  }
})

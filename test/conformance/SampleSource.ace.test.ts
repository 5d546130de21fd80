import { Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import * as SampleSourceAce from "../../src/adapters/ace/SampleSourceAce.ts"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import { DEVELOPMENT_KEY, simulator, type SimulatorOptions } from "../../src/apps/ace-simulator/simulator.ts"
import { HOUR_MS } from "../../src/domain/calendar.ts"
import { suite } from "./SampleSource.ts"

const NOW = 1_786_060_800_000

const run = (name: string, pageSize: number, options: SimulatorOptions) => {
  const building = simulator({ ...options, pointsPerSite: 140, now: () => NOW })
  const site = "plant-1"
  suite(name, {
    layer: SampleSourceAce.layer({
      baseUrl: "http://ace.test/api/",
      key: Redacted.make(DEVELOPMENT_KEY),
      requestsPerMinute: 1e9,
      maxRetries: 0,
      timeoutMs: 60_000,
      pageSize,
      pointSelection: "all"
    }).pipe(
      Layer.provide([
        JobStateMemory.layer,
        FetchHttpClient.layer.pipe(
          Layer.provide(Layer.succeed(FetchHttpClient.Fetch, (input, init) => building.fetch(new Request(input, init))))
        )
      ])
    ),
    site,
    points: building.points(site),
    now: NOW,
    window: { start: NOW - 5 * HOUR_MS, end: NOW - HOUR_MS },
    truth: (point, window) => building.truth(site, point, window),
    spoilRows: () => building.setFaults({ nulls: 0.02, nans: 0.02, texts: 0.02, duplicates: 0.05, unordered: { rate: 0.5 } }),
    stall: () => building.setFaults({ stalled: { rate: 1 } }),
    clearFaults: () => building.setFaults({})
  })
}

run("ACE with its cursor bug", 100, { cursors: "buggy" })
run("ACE without the bug, end included", 1_000, { cursors: "correct", endInclusive: true })
run("ACE with opaque cursors", 500, { cursors: "opaque" })

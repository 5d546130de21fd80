/**
 * The ACE adapter over the simulator's fetch handler, in Node and in workerd alike.
 */
import { Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import * as SampleSourceAce from "../../src/adapters/ace/SampleSourceAce.ts"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import {
  DEVELOPMENT_KEY,
  type Simulator,
  simulator,
  type SimulatorOptions
} from "../../src/apps/ace-simulator/simulator.ts"
import { HOUR_MS } from "../../src/domain/time/calendar.ts"
import type { Harness } from "./SampleSource.ts"

/** 2026-08-07T00:00:00Z */
export const NOW = 1_786_060_800_000

/** The adapter, asking the given handler instead of the network. */
export const aceLayer = (fetch: Simulator["fetch"], options: Partial<SampleSourceAce.AceOptions> = {}) =>
  SampleSourceAce.layer({
    baseUrl: "http://ace.test/api/",
    key: Redacted.make(DEVELOPMENT_KEY),
    requestsPerMinute: 1e9,
    maxRetries: 0,
    timeoutMs: 60_000,
    pageSize: 1_000,
    pointSelection: "all",
    ...options
  }).pipe(
    Layer.provide([
      JobStateMemory.layer,
      FetchHttpClient.layer.pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, (input, init) => fetch(new Request(input, init))))
      )
    ])
  )

export const aceHarness = (pageSize: number, options: SimulatorOptions): Harness => {
  const building = simulator({ ...options, pointsPerSite: 140, now: () => NOW })
  const site = "plant-1"
  return {
    layer: aceLayer(building.fetch, { pageSize }),
    site,
    points: building.points(site),
    now: NOW,
    window: { start: NOW - 3 * HOUR_MS, end: NOW - HOUR_MS },
    truth: (point, window) => building.truth(site, point, window),
    spoilRows: () =>
      building.setFaults({ nulls: 0.02, nans: 0.02, texts: 0.02, duplicates: 0.05, unordered: { rate: 0.5 } }),
    stall: () => building.setFaults({ stalled: { rate: 1 } }),
    clearFaults: () => building.setFaults({})
  }
}

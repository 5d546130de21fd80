/**
 * Proves that a sync which crashes, or whose port fails, at any call loses nothing, doubles nothing and says so: the
 * same history is played once for each call that its run makes, with a fault at that call and clean runs after it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import { syncSite } from "../../../src/apps/etl/program.ts"
import { countSamples, type Series } from "../../../src/domain/samples/series.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { hotStore } from "../../hot-store.ts"
import { assertSameSeries, everything, type Sample, series } from "../../samples.ts"
import { type Fault, makePorts, PLANNED, type Ports, SITE } from "./faults.ts"

const FAULTS: ReadonlyArray<Fault> = ["crash before", "crash after", "fail before", "fail after"]
const DAY = 20_000
const MIDNIGHT = (DAY + 1) * DAY_MS
const options = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 60_000, cutOffMs: Infinity }

const sync = syncSite(SITE, options)

/** Two points that have these samples. */
const both = (samples: ReadonlyArray<Sample>): ReadonlyArray<Series> =>
  ["a", "b"].map((point) => series(point, samples))

const first: ReadonlyArray<Sample> = [[MIDNIGHT - 5 * HOUR_MS, 1], [MIDNIGHT - 4 * HOUR_MS, 2], [MIDNIGHT - HOUR_MS, 3]]

const beginFirst = Effect.fnUntraced(function*({ source }: Ports) {
  yield* TestClock.setTime(MIDNIGHT - HOUR_MS + MINUTE_MS)
  source.add(SITE, both(first))
  return both(first)
})

// The day has closed: a late row of it, a corrected value in the overlap, a silence that is over only while the run
// asks, and a tail that is due.
const beginSecond = Effect.fnUntraced(function*(ports: Ports) {
  yield* beginFirst(ports)
  yield* sync
  yield* TestClock.setTime(MIDNIGHT + 4 * HOUR_MS + MINUTE_MS)
  const later: ReadonlyArray<Sample> = [
    [MIDNIGHT - DAY_MS + MINUTE_MS, 7],
    [MIDNIGHT - HOUR_MS, -0],
    [MIDNIGHT + MINUTE_MS, 4],
    [MIDNIGHT + 2 * HOUR_MS, 5],
    [MIDNIGHT + 4 * HOUR_MS, 6]
  ]
  ports.source.add(SITE, both(later))
  ports.faults.silences = 2
  return both([...new Map([...first, ...later])].sort(([one], [other]) => one - other))
})

/** Runs until the closed day has been read again. */
const runOn = Effect.gen(function*() {
  for (let run = 0; run < 14; run++) {
    yield* TestClock.adjust("5 minutes")
    assert.notStrictEqual((yield* sync).status, "failed")
  }
})

const assertStored = Effect.fnUntraced(function*(truth: ReadonlyArray<Series>, note: string) {
  const hot = yield* hotStore
  assertSameSeries((yield* hot.reads.snapshot(SITE, ["a", "b"], everything)).hot, truth, note)
  for (const { day } of yield* hot.days.list(SITE)) yield* hot.days.compact(SITE, day)
  const held = (yield* hot.days.list(SITE)).reduce((sum, { samples }) => sum + (samples ?? 0), 0)
  assert.strictEqual(held, countSamples(truth), note)
})

type Begin = (ports: Ports) => ReturnType<typeof beginSecond>

/** Plays the history with a fault at one call; answers which call that was, null where the run has fewer. */
const play = Effect.fnUntraced(function*(begin: Begin, at: number, fault: Fault) {
  const ports = makePorts()
  return yield* Effect.gen(function*() {
    const truth = yield* begin(ports)
    ports.restart(at, fault)
    const exit = yield* Effect.exit(sync)
    const { hit } = ports.faults
    ports.restart()
    const note = `${fault} call ${at}: ${hit}`
    const [logged] = yield* (yield* JobState).runs("sync", 1)
    if (hit !== null && (fault.startsWith("crash") || hit === "logRun")) {
      assert.isTrue(Exit.isFailure(exit), note)
    } else if (hit !== null) {
      // Descriptions of points can wait; whatever else fails, the run has failed.
      assert.strictEqual(logged?.status, hit === "points" ? "warning" : "failed", note)
      assert.include(logged?.reason, PLANNED, note)
    }
    yield* runOn
    yield* assertStored(truth, note)
    return hit
  }).pipe(Effect.provide(ports.layer))
})

describe("a sync with a fault at any port call", () => {
  for (const [name, begin] of [["first", beginFirst], ["second", beginSecond]] as const) {
    for (const fault of FAULTS) {
      it.effect(`laws 1 and 7: the ${name} run of a site, ${fault} each call`, () =>
        Effect.gen(function*() {
          const hits: Array<string> = []
          for (let hit = yield* play(begin, 1, fault); hit !== null; hit = yield* play(begin, hits.length + 1, fault)) {
            hits.push(hit)
          }
          assert.sameMembers([...new Set(hits)], [
            "watermark",
            "advanceWatermark",
            "rereading",
            "saveRereading",
            "points",
            "registerPoints",
            "takeFence",
            "pages",
            "recent",
            "append",
            "catalog",
            "days",
            "compact",
            "logRun"
          ])
        }))
    }
  }
})

/**
 * Proves that many sites of one Worker share the time, and that each has its turn even if others fail, hang or are
 * slow: by sources whose pages take time on the test's clock.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as SampleSourceMemory from "../../../src/adapters/memory/SampleSourceMemory.ts"
import { syncAll } from "../../../src/apps/etl/program.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { hotStore } from "../../hot-store.ts"
import { JobState, JobStateError } from "../../../src/ports/JobState.ts"
import { BadCredentials, SampleSource, SampleSourceError } from "../../../src/ports/SampleSource.ts"
import { seriesAt } from "../../samples.ts"

const NOON = 20_000 * DAY_MS + 12 * HOUR_MS
const OPTIONS = { overlapMs: 15 * MINUTE_MS, lateMs: 7 * DAY_MS, timeoutMs: 20_000 }

/** What becomes of a page that a site is asked for, before it is answered. */
type Before = (site: string) => Effect.Effect<void, SampleSourceError>

const makeWorld = (sites: ReadonlyArray<string>, before: Before) => {
  const source = SampleSourceMemory.make({ sites })
  const asked = Layer.effect(
    SampleSource,
    Effect.map(
      SampleSource,
      (inner) =>
        SampleSource.of({
          ...inner,
          pages: (site, window) => Stream.unwrap(Effect.as(before(site), inner.pages(site, window)))
        })
    )
  ).pipe(Layer.provide(source.layer))
  const add = (site: string, ...at: ReadonlyArray<number>) =>
    source.add(site, [seriesAt("p", at, (i) => i)])
  return { add, layer: Layer.mergeAll(asked, HotStoreMemory.layer, JobStateMemory.layer) }
}

const stored = Effect.fnUntraced(function*(site: string) {
  const { hot } = yield* (yield* hotStore).reads.snapshot(site, ["p"], { start: 0, end: NOON * 2 })
  return [...hot[0]?.timestamps ?? []]
})

const takes = (seconds: Readonly<Record<string, number>>): Before => (site) =>
  TestClock.adjust((seconds[site] ?? 0) * 1_000)

it.effect("law 7: one that fails, dies or cannot report leaves the others their turn, and the run says so", () => {
  const { add, layer } = makeWorld(["refused", "dies", "mute", "sound"], (site) =>
    site === "refused"
      ? Effect.fail(
        new SampleSourceError({ operation: "pages", site, reason: new BadCredentials({ status: 401, detail: "no" }) })
      )
      : site === "dies"
      ? Effect.die(new Error("a fault of ours"))
      : Effect.void)
  return Effect.gen(function*() {
    const jobs = yield* JobState
    const lost = new JobStateError({ operation: "logRun", subject: "mute", cause: new Error("down") })
    const forgetful = JobState.of({
      ...jobs,
      logRun: (report) => report.site === "mute" ? Effect.fail(lost) : jobs.logRun(report)
    })
    yield* TestClock.setTime(NOON)
    for (const site of ["refused", "dies", "mute", "sound"]) add(site, NOON - MINUTE_MS)
    const exit = yield* syncAll(["refused", "dies", "mute", "sound"], OPTIONS)
      .pipe(
        Effect.provideService(JobState, forgetful),
        Effect.exit
      )
    assert.deepStrictEqual(exit, Exit.fail(lost))
    assert.deepStrictEqual(yield* stored("sound"), [NOON - MINUTE_MS])
    assert.deepStrictEqual(
      (yield* jobs.runs("sync", 9)).map(({ site, status }) => `${site} ${status}`).sort(),
      ["dies failed", "refused failed", "sound completed"]
    )
  }).pipe(Effect.provide(layer))
})

it.effect("they share the time: a slow one with a backlog takes its part, and what those before it left", () => {
  const backlog = Array.from({ length: 12 }, (_, hour) => NOON - (12 - hour) * HOUR_MS)
  const slices = (sites: ReadonlyArray<string>) => {
    const { add, layer } = makeWorld(sites, takes({ slow: 10, quick: 1 }))
    return Effect.gen(function*() {
      yield* TestClock.setTime(NOON)
      add("slow", ...backlog)
      add("quick", NOON - MINUTE_MS)
      const reports = yield* syncAll(sites, { ...OPTIONS, timeoutMs: 60_000 })
      assert.deepStrictEqual(reports.map(({ site }) => site), sites)
      assert.deepStrictEqual(yield* stored("quick"), [NOON - MINUTE_MS])
      const slow = reports.find(({ site }) => site === "slow")
      assert.match(slow?.reason ?? "", /out of time at/)
      return (yield* stored("slow")).length
    }).pipe(Effect.provide(layer))
  }
  return Effect.gen(function*() {
    const [first, last] = [yield* slices(["slow", "quick"]), yield* slices(["quick", "slow"])]
    // Half of 60 s, and all that is left of them.
    assert.isBelow(first, last)
    assert.isAtMost(first, 4)
    assert.isBelow(last, backlog.length)
  })
})

it.effect("one that hangs is cut off, says so, and the next has its turn", () => {
  const { add, layer } = makeWorld(["hangs", "sound"], (site) => site === "hangs" ? Effect.never : Effect.void)
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    add("sound", NOON - MINUTE_MS)
    const run = yield* Effect.forkChild(syncAll(["hangs", "sound"], OPTIONS))
    yield* TestClock.adjust("7 minutes")
    const [hung, sound] = yield* Fiber.join(run)
    assert.deepStrictEqual([hung?.status, sound?.status], ["failed", "completed"])
    assert.match(hung?.reason ?? "", /^cut off after 420 s/)
    assert.deepStrictEqual(yield* stored("sound"), [NOON - MINUTE_MS])
  }).pipe(Effect.provide(layer))
})

it.effect("a silence is passed however little time there is: else every run would begin it anew", () => {
  const { add, layer } = makeWorld(["plant"], takes({ plant: 5 }))
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    add("plant", NOON - MINUTE_MS)
    yield* syncAll(["plant"], { ...OPTIONS, timeoutMs: 1_000 })
    yield* TestClock.setTime(NOON + 9 * DAY_MS)
    add("plant", NOON + 9 * DAY_MS - MINUTE_MS)
    yield* syncAll(["plant"], { ...OPTIONS, timeoutMs: 1_000 })
    assert.deepStrictEqual(yield* stored("plant"), [NOON - MINUTE_MS, NOON + 9 * DAY_MS - MINUTE_MS])
  }).pipe(Effect.provide(layer))
})

it.effect("where a source takes all the time, the tail is compacted and the past is read again all the same", () => {
  const { add, layer } = makeWorld(["plant"], takes({ plant: 30 }))
  return Effect.gen(function*() {
    yield* TestClock.setTime(NOON)
    const late = NOON - 8 * HOUR_MS - 1
    add("plant", NOON - 7 * HOUR_MS, NOON - MINUTE_MS)
    let lateRows = 0
    let behind = Infinity
    for (let run = 0; run < 24; run++) {
      const [report] = yield* syncAll(["plant"], { ...OPTIONS, timeoutMs: 1_000 })
      if (behind > 0 && report?.counts.behindMinutes === 0) add("plant", late)
      behind = Math.min(behind, report?.counts.behindMinutes ?? Infinity)
      lateRows += report?.counts.lateRows ?? 0
    }
    assert.strictEqual(lateRows, 1)
    assert.include(yield* stored("plant"), late)
    const days = yield* (yield* hotStore).days.list("plant")
    assert.isTrue(days.every(({ pendingSince }) => pendingSince === null || pendingSince > NOON - 4 * HOUR_MS))
  }).pipe(Effect.provide(layer))
})

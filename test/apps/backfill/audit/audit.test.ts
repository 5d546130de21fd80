/**
 * Proves what an audit finds, over both tiers; that its steps together find what one does; and that a crash or a
 * failure at any port call loses no finding and changes nothing.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import { auditStep } from "../../../../src/apps/backfill/audit/program.ts"
import { DAY_MS } from "../../../../src/domain/time/calendar.ts"
import type { Window } from "../../../../src/domain/time/window.ts"
import { JobState } from "../../../../src/ports/JobState.ts"
import {
  addDense,
  COLD_DAY,
  DIFFERENCES,
  type Fault,
  fill,
  HOT_DAY,
  makePorts,
  PLANNED,
  SITE,
  stored
} from "./world.ts"

const RANGE = { start: COLD_DAY * DAY_MS, end: (HOT_DAY + 1) * DAY_MS }
const NOW = (HOT_DAY + 3) * DAY_MS
const options = { lateMs: 7 * DAY_MS, timeoutMs: 60_000 }

const begin = Effect.andThen(TestClock.setTime(NOW), fill)

type Step = Effect.Success<ReturnType<typeof auditStep>>

/** Steps until nothing is left. */
const runAll = Effect.fnUntraced(function*(range: Window, over = options) {
  const steps: Array<Step> = []
  for (let from: number | null = range.start; from !== null; from = steps.at(-1)?.next ?? null) {
    assert.isBelow(steps.length, 100)
    steps.push(yield* auditStep(SITE, { ...range, start: from }, over))
  }
  return steps
})

/** The findings of steps together, in the order of {@link DIFFERENCES}. */
const together = (steps: ReadonlyArray<Step>) => {
  const found = new Map<string, typeof DIFFERENCES[number]>()
  for (const { differing, day, extra, missing, point } of steps.flatMap(({ points }) => points)) {
    const before = found.get(`${day} ${point}`) ?? { missing: 0, differing: 0, extra: 0 }
    found.set(`${day} ${point}`, {
      day,
      point,
      missing: before.missing + missing,
      differing: before.differing + differing,
      extra: before.extra + extra
    })
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, one]) => one)
}

it.effect("law 2: finds what is missing, differs or is extra, of each day and point, hot above cold", () => {
  const { layer } = makePorts()
  return Effect.gen(function*() {
    yield* begin
    const before = yield* stored
    const { days, next, points, report } = yield* auditStep(SITE, RANGE, options)
    assert.isNull(next)
    assert.deepStrictEqual(together([{ points } as Step]), DIFFERENCES)
    assert.deepStrictEqual(days.map(({ cure, day, sourceSamples, storedSamples }) =>
      [day, sourceSamples, storedSamples, cure]), [[COLD_DAY, 48, 45, "backfill"], [HOT_DAY, 48, 46, "reread"]])
    assert.strictEqual(report.status, "warning")
    assert.strictEqual(
      report.reason,
      "6 samples are missing and 2 have another value at the source; " +
        "2024-10-05: a sync reads it again before it is 7 days old (LATE_DAYS), or backfill it; " +
        "2024-10-04: POST /backfill/start with force_restart, for no sync reads it again; " +
        "1 stored samples are no longer at the source"
    )
    assert.deepStrictEqual(yield* stored, before)
    assert.deepStrictEqual(yield* (yield* JobState).runs("audit", 9), [report])
  }).pipe(Effect.provide(layer))
})

it.effect("is completed where nothing differs, and a warning where the source has nothing", () => {
  const { layer, source } = makePorts()
  return Effect.gen(function*() {
    yield* begin
    const hour = { start: HOT_DAY * DAY_MS + DAY_MS / 2, end: HOT_DAY * DAY_MS + DAY_MS / 2 + 1 }
    const same = yield* auditStep(SITE, hour, options)
    assert.deepStrictEqual([same.report.status, same.report.reason, same.points], ["completed", "", []])
    source.faults.silent = true
    const silent = yield* auditStep(SITE, RANGE, options)
    assert.strictEqual(silent.report.status, "warning")
    assert.include(silent.report.reason, "the source has no samples, 91 are stored")
  }).pipe(Effect.provide(layer))
})

it.effect("a step ends when its time is over, always after a window, and the next goes on there", () => {
  const { layer } = makePorts()
  return Effect.gen(function*() {
    yield* begin
    const steps = yield* runAll(RANGE, { ...options, timeoutMs: -1 })
    assert.isAbove(steps.length, 20)
    assert.deepStrictEqual(together(steps), DIFFERENCES)
    assert.include(steps[0]?.report.reason, "the next step goes on at 2024-10-04T01:00:00.000Z")
  }).pipe(Effect.provide(layer))
})

describe("with a fault at any port call", () => {
  for (const fault of ["crash", "fail"] as ReadonlyArray<Fault>) {
    it.effect(`laws 1 and 7: ${fault} each call: nothing changes, no finding is lost, and a failure is reported`, () =>
      Effect.gen(function*() {
        const ports = makePorts()
        const hits = new Set<string>()
        yield* Effect.gen(function*() {
          yield* begin
          const before = yield* stored
          for (let call = 1;; call++) {
            ports.restart(call, fault)
            const exit = yield* Effect.exit(auditStep(SITE, RANGE, options))
            const { hit } = ports.faults
            ports.restart()
            if (hit === null) break
            hits.add(hit)
            const isTold = Exit.isSuccess(exit)
            assert.strictEqual(isTold, fault === "fail" && hit !== "logRun", `call ${call}: ${hit}`)
            if (isTold) {
              assert.strictEqual(exit.value.report.status, "failed")
              assert.include(exit.value.report.reason, PLANNED)
            }
            // What failed says how far it got; after a crash the whole step is asked for again.
            const failed = isTold ? [exit.value] : []
            const rest = yield* runAll({ ...RANGE, start: failed[0]?.next ?? RANGE.start })
            assert.deepStrictEqual(together([...failed, ...rest]), DIFFERENCES)
            assert.deepStrictEqual(yield* stored, before)
          }
        }).pipe(Effect.provide(ports.layer))
        assert.sameMembers([...hits], [
          "watermark",
          "rereading",
          "pages",
          "points",
          "snapshot",
          "find",
          "read",
          "logRun"
        ])
      }))
  }
})

it.effect("law 9: a window that holds too much is given up for a shorter one, a minute that does is refused", () => {
  const { called, layer, source } = makePorts(50_000)
  return Effect.gen(function*() {
    yield* begin
    addDense(source, 6)
    const step = yield* auditStep(SITE, RANGE, options)
    assert.strictEqual(step.report.status, "failed")
    assert.include(step.report.reason, "a minute of site plant from 2024-10-04T00:00:00.000Z holds too much")
    assert.strictEqual(step.next, RANGE.start)
    // Each try stops reading at the limit.
    assert.strictEqual(called.filter((name) => name === "pages").length, 7 * 7)
  }).pipe(Effect.provide(layer))
})

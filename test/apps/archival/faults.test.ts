/**
 * Proves that an archival, a derivation, an adoption and a rebuild of the catalog that crash, or whose port fails, at
 * any call lose nothing, double nothing and say so: the same history is played once for each call that the run makes,
 * with a fault at that call and a clean run after it. Queries are asked after the fault and after the clean run.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { TestClock } from "effect/testing"
import { adoptArchives } from "../../../src/apps/archival/adopt.ts"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { archiveSite } from "../../../src/apps/archival/program.ts"
import { rebuildCatalog } from "../../../src/apps/archival/rebuild.ts"
import { publishDay } from "../../../src/apps/publish.ts"
import {
  type Columns,
  countSamples,
  emptyColumns,
  type Series,
  sliceColumns
} from "../../../src/domain/samples/series.ts"
import { DAY_MS, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { type Window, windowOfDay } from "../../../src/domain/time/window.ts"
import { Catalog } from "../../../src/ports/Catalog.ts"
import { ColdStore } from "../../../src/ports/ColdStore.ts"
import { HotDays } from "../../../src/ports/HotDays.ts"
import { Intake } from "../../../src/ports/Intake.ts"
import { MonthStore } from "../../../src/ports/MonthStore.ts"
import { sameColumns, series } from "../../samples.ts"
import type { Fault } from "../etl/faults.ts"
import { queryAll } from "../query/collect.ts"
import { makePorts, PLANNED, type Ports } from "./faults.ts"

const FAULTS: ReadonlyArray<Fault> = ["crash before", "crash after", "fail before", "fail after"]
const SITE = "plant"
/** The first of October 2024. */
const FIRST = 19_997
const DAYS = [FIRST, FIRST + 1, FIRST + 2]
const EVER: Window = { start: 0, end: (FIRST + 400) * DAY_MS }
const options = { hotDays: 20, maxDays: 100, timeoutMs: 600_000 }

/** Samples of both points at these hours of a day. */
const both = (day: number, hours: ReadonlyArray<readonly [hour: number, value: number]>): ReadonlyArray<Series> =>
  ["a", "b"].map((point, i) => series(point, hours.map(([hour, value]) => [day * DAY_MS + hour * HOUR_MS, value + i])))

const append = Effect.fnUntraced(function*(all: ReadonlyArray<Series>) {
  const intake = yield* Intake
  yield* intake.append(yield* intake.takeFence(SITE), 1, all)
})

const publish = (day: number, all: ReadonlyArray<Series>) =>
  publishDay({ site: SITE, day, source: "backfill", writtenBy: "test", evict: null, series: Stream.fromIterable(all) })

/** Puts an object that no catalog row names. */
const putOnly = Effect.fnUntraced(function*(day: number, generation: number, all: ReadonlyArray<Series>) {
  const cold = yield* ColdStore
  const base = yield* cold.head(SITE, day)
  const request = { site: SITE, day, generation, source: "backfill", writtenBy: "test" } as const
  const built = yield* cold.build(request, Stream.fromIterable(all))
  yield* cold.put(built, base._tag === "None" ? null : base.value.etag)
})

const archived = (day: number, all: ReadonlyArray<Series>) => ({
  object: {
    kind: "foreign",
    site: SITE,
    day,
    key: `timeseries/${SITE}/${day}.parquet`,
    etag: `foreign-${day}`,
    size: 1
  } as const,
  series: all
})

const archives = [archived(FIRST, both(FIRST, [[1, 10]])), archived(FIRST + 1, both(FIRST + 1, [[1, 30], [2, 40]]))]

/** What may be said of each day while a run is under way: the answer before it, and the one after it. */
type Truth = ReadonlyArray<readonly [before: ReadonlyArray<Series>, after: ReadonlyArray<Series>]>

const still = (all: ReadonlyArray<Series>) => [all, all] as const

const overlapping = both(FIRST + 1, [[1, 20], [2, 40]])

const expectKinds = (...kinds: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    assert.deepStrictEqual((yield* (yield* Catalog).list(SITE, EVER)).map(({ kind }) => kind), kinds)
  })

interface History {
  readonly prepare: Effect.Effect<unknown, unknown, Ports>
  readonly run: Effect.Effect<unknown, unknown, Ports>
  /** Calls that the run makes, among others. */
  readonly calls: ReadonlyArray<string>
  readonly truth: Truth
  /** What else must be so once a run has come to its end. */
  readonly ended: Effect.Effect<void, unknown, Ports>
}

const histories: Readonly<Record<string, History>> = {
  "an archival": {
    run: archiveSite(SITE, options),
    calls: ["days.list", "days.compact", "days.scan", "days.scan.series", "cold.head", "cold.build", "cold.verify"]
      .concat("cold.scan", "cold.put", "catalog.list", "catalog.publish", "jobs.logRun"),
    // A day in tail and chunk, one that has an object already, and one that is not due.
    prepare: Effect.gen(function*() {
      yield* TestClock.setTime((FIRST + 22) * DAY_MS + HOUR_MS)
      yield* append(both(FIRST, [[1, 1], [2, 2]]))
      yield* (yield* HotDays).compact(SITE, FIRST)
      yield* append(both(FIRST, [[2, -2], [3, 3]]))
      yield* publish(FIRST + 1, both(FIRST + 1, [[1, 10], [2, 40]]))
      yield* append(both(FIRST + 1, [[1, 20]]))
      yield* append(both(FIRST + 2, [[1, 5]]))
    }),
    truth: [still(both(FIRST, [[1, 1], [2, -2], [3, 3]])), still(overlapping), still(both(FIRST + 2, [[1, 5]]))],
    ended: Effect.gen(function*() {
      assert.deepStrictEqual((yield* (yield* HotDays).list(SITE)).map(({ day }) => day), [FIRST + 2])
    })
  },
  "a derivation": {
    run: deriveSite(SITE, options),
    calls: ["catalog.list", "catalog.find", "days.list", "cold.scan", "months.months", "months.begin"]
      .concat("months.addPart", "months.publish", "jobs.logRun"),
    // The month was made before one of its days changed.
    prepare: Effect.gen(function*() {
      yield* TestClock.setTime((FIRST + 60) * DAY_MS)
      for (const day of DAYS) yield* publish(day, both(day, [[1, 1], [2, 2]]))
      yield* deriveSite(SITE, options)
      yield* publish(FIRST, both(FIRST, [[2, 7], [3, 3]]))
    }),
    truth: [both(FIRST, [[1, 1], [2, 7], [3, 3]]), both(FIRST + 1, [[1, 1], [2, 2]]), both(FIRST + 2, [[1, 1], [2, 2]])]
      .map(still),
    ended: Effect.gen(function*() {
      const [month, ...others] = yield* (yield* MonthStore).months(SITE, EVER, ["a", "b"])
      assert.lengthOf(others, 0)
      assert.deepStrictEqual(month?.days.map(({ generation }) => generation), [2, 1, 1])
      assert.deepStrictEqual(month?.parts.map(({ samples }) => samples.rows), [14])
    })
  },
  "an adoption": {
    run: adoptArchives({ rewrite: false, retry: false, timeoutMs: 600_000 }),
    calls: ["cold.list", "cold.strange", "cold.head", "cold.scan", "cold.build", "cold.verify", "cold.put"]
      .concat("catalog.list", "catalog.publish"),
    // A day of which nothing is known, and one that has an object of ours, which wins.
    prepare: Effect.gen(function*() {
      yield* TestClock.setTime((FIRST + 60) * DAY_MS)
      yield* publish(FIRST + 1, both(FIRST + 1, [[1, 20]]))
    }),
    truth: [[[], both(FIRST, [[1, 10]])], [both(FIRST + 1, [[1, 20]]), overlapping], still([])],
    ended: expectKinds("adopted", "own")
  },
  "an adoption that rewrites": {
    run: adoptArchives({ rewrite: true, retry: false, timeoutMs: 600_000 }),
    calls: ["cold.list", "cold.strange", "cold.head", "cold.scan", "cold.build", "cold.verify", "cold.put"]
      .concat("catalog.list", "catalog.ends", "catalog.publish"),
    prepare: Effect.gen(function*() {
      yield* TestClock.setTime((FIRST + 60) * DAY_MS)
      yield* publish(FIRST + 1, both(FIRST + 1, [[1, 20]]))
      yield* adoptArchives({ rewrite: false, retry: false, timeoutMs: 600_000 })
    }),
    truth: [still(both(FIRST, [[1, 10]])), still(overlapping), still([])],
    ended: expectKinds("own", "own")
  },
  "a rebuild of the catalog": {
    run: rebuildCatalog({ rescan: true }),
    calls: ["cold.list", "cold.scan", "catalog.list", "catalog.publish"],
    // A row in place, one that is older than its object, and one that is lost.
    prepare: Effect.gen(function*() {
      yield* publish(FIRST, both(FIRST, [[1, 1]]))
      yield* publish(FIRST + 1, both(FIRST + 1, [[2, 40]]))
      yield* putOnly(FIRST + 1, 2, overlapping)
      yield* putOnly(FIRST + 2, 1, both(FIRST + 2, [[1, 5]]))
    }),
    truth: [
      still(both(FIRST, [[1, 1]])),
      [both(FIRST + 1, [[2, 40]]), overlapping],
      [[], both(FIRST + 2, [[1, 5]])]
    ],
    ended: Effect.gen(function*() {
      const rows = (yield* (yield* Catalog).list(SITE, EVER)).map(({ generation }) => generation)
      assert.deepStrictEqual(rows, [1, 2, 1])
    })
  }
}

const ofDay = (all: ReadonlyArray<Series>, point: string, day: number): Columns =>
  sliceColumns(all.find((one) => one.point === point) ?? emptyColumns, windowOfDay(day))

/** Asks for everything; each day must be as before the run or as after it, and the counts add up. */
const ask = Effect.fnUntraced(function*(truth: Truth, isOver: boolean, note: string) {
  const { metadata, series: found } = yield* queryAll({ site: SITE, points: ["a", "b"], window: EVER })
  DAYS.forEach((day, i) => {
    const [before, after] = truth[i] ?? still([])
    const isAs = (all: ReadonlyArray<Series>) =>
      ["a", "b"].every((point) => sameColumns(ofDay(found, point, day), ofDay(all, point, day)))
    assert.isTrue(isAs(after) || !isOver && isAs(before), `${note}: day ${i} is another one`)
  })
  assert.strictEqual(metadata.hot + metadata.cold, countSamples(found), note)
})

/** What the run says is wrong. */
const complaintOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) ? String(exit.cause) : JSON.stringify(exit.value)

const play = Effect.fnUntraced(function*(history: History, at: number, fault: Fault) {
  const ports = makePorts(archives)
  return yield* Effect.gen(function*() {
    yield* history.prepare
    ports.restart(at, fault)
    const exit = yield* Effect.exit(history.run)
    const hit = ports.calls()[at - 1]
    const note = `${fault} call ${at}: ${hit}`
    ports.restart()
    if (hit !== undefined && fault.startsWith("crash")) assert.isTrue(Exit.isFailure(exit), note)
    else if (hit !== undefined) assert.include(complaintOf(exit), PLANNED, note)
    yield* ask(history.truth, false, note)
    yield* history.run
    yield* ask(history.truth, true, note)
    yield* history.ended
    const rows = yield* (yield* Catalog).list(SITE, EVER)
    yield* history.run
    assert.deepStrictEqual(yield* (yield* Catalog).list(SITE, EVER), rows, `${note}: a run with nothing to do`)
    return hit
  }).pipe(Effect.provide(ports.layer))
})

describe("a run with a fault at any port call", () => {
  for (const [name, history] of Object.entries(histories)) {
    for (const fault of FAULTS) {
      it.effect(`laws 1, 2, 5 and 7: ${name}, ${fault} each call`, () =>
        Effect.gen(function*() {
          const hits: Array<string> = []
          for (let hit = yield* play(history, 1, fault); hit !== undefined;) {
            hits.push(hit)
            hit = yield* play(history, hits.length + 1, fault)
          }
          assert.includeMembers(hits, [...history.calls])
        }))
    }
  }
})

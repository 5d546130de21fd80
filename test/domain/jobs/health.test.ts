/**
 * The verdict on the system's health: a table of what is wrong and its code, each limit from both sides, and properties
 * that hold for all facts together.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  type ArchivalFacts,
  archivalLag,
  ARCHIVAL_LATE_MS,
  type BackfillFacts,
  BACKFILL_LATE_MS,
  DEGRADED,
  type Facts,
  judge,
  SYNC_LATE_MS,
  type SyncFacts,
  UNHEALTHY,
  verdictOf
} from "../../../src/domain/jobs/health.ts"
import { DAY_MS, dayStart } from "../../../src/domain/time/calendar.ts"
import { property } from "../../properties.ts"

const HOT_DAYS = 20
const DAY = 20_000
/** When the day is due. */
const DUE = dayStart(DAY + 1) + HOT_DAYS * DAY_MS
const now = DUE + ARCHIVAL_LATE_MS

const sync: SyncFacts = { askedAt: now - SYNC_LATE_MS, isSilent: false, needsKey: false }
const archival: ArchivalFacts = {
  oldestHotDay: DAY,
  lastRun: { finishedAt: now - ARCHIVAL_LATE_MS, failed: false },
  isDamaged: false
}
const backfill: BackfillFacts = { status: "in_progress", lastUpdated: now - BACKFILL_LATE_MS, failedDays: 0 }

const codes = (facts: Partial<Facts>, at = now): ReadonlyArray<string> =>
  judge({ syncs: [], archivals: [], backfill: null, ...facts }, HOT_DAYS, at).reasons.map(({ code }) => code)

describe("each thing that can be wrong", () => {
  const table: ReadonlyArray<readonly [what: string, facts: Partial<Facts>, codes: ReadonlyArray<string>]> = [
    ["nothing", { syncs: [sync], archivals: [archival], backfill }, []],
    ["a sync 15 minutes ago and more", { syncs: [sync, { ...sync, askedAt: now - SYNC_LATE_MS - 1 }] }, ["sync_late"]],
    ["a site that was never synced", { syncs: [{ ...sync, askedAt: null }] }, ["sync_late"]],
    ["a clock that was set back", { syncs: [{ ...sync, askedAt: now + DAY_MS }] }, []],
    ["a silent source", { syncs: [{ ...sync, isSilent: true }] }, ["source_silent"]],
    ["a bad key", { syncs: [{ ...sync, needsKey: true }] }, ["key_refused"]],
    ["no hot day", { archivals: [{ ...archival, oldestHotDay: null, lastRun: null }] }, []],
    ["a failed archival", {
      archivals: [{ oldestHotDay: null, lastRun: { finishedAt: now, failed: true }, isDamaged: false }]
    }, ["archival_failed"]],
    ["a lost object", { archivals: [{ ...archival, isDamaged: true }] }, ["archive_damaged"]],
    ["a completed job with failed days before it was resumed", {
      backfill: { status: "completed", lastUpdated: 0, failedDays: 0 }
    }, []],
    ["a cancelled job", { backfill: { status: "cancelled", lastUpdated: 0, failedDays: 1 } }, []],
    ["a failed job", { backfill: { status: "failed", lastUpdated: 0, failedDays: 0 } }, ["backfill_failed"]],
    ["a failed day", { backfill: { ...backfill, failedDays: 1 } }, ["backfill_failed"]],
    ["a job that stands still", {
      backfill: { ...backfill, lastUpdated: backfill.lastUpdated - 1 }
    }, ["backfill_late"]]
  ]

  it.each(table)("%s", (_, facts, expected) => {
    assert.deepStrictEqual(codes(facts), expected)
  })

  it("calls a day late that waited a night too long, unless a run has just found it", () => {
    const archivals = [archival]
    assert.deepStrictEqual(codes({ archivals }), [])
    const later = now + 1
    assert.deepStrictEqual(codes({ archivals }, later), ["archival_late"])
    assert.deepStrictEqual(codes({ archivals: [{ ...archival, lastRun: null }] }, later), ["archival_late"])
    const ran = (failed: boolean) => ({ ...archival, lastRun: { finishedAt: later - ARCHIVAL_LATE_MS, failed } })
    assert.deepStrictEqual(codes({ archivals: [ran(false)] }, later), [])
    assert.deepStrictEqual(codes({ archivals: [ran(true)] }, later), ["archival_late", "archival_failed"])
  })
})

describe("the lag of archival", () => {
  it("counts from when the oldest hot day became due", () => {
    assert.strictEqual(archivalLag(DAY, HOT_DAYS, DUE - 1), 0)
    assert.strictEqual(archivalLag(DAY, HOT_DAYS, DUE + 7), 7)
    assert.strictEqual(archivalLag(null, HOT_DAYS, DUE), 0)
  })
})

const syncs = Arbitrary.schema(
  Schema.Array(Schema.Struct({
    askedAt: Schema.Int.check(Schema.isBetween({ minimum: now - 2 * SYNC_LATE_MS, maximum: now })),
    isSilent: Schema.Boolean,
    needsKey: Schema.Boolean
  })).check(Schema.isMaxLength(4))
)

/** Whether the last full sync is too long ago. */
const isLate = ({ askedAt }: SyncFacts): boolean => askedAt !== null && now - askedAt > SYNC_LATE_MS

describe("the verdict", () => {
  property("is unhealthy exactly where a reason is grave, and healthy exactly where there is none", syncs, (all) => {
    const { reasons, status } = judge({ syncs: all, archivals: [], backfill: null }, HOT_DAYS, now)
    const grave = all.some(({ needsKey }) => needsKey)
    const wrong = all.some((one) => one.isSilent || isLate(one))
    assert.strictEqual(status, grave ? "unhealthy" : wrong ? "degraded" : "healthy")
    assert.strictEqual(reasons.length === 0, status === "healthy")
  })

  property("says each thing once, and of how many sites", syncs, (all) => {
    const { reasons } = judge({ syncs: all, archivals: [], backfill: null }, HOT_DAYS, now)
    assert.strictEqual(new Set(reasons.map(({ code }) => code)).size, reasons.length)
    const late = all.filter(isLate).length
    const said = reasons.find(({ code }) => code === "sync_late")?.detail
    if (late === 0) assert.isUndefined(said)
    else assert.match(said ?? "", new RegExp(`^${late} of ${all.length} sites?:`))
  })

  it("is as bad as its worst reason", () => {
    for (const code of DEGRADED) assert.strictEqual(verdictOf([{ code, detail: "" }]).status, "degraded")
    for (const code of UNHEALTHY) {
      assert.strictEqual(verdictOf([{ code: "sync_late", detail: "" }, { code, detail: "" }]).status, "unhealthy")
    }
  })
})

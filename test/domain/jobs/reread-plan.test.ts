/**
 * The plan of re-reading, driven for weeks by a source of any density and lag, without a store: each instant must be
 * read by every pass at its age, and what all but the first pass ask for must stay within half of the rest.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  afterReading,
  earn,
  FIRST_AGES_MS,
  type Found,
  leftOut,
  type Pass,
  payFor,
  planExtra,
  planFirst,
  type Reading,
  type Rereading,
  type RereadTerms,
  startRereading
} from "../../../src/domain/jobs/reread-plan.ts"
import { type Day, DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { forSeeds } from "../../random.ts"

const START = 20_000 * DAY_MS
const LATE_MS = 7 * DAY_MS
const NONE: Found = { requests: 1, late: 0, oldest: null }

interface Done extends Reading {
  readonly at: number
  readonly requests: number
}

interface Source {
  readonly requests: (reading: Reading) => number
  readonly late: (reading: Reading, now: number) => Omit<Found, "requests">
  readonly isPublished?: (day: Day) => boolean
}

/** A run every five minutes, as a sync makes it. */
const simulate = (days: number, forward: number, source: Source) => {
  const done: Array<Done> = []
  let state: Rereading = startRereading(START, LATE_MS)
  for (let now = START; now < START + days * DAY_MS; now += 5 * MINUTE_MS) {
    const terms: RereadTerms = { now, begin: START, lateMs: LATE_MS, isPublished: source.isPublished ?? (() => false) }
    state = earn(state, forward)
    for (const plan of [planFirst, planFirst, planExtra, planExtra]) {
      const reading = plan(state, terms)
      if (reading === null) continue
      const requests = source.requests(reading)
      done.push({ ...reading, at: now, requests })
      state = afterReading(payFor(state, reading), reading, { requests, ...source.late(reading, now) }, terms)
    }
  }
  return { done, state }
}

const hoursOf = ({ window }: Reading) => (window.end - window.start) / HOUR_MS
const total = (done: ReadonlyArray<Done>) => done.reduce((sum, { requests }) => sum + requests, 0)
const nothing = () => ({ late: 0, oldest: null })

/** Fails unless the windows follow one another from the start, each at its age. */
const assertPass = (done: ReadonlyArray<Done>, pass: Pass, age: number) => {
  let read = START
  for (const { at, window } of done.filter((one) => one.pass === pass)) {
    assert.strictEqual(window.start, read)
    assert.isAtLeast(at - window.end, age)
    read = window.end
  }
  return read
}

describe("a site without late rows", () => {
  it("each pass reads every instant once, and a look back never begins", () => {
    for (const perHour of [0.01, 3]) {
      const requests = (reading: Reading) => Math.max(1, Math.ceil(perHour * hoursOf(reading)))
      const { done } = simulate(21, 1, { requests, late: nothing })
      const end = START + 21 * DAY_MS
      assert.isAtLeast(assertPass(done, "first", HOUR_MS), end - 3 * HOUR_MS)
      assert.isAtLeast(assertPass(done, "second", DAY_MS), end - DAY_MS - 7 * HOUR_MS)
      assert.isAtLeast(assertPass(done, "last", LATE_MS), end - LATE_MS - 25 * HOUR_MS)
      assert.isFalse(done.some(({ pass }) => pass === "back"))
    }
  })

  it("a sparse site takes few requests: windows grow to what one request answers", () => {
    const { done } = simulate(21, 1, { requests: () => 1, late: nothing })
    assert.isAtMost(total(done.filter(({ pass }) => pass === "last")), 20)
    assert.isAtMost(total(done.filter(({ pass }) => pass === "second")), 21 * 4)
  })
})

describe("the credit", () => {
  it("all but the first pass ask for at most half of what the sync and the first pass do, whatever comes late", () => {
    forSeeds(60, (random) => {
      const perHour = 10 ** (random.next() * 4 - 2.5)
      const forward = random.integer(1, 4)
      const share = random.pick([0, 0.1, 1])
      const { done } = simulate(21, forward, {
        requests: (reading) => Math.max(1, Math.ceil(perHour * hoursOf(reading))),
        late: ({ window }) => random.happens(share) ? { late: 3, oldest: window.start } : nothing()
      })
      const extra = total(done.filter(({ pass }) => pass !== "first"))
      const today = forward * 288 * 21 + total(done) - extra
      // One window may turn out larger than the one before it.
      assert.isAtMost(extra, today / 2 + 24 * Math.ceil(perHour))
      // However little there is, the last pass goes before the others.
      if (perHour <= 3) assert.isAtLeast(assertPass(done, "last", LATE_MS), START + 12 * DAY_MS)
    })
  })

  it("a request that fails is paid for", () => {
    const terms = { now: START + 9 * DAY_MS, begin: START, lateMs: LATE_MS, isPublished: () => false }
    const state = { ...startRereading(START, LATE_MS), credit: 5, cost: 3 }
    const reading = planExtra(state, terms)
    assert.strictEqual(reading?.pass, "last")
    const paid = reading && payFor(state, reading)
    assert.strictEqual(paid?.credit, 2)
    assert.isNull(paid && planExtra(paid, terms))
  })
})

describe("late rows", () => {
  const at = START + 12 * DAY_MS
  const terms = { now: at, begin: START, lateMs: LATE_MS, isPublished: () => false }
  const first: Reading = { pass: "first", window: { start: at - 2 * HOUR_MS, end: at - HOUR_MS } }

  it("start a look back, which goes on while it finds more, over 30 hours, and ends after a day if it does not", () => {
    for (const [kept, reach] of [[30, 35], [2, 24]] as const) {
      const idle = { ...startRereading(at, LATE_MS), credit: 100, second: at, last: at, cost: 1, width: 1 }
      let state = afterReading(idle, first, { requests: 1, late: 12, oldest: first.window.start }, terms)
      const back: Array<Reading> = []
      for (let reading = planExtra(state, terms); reading !== null; reading = planExtra(state, terms)) {
        back.push(reading)
        const late = reading.window.end > at - kept * HOUR_MS ? 12 : 0
        const oldest = late > 0 ? reading.window.start : null
        state = afterReading(payFor(state, reading), reading, { requests: 2, late, oldest }, terms)
      }
      assert.strictEqual(back[0]?.window.end, at - HOUR_MS)
      back.forEach(({ window }, i) => i > 0 && assert.strictEqual(window.end, back[i - 1]?.window.start))
      const reached = at - (back.at(-1)?.window.start ?? 0)
      assert.isAtLeast(reached, reach * HOUR_MS)
      assert.isAtMost(reached, (reach + 2) * HOUR_MS)
    }
  })

  it("that the second pass finds move the first pass behind their lag, and a week without them moves it back", () => {
    const lag = 5 * HOUR_MS
    const isFound = ({ pass }: Reading, state: number) => pass === "second" && (FIRST_AGES_MS[state] ?? 0) < lag
    let state = { ...startRereading(START, LATE_MS), credit: 300 }
    const ages: Array<number> = []
    for (let day = 1; day < 20; day++) {
      const now = START + day * DAY_MS
      const reading: Reading = { pass: "second", window: { start: now - 2 * DAY_MS, end: now - DAY_MS } }
      const late = isFound(reading, state.age) ? 1 : 0
      const found = { requests: 1, late, oldest: late > 0 ? now - DAY_MS : null }
      state = afterReading(state, reading, found, { ...terms, now })
      ages.push(state.age)
    }
    assert.deepStrictEqual(ages.slice(0, 4), [1, 2, 2, 2])
    assert.strictEqual(ages.at(-1), 2)
    assert.strictEqual(afterReading(state, first, NONE, { ...terms, now: START + 30 * DAY_MS }).age, 1)
  })
})

it("days in the catalog are passed over", () => {
  const isPublished = (day: Day) => day === 20_001 || day === 20_002
  const late = ({ window }: Reading) => ({ late: 1, oldest: window.start })
  const { done } = simulate(12, 1, { requests: () => 1, late, isPublished })
  assert.isTrue(new Set(done.map(({ pass }) => pass)).size === 4)
  assert.isFalse(done.some(({ window }) => isPublished(Math.floor(window.start / DAY_MS))))
})

it("what the last pass leaves out, because it is too far behind, is told; not so days in the catalog", () => {
  const now = START + 30 * DAY_MS
  const terms = { now, begin: START, lateMs: LATE_MS, isPublished: () => false }
  const state = { ...startRereading(START, LATE_MS), credit: 9, last: START + 10 * DAY_MS }
  const reading = planExtra(state, terms)
  assert.deepStrictEqual(reading && leftOut(state, reading, terms), { start: state.last, end: START + 21 * DAY_MS })
  assert.isNull(reading && leftOut({ ...state, last: reading.window.start }, reading, terms))
  assert.isNull(reading && leftOut(state, reading, { ...terms, isPublished: () => true }))
  assert.isNull(reading && leftOut({ ...state, last: START - DAY_MS }, reading, { ...terms, begin: now - 9 * DAY_MS }))
  assert.isNull(reading && leftOut(state, { ...reading, pass: "second" }, terms))
})

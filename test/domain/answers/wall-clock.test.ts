/**
 * Buckets on the clock of the wall, against a model that shares no code: it asks `Intl` what the clock shows at every
 * minute around a change of clocks, and begins buckets by looking at one minute after the other. Zones that skip or
 * repeat a day, that change by half an hour, at midnight or by seconds, are drawn or spelled out.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import { bucketEdges } from "../../../src/domain/answers/buckets.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { type CalendarUnit, parseInterval } from "../../../src/domain/time/interval.ts"
import { parseZone, utc, type Zone } from "../../../src/domain/time/zone.ts"
import { integer, oneOf, property } from "../../properties.ts"

const zone = (name: string): Zone => Result.getOrThrow(parseZone(name))
const at = (text: string) => Date.parse(text)
const textsOf = (edges: Float64Array) => Array.from(edges, (ms) => new Date(ms).toISOString().slice(0, 16))

/** Minutes that are looked at, before and after a change. */
const MARGIN = 4 * 1_440

/** Zones and the days on which their clocks change, at whole minutes. */
const CHANGES = ([
  ["Europe/Zurich", "2026-03-29"],
  ["Europe/Zurich", "2026-10-25"],
  ["America/New_York", "2026-11-01"],
  ["America/Havana", "2026-03-08"],
  ["America/Havana", "2026-11-01"],
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Africa/Cairo", "2026-04-24"],
  ["Africa/Cairo", "2026-10-30"],
  ["Asia/Beirut", "2022-03-27"],
  ["America/Asuncion", "2023-03-26"],
  ["America/Sao_Paulo", "2018-11-04"],
  ["Pacific/Apia", "2011-12-30"],
  ["Pacific/Fakaofo", "2011-12-30"],
  ["Pacific/Kwajalein", "1969-09-30"],
  ["Pacific/Kwajalein", "1993-08-21"],
  ["Asia/Kathmandu", "1986-01-01"],
  ["America/Caracas", "2016-05-01"],
  ["Africa/Casablanca", "2026-02-15"],
  ["Europe/London", "1968-10-27"],
  ["Antarctica/Troll", "2026-03-29"]
] as const).map(([name, day]) => ({ name, day }))

type Change = typeof CHANGES[number]

/** What the clock shows, in minutes since 1970-01-01 00:00 of that clock, from `MARGIN` before a day on. */
const clocks = new Map<Change, ReadonlyArray<number>>()
const clockOf = (change: Change): ReadonlyArray<number> => {
  const known = clocks.get(change)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: change.name, dateStyle: "short", timeStyle: "medium" })
  const first = at(`${change.day}T00:00Z`) - MARGIN * MINUTE_MS
  const clock = Array.from({ length: 2 * MARGIN }, (_, i) =>
    at(`${format.format(first + i * MINUTE_MS).replace(" ", "T")}Z`) / MINUTE_MS)
  clocks.set(change, clock)
  return clock
}

/** The minutes at which a bucket of a width begins; 1,440 for days. */
const beginningsOf = (clock: ReadonlyArray<number>, width: number): ReadonlyArray<number> => {
  let shown = clock[0] ?? 0
  let back = 0
  return [...clock.keys()].filter((i) => {
    const now = clock[i] ?? 0
    const before = clock[i - 1] ?? now
    const [minutes, minutesBefore] = [now, before].map((one) => ((one % 1_440) + 1_440) % 1_440) as [number, number]
    if (now <= before) back = before + 1 - now
    const isNew = now > shown
    const isNextDay = Math.floor(now / 1_440) > Math.floor(shown / 1_440)
    shown = Math.max(shown, now)
    if (isNextDay) return true
    if (now > before + 1) return Math.floor(minutes / width) > Math.floor(minutesBefore / width)
    return width < 1_440 && minutes % width === 0 && (isNew || width <= back)
  })
}

const WIDTHS = [1_440, 720, 360, 240, 180, 120, 60, 30, 15, 45, 420]

const cases = Arbitrary.all([oneOf(CHANGES), oneOf(WIDTHS), integer(0, 2 * 1_440), integer(1, 2 * 1_440)])

property("begin when the clock shows them, around every kind of change", cases, ([change, width, start, length]) => {
  const first = at(`${change.day}T00:00Z`) - MARGIN * MINUTE_MS
  const minute = MARGIN - 1_440 + start
  const window = { start: first + minute * MINUTE_MS, end: first + (minute + length) * MINUTE_MS }
  const begin = beginningsOf(clockOf(change), width).map((minute) => first + minute * MINUTE_MS)
  const from = begin.findLastIndex((edge) => edge <= window.start)
  const to = begin.findIndex((edge) => edge >= window.end)
  const edges = bucketEdges(window, width === 1_440 ? "day" : width * MINUTE_MS, zone(change.name))
  assert.deepStrictEqual(textsOf(edges), textsOf(Float64Array.from(begin.slice(from, to + 1))))
}, 600)

describe("a day that a zone skipped has no bucket", () => {
  for (const [name, day] of [
    ["Pacific/Apia", "2011-12-30"],
    ["Pacific/Fakaofo", "2011-12-30"],
    ["Pacific/Kwajalein", "1993-08-21"],
    ["Pacific/Kiritimati", "1994-12-31"],
    ["Asia/Manila", "1844-12-31"]
  ] as const) {
    it(`${name} ${day}`, () => {
      const middle = at(`${day}T00:00Z`)
      const window = { start: middle - 5 * DAY_MS, end: middle + 5 * DAY_MS }
      const format = new Intl.DateTimeFormat("sv-SE", { timeZone: name })
      for (const interval of ["day", 8 * HOUR_MS] as const) {
        const edges = bucketEdges(window, interval, zone(name))
        const days = new Set(Array.from(edges, (edge) => format.format(edge)))
        assert.isFalse(days.has(day))
        for (const edge of edges.slice(1)) assert.notStrictEqual(format.format(edge - 1), day)
        assert.isAtLeast(days.size, 9)
        const lengths = edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0))
        assert.isAbove(Math.min(...lengths), 0)
      }
    })
  }
})

describe("a clock that was set by seconds", () => {
  it("local mean time: days of Zurich in 1850 begin 34 minutes and 8 seconds before those of UTC", () => {
    const window = { start: at("1850-01-01T12:00Z"), end: at("1850-01-03T12:00Z") }
    const edges = bucketEdges(window, "day", zone("Europe/Zurich"))
    assert.deepStrictEqual(Array.from(edges, (edge) => new Date(edge).toISOString().slice(0, 19)),
      ["1849-12-31T23:25:52", "1850-01-01T23:25:52", "1850-01-02T23:25:52", "1850-01-03T23:25:52"])
  })
})

describe("months, quarters, years and weeks", () => {
  const edgesOf = (interval: CalendarUnit, start: string, end: string, tz = utc, origin?: string) => {
    const window = { start: at(start), end: at(end) }
    return textsOf(bucketEdges(window, interval, tz, origin === undefined ? undefined : at(origin)))
  }

  it("a window that begins in the first UTC hours of a month belongs to the local month before", () => {
    assert.deepStrictEqual(edgesOf("month", "2026-04-01T02:00Z", "2026-05-31T02:00Z", zone("America/New_York")),
      ["2026-03-01T05:00", "2026-04-01T04:00", "2026-05-01T04:00", "2026-06-01T04:00"])
  })

  it("weeks begin on Monday, quarters and years with their first month", () => {
    assert.deepStrictEqual(edgesOf("week", "2026-01-01T00:00Z", "2026-01-13T00:00Z"),
      ["2025-12-29T00:00", "2026-01-05T00:00", "2026-01-12T00:00", "2026-01-19T00:00"])
    assert.deepStrictEqual(edgesOf("week", "1969-12-28T12:00Z", "1969-12-30T00:00Z"),
      ["1969-12-22T00:00", "1969-12-29T00:00", "1970-01-05T00:00"])
    assert.deepStrictEqual(edgesOf("quarter", "2026-03-31T12:00Z", "2026-07-01T00:00Z", zone("Europe/Zurich")),
      ["2025-12-31T23:00", "2026-03-31T22:00", "2026-06-30T22:00", "2026-09-30T22:00"])
    assert.deepStrictEqual(edgesOf("year", "1968-05-01T00:00Z", "1970-01-01T00:00Z"),
      ["1968-01-01T00:00", "1969-01-01T00:00", "1970-01-01T00:00"])
  })

  it("an origin moves them: a year from April, a week from Sunday, a month from its 31st", () => {
    assert.deepStrictEqual(edgesOf("year", "2026-03-31T00:00Z", "2026-05-01T00:00Z", utc, "2020-04-01T00:00Z"),
      ["2025-04-01T00:00", "2026-04-01T00:00", "2027-04-01T00:00"])
    assert.deepStrictEqual(edgesOf("week", "2026-01-01T00:00Z", "2026-01-05T00:00Z", utc, "2030-01-06T00:00Z"),
      ["2025-12-28T00:00", "2026-01-04T00:00", "2026-01-11T00:00"])
    assert.deepStrictEqual(edgesOf("month", "2026-02-01T00:00Z", "2026-04-01T00:00Z", utc, "2026-01-31T06:00Z"),
      ["2026-01-31T06:00", "2026-02-28T06:00", "2026-03-31T06:00", "2026-04-30T06:00"])
  })
})

describe("origin", () => {
  it("a day from six to six stays on the wall clock through changes of clocks", () => {
    const tz = zone("Europe/Zurich")
    const window = { start: at("2026-10-24T12:00Z"), end: at("2026-10-26T00:00Z") }
    assert.deepStrictEqual(textsOf(bucketEdges(window, "day", tz, at("2026-07-01T04:00Z"))),
      ["2026-10-24T04:00", "2026-10-25T05:00", "2026-10-26T05:00"])
    assert.deepStrictEqual(textsOf(bucketEdges(window, 12 * HOUR_MS, tz, at("2026-07-01T04:00Z"))),
      ["2026-10-24T04:00", "2026-10-24T16:00", "2026-10-25T05:00", "2026-10-25T17:00", "2026-10-26T05:00"])
  })

  it("counts widths that do not divide the day from there, over midnights, and into the past", () => {
    const window = { start: -90_000_001, end: -80_000_000 }
    assert.deepStrictEqual([...bucketEdges(window, 7 * HOUR_MS, utc, 0)], [-4 * 7 * HOUR_MS, -3 * 7 * HOUR_MS])
  })

  it("is an edge itself, and every window has the same edges", () => {
    const tz = zone("America/New_York")
    for (const interval of [7 * HOUR_MS, HOUR_MS, "day", "week", "month", "quarter", "year"] as const) {
      const origin = at("2026-03-05T17:30Z")
      assert.include([...bucketEdges({ start: origin - 1, end: origin + 1 }, interval, tz, origin)], origin)
      const wide = new Set(bucketEdges({ start: at("2024-01-01"), end: at("2028-01-01") }, interval, tz, origin))
      const narrow = bucketEdges({ start: at("2026-10-30"), end: at("2026-11-05") }, interval, tz, origin)
      for (const edge of narrow) assert.isTrue(wide.has(edge), `${interval} ${new Date(edge).toISOString()}`)
    }
  })
})

it("buckets of a window before 1970 cover it", () => {
  const edges = bucketEdges({ start: -90_000_001, end: -80_000_000 }, HOUR_MS, utc)
  assert.deepStrictEqual([...edges].map((edge) => edge / HOUR_MS), [-26, -25, -24, -23, -22])
})

it("an interval that is refused names those that are allowed", () => {
  const refused = parseInterval("often")
  assert.match(Result.isFailure(refused) ? refused.failure.message : "", /raw, auto.*5min.*1w, 1mo, 1q or 1y/)
})

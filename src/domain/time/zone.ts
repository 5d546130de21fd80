/**
 * Time zones: what the clock on the wall shows, and when. A day on which clocks change has 23 or 25 hours; a day that a
 * zone skipped, when it moved across the date line, has none.
 */
import { Result, Schema } from "effect"
import { DAY_MS, dayFromDate, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"

/** A text that is not the name of an IANA time zone. */
export class InvalidZone extends Schema.TaggedError<InvalidZone>()("InvalidZone", { text: Schema.String }) {
  override get message() {
    return `tz: ${JSON.stringify(this.text)} is not an IANA time zone such as Europe/Zurich`
  }
}

export interface Zone {
  /** Its name in the IANA database. */
  readonly name: string
  /** How far local time is ahead of UTC at an instant, ms. */
  readonly offsetAt: (ms: number) => number
}

/** The one UTC: `parseZone` gives it for every name of UTC. */
export const utc: Zone = { name: "UTC", offsetAt: () => 0 }

/** Reads the name of a zone; case does not matter. */
export const parseZone = (text: string): Result.Result<Zone, InvalidZone> =>
  Result.try({
    // A fixed offset such as +01:00 is refused: it ignores clock changes, which is rarely what was meant.
    try: () => /^[A-Za-z]/.test(text) ? makeZone(text) : refuse(text),
    catch: () => new InvalidZone({ text: text.slice(0, 100) })
  })

const refuse = (text: string): never => {
  throw new RangeError(text)
}

const makeZone = (text: string): Zone => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: text,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric"
  })
  const name = format.resolvedOptions().timeZone
  if (name === utc.name) return utc
  return {
    name,
    offsetAt: (ms) => {
      const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
      const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type) ?? 0)
      // The year before the year 1 is 1 BC.
      const year = parts.get("era")?.startsWith("B") === true ? 1 - read("year") : read("year")
      const local = dayFromDate(year, read("month"), read("day")) * DAY_MS + read("hour") * HOUR_MS +
        read("minute") * MINUTE_MS + read("second") * SECOND_MS
      return local - Math.floor(ms / SECOND_MS) * SECOND_MS
    }
  }
}

/** What the clock on the wall shows at an instant, as ms since 1970-01-01 00:00 of that clock. */
export const wallAt = (zone: Zone, ms: number): number => ms + zone.offsetAt(ms)

/**
 * The first instant at which the clock on the wall shows `wall` or later.
 *
 * **Gotchas** Where clocks go forward over `wall`, that is the instant of the change. Where they go back over it, the
 * clock shows it twice, and this is the first time.
 */
export const instantOfWall = (zone: Zone, wall: number): number => {
  // One of the offsets a day before and a day after holds, unless a change of clocks skips `wall`.
  const before = wall - zone.offsetAt(wall - DAY_MS)
  const after = wall - zone.offsetAt(wall + DAY_MS)
  for (const candidate of [Math.min(before, after), Math.max(before, after)]) {
    if (wallAt(zone, candidate) === wall && wallAt(zone, candidate - 1) < wall) return candidate
  }
  return firstWhere((ms) => wallAt(zone, ms) >= wall, wall - 2 * DAY_MS, wall + 2 * DAY_MS)
}

/** A change of clocks: from `at` on the zone has another offset. */
export interface ClockChange {
  readonly at: number
  readonly offset: number
}

/** The changes of clocks after `from` and before `to`, ascending. **Gotchas** It finds one change a day at most. */
export const clockChanges = (zone: Zone, from: number, to: number): ReadonlyArray<ClockChange> => {
  const changes: Array<ClockChange> = []
  let offset = zone.offsetAt(from)
  for (let start = from; start < to - 1;) {
    const end = Math.min(start + DAY_MS, to - 1)
    const next = zone.offsetAt(end)
    if (next !== offset) {
      const before = offset
      changes.push({ at: firstWhere((ms) => zone.offsetAt(ms) !== before, start, end), offset: next })
      offset = next
    }
    start = end
  }
  return changes
}

/** Searches between two instants for the first one at which `holds`, which it does at `to` and not at `from`. */
const firstWhere = (holds: (ms: number) => boolean, from: number, to: number): number => {
  let low = from
  let high = to
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

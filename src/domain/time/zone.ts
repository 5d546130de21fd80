/**
 * Time zones: at which instants local days begin. A day on which clocks change has 23 or 25 hours.
 */
import { Result, Schema } from "effect"
import { DAY_MS, type Day, dayFromDate, dayOf, HOUR_MS, MINUTE_MS, SECOND_MS } from "./calendar.ts"

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
      const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
      const read = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
      const local = dayFromDate(read("year"), read("month"), read("day")) * DAY_MS + read("hour") * HOUR_MS +
        read("minute") * MINUTE_MS + read("second") * SECOND_MS
      return local - Math.floor(ms / SECOND_MS) * SECOND_MS
    }
  }
}

/** The local day that holds an instant. */
export const localDayOf = (zone: Zone, ms: number): Day => dayOf(ms + zone.offsetAt(ms))

/**
 * The first instant of a local day, ms.
 *
 * **Gotchas** Where clocks go forward at midnight, the day begins at 01:00 local time. Where they go back over
 * midnight, it begins at the first of the two midnights.
 */
export const localDayStart = (zone: Zone, day: Day): number => {
  const wall = day * DAY_MS
  // One of the offsets a day before and a day after holds at midnight, unless a change of clocks skips midnight.
  const before = wall - zone.offsetAt(wall - DAY_MS)
  const after = wall - zone.offsetAt(wall + DAY_MS)
  for (const candidate of [Math.min(before, after), Math.max(before, after)]) {
    if (localDayOf(zone, candidate) === day && localDayOf(zone, candidate - 1) < day) return candidate
  }
  return firstInstantOf(zone, day, Math.min(before, after) - 2 * HOUR_MS, Math.max(before, after) + 2 * HOUR_MS)
}

/** Searches between two instants for the first one that is on the day, or on a later day. */
const firstInstantOf = (zone: Zone, day: Day, from: number, to: number): number => {
  let low = from
  let high = to
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (localDayOf(zone, middle) >= day) high = middle
    else low = middle
  }
  return high
}

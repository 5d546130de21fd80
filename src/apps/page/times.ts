/**
 * Instants as people read and type them, in a zone.
 */
const formats = new Map<string, Intl.DateTimeFormat>()

const format = (zone: string): Intl.DateTimeFormat => {
  const made = formats.get(zone) ?? new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23"
  })
  formats.set(zone, made)
  return made
}

/** The clock on the wall of a zone: `2026-11-20T14:05:07`. */
export const inputText = (at: number, zone: string): string => {
  const parts = new Map(format(zone).formatToParts(at).map(({ type, value }) => [type, value]))
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? ""
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}`
}

/** The same for people: `2026-11-20 14:05`, with seconds where they are not zero. */
export const timeText = (at: number, zone: string): string => inputText(at, zone).replace("T", " ").replace(/:00$/, "")

/** How far the clock of the zone is ahead of UTC, ms. */
const offsetAt = (at: number, zone: string): number =>
  Date.parse(`${inputText(at, zone)}Z`) - Math.floor(at / 1e3) * 1e3

/** The instant at which the clock of the zone shows a time; NaN for what is no time. */
export const readInput = (text: string, zone: string): number => {
  const asUtc = Date.parse(`${text}Z`)
  if (Number.isNaN(asUtc)) return NaN
  const guess = asUtc - offsetAt(asUtc, zone)
  return asUtc - offsetAt(guess, zone)
}

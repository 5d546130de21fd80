/**
 * How a point is drawn, told from its name, unit and description.
 */
import type { Point } from "../api.ts"

/** `state`: on and off, or one of a few; `held`: a set point, which stays until it is changed; `total`: a counter. */
export type Kind = "line" | "state" | "held" | "total"

const STATE = /(^|[/\s])(binary|multi-?state)(input|output|value)?([/\s]|$)/i
const HELD = /set[\s_-]?point|(^|[\s_.-])(sp|stpt)([\s_.-]|$)/i
const TOTAL_UNIT = /(watt|volt-?ampere)s?-?hours?|^btus$|therms|(cubic(Feet|Meters)|Gallons|liters)$/i
const TOTAL_NAME = /run ?(hours|time)|(start|move|pulse|alarm) ?count|totali[sz]er|\btotal\b/i

export const kindOf = (point: Pick<Point, "point_name" | "unit" | "description" | "tags">): Kind => {
  const words = `${point.point_name} ${point.description ?? ""}`
  if (STATE.test(words)) return "state"
  if (HELD.test(words) || point.tags.includes("sp")) return "held"
  return TOTAL_UNIT.test(point.unit ?? "") || TOTAL_NAME.test(words) ? "total" : "line"
}

/** What a person calls the point: its description, or the end of its name. */
export const titleOf = (point: Pick<Point, "point_name" | "description">): string =>
  point.description?.trim() || point.point_name.split("/").slice(-2).join("/")

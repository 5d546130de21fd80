/**
 * Which points a site opens with, so that there is something to see at once.
 */
import type { Point } from "../api.ts"
import { kindOf } from "./kind.ts"

const POINTS = 3

/** How telling a point is: temperatures first, then power, then any other that varies. */
const rank = (point: Point): number => {
  if (kindOf(point) !== "line") return 3
  if (/degrees(Fahrenheit|Celsius)/.test(point.unit ?? "")) return 0
  return /watts?$/i.test(point.unit ?? "") ? 1 : 2
}

/** A few that have data, of different devices where there are some. */
export const startPoints = (points: ReadonlyArray<Point>): ReadonlyArray<string> => {
  const ranked = points.filter(({ last_timestamp }) => last_timestamp !== null).toSorted((a, b) => rank(a) - rank(b))
  const devices = new Set<string | null>()
  const ofEach = ranked.filter(({ device }) => !devices.has(device) && devices.add(device))
  return [...new Set([...ofEach, ...ranked])].slice(0, POINTS).map(({ point_name }) => point_name)
}

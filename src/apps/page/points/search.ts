/**
 * Instant search over all points of a site: every word must occur in the name, unit, device, description or tags.
 */
import type { Point } from "../api.ts"
import { titleOf } from "./kind.ts"
import { unitText } from "./units.ts"

export interface Found {
  readonly point: Point
  readonly title: string
  /** All that is searched, in lower case. */
  readonly text: string
}

export const indexPoints = (points: ReadonlyArray<Point>): ReadonlyArray<Found> =>
  points.map((point) => {
    const title = titleOf(point)
    const parts = [title, point.point_name, point.unit, unitText(point.unit), point.device, ...point.tags]
    return { point, title, text: parts.join("\n").toLowerCase() }
  })

/** In the order of the index; those whose title begins with the words come first. */
export const searchPoints = (index: ReadonlyArray<Found>, words: string): ReadonlyArray<Found> => {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "")
  if (wanted.length === 0) return index
  const start = wanted.join(" ")
  const [first, rest]: [Array<Found>, Array<Found>] = [[], []]
  for (const found of index) {
    if (wanted.every((word) => found.text.includes(word))) (found.text.startsWith(start) ? first : rest).push(found)
  }
  return [...first, ...rest]
}

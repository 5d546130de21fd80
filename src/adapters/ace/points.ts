/**
 * The points of a site, page by page.
 */
import { Effect, Result } from "effect"
import { parsePointName } from "../../domain/samples/names.ts"
import { SampleSourceError, type SourcePoint, StalledCursor } from "../../ports/SampleSource.ts"
import { type AcePoints, readPoints } from "./payload.ts"
import type { SendRequest } from "./requests.ts"

/** The largest page that ACE accepts for points; one page has the points of most sites. */
const POINTS_PER_PAGE = 5_000

/**
 * Whether there are no points after this page. A server may list fewer points on a page than it was asked for; the
 * number of pages tells, else the number of all points, else whether the page is full.
 */
const isLast = ({ listed, pages, perPage, total }: AcePoints, page: number, listedInAll: number): boolean => {
  if (pages !== null) return page >= pages
  if (total !== null) return listed === 0 || listedInAll >= total
  return listed < (perPage ?? POINTS_PER_PAGE)
}

/** @param path below the base, percent-encoded */
export const fetchPoints = Effect.fnUntraced(function*(request: SendRequest, site: string, path: string) {
  const found = new Map<string, SourcePoint>()
  let listed = 0
  for (let page = 1;; page++) {
    const params = { page: String(page), per_page: String(POINTS_PER_PAGE) }
    const answer = yield* request({ operation: "points", site, path, params, read: readPoints })
    const before = found.size
    listed += answer.listed
    if (answer.nameless > 0) {
      yield* Effect.logWarning("ACE lists points without a name", { site, points: answer.nameless })
    }
    for (const point of answer.points) {
      if (Result.isSuccess(parsePointName(point.name))) found.set(point.name, point)
      else yield* Effect.logWarning("ACE lists a point whose name is not legal", { site, name: point.name })
    }
    if (isLast(answer, page, listed)) return [...found.values()]
    if (found.size === before) {
      const reason = new StalledCursor({ cursor: `page ${page}` })
      return yield* new SampleSourceError({ operation: "points", site, reason })
    }
  }
})

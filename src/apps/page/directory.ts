/**
 * What the page knows of sites and points: asked once a site, last values as their rows come into sight.
 */
import { fetchLatest, fetchPoints, fetchSites, type Latest, type Point } from "./api.ts"
import { makeNewest } from "./data/loader.ts"
import { wasCancelled } from "./problem.ts"

/** How old a last value in the list may become, ms. */
const FRESH = 60_000
/** Rows that come into sight together are asked together, ms. */
const PAUSE = 120

interface Told {
  readonly onPoints: (points: ReadonlyArray<Point>, complete: boolean) => void
  readonly onLatest: (latest: ReadonlyArray<Latest>) => void
  readonly onFailure: (error: unknown) => void
}

export const makeDirectory = ({ onFailure, onLatest, onPoints }: Told) => {
  const listing = makeNewest()
  let lasting = new AbortController()
  const asked = new Map<string, number>()
  let site = ""
  let timer: ReturnType<typeof setTimeout> | undefined

  const report = (error: unknown): void => {
    if (!wasCancelled(error)) onFailure(error)
  }

  const askLatest = (points: ReadonlyArray<string>): void => {
    const now = Date.now()
    const due = points.filter((point) => now - (asked.get(point) ?? 0) > FRESH)
    if (due.length === 0) return
    for (const point of due) asked.set(point, now)
    fetchLatest(site, due, lasting.signal).then(onLatest, (error: unknown) => {
      for (const point of due) asked.delete(point)
      report(error)
    })
  }

  return {
    sites: fetchSites,
    /** Lists the points of a site, and forgets those of the one before. */
    open: (next: string): void => {
      site = next
      asked.clear()
      clearTimeout(timer)
      lasting.abort()
      lasting = new AbortController()
      let all: ReadonlyArray<Point> = []
      listing.run((signal) =>
        fetchPoints(next, signal, (points) => {
          all = points
          onPoints(points, false)
        })
      ).then(() => onPoints(all, true), report)
    },
    see: (points: ReadonlyArray<string>): void => {
      clearTimeout(timer)
      timer = setTimeout(() => askLatest(points), PAUSE)
    }
  }
}

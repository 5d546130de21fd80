/**
 * Finds data of a point nearest to a window that has none.
 */
import type { Window } from "../../../domain/time/window.ts"
import { fetchColumns, type Point } from "../api.ts"
import { instantText } from "../urls.ts"
import { SPANS } from "../view.ts"

const YEAR = SPANS["1y"]

/** The first day with samples of the point in a window, and the last; none if it has none. */
const daysIn = async (site: string, point: string, { end, start }: Window): Promise<ReadonlyArray<number>> => {
  if (end <= start) return []
  const { series } = await fetchColumns({
    site_name: site,
    point_name: [point],
    start_time: instantText(start),
    end_time: instantText(end),
    interval: "1d",
    agg: "first",
    layout: "columns"
  }, new AbortController().signal)
  return series[0]?.timestamps ?? []
}

/** @returns an instant on the nearest day with data within a year, after the window or before; null if there is none */
export const findData = async (
  site: string,
  point: string,
  known: Point | undefined,
  { end, start }: Window
): Promise<number | null> => {
  const first = known?.first_timestamp ?? null
  const last = known?.last_timestamp ?? null
  if (first === null || last === null) return null
  if (start > last) return last
  if (end <= first) return first
  const [after] = await daysIn(site, point, { start: end, end: Math.min(last + 1, end + YEAR) })
  const before = (await daysIn(site, point, { start: Math.max(first, start - YEAR), end: start })).at(-1)
  if (after === undefined) return before ?? null
  return before === undefined || after - end < start - before ? after : before
}

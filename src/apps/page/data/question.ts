/**
 * What a view has to ask: pixels for lines, buckets for bars, and whole-window figures for the legend.
 */
import { DAY_MS } from "../../../domain/time/lengths.ts"
import type { Window } from "../../../domain/time/window.ts"
import type { Question } from "../api.ts"
import { instantText } from "../urls.ts"
import type { Per, View } from "../view.ts"

/** How the answer is to be made; the points come to it. */
export type Form = Omit<Question, "point_name">

const BUCKETS: Readonly<Record<Exclude<Per, "sample">, string>> = { hour: "1h", day: "1d", month: "1mo" }

const about = ({ end, start }: Window, site: string) =>
  ({ site_name: site, start_time: instantText(start), end_time: instantText(end), layout: "columns" }) as const

/** The zone that buckets follow. */
export const zoneOf = ({ zone }: Pick<View, "zone">): string =>
  zone === "" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone

/** @param width of the drawn area, in pixels of the screen */
export const pictureForm = (view: View, window: Window, width: number): Form =>
  view.per === "sample"
    ? { ...about(window, view.site), width }
    : { ...about(window, view.site), interval: BUCKETS[view.per], agg: "twa,delta", tz: zoneOf(view) }

/** The aggregations that add up to those of the window. */
export const SUMMARY = ["min", "max", "sum", "count", "last", "delta"] as const

/** A few buckets, so that long windows are answered from hourly rollups. */
export const summaryForm = (view: View, window: Window): Form => ({
  ...about(window, view.site),
  interval: window.end - window.start <= 2 * DAY_MS ? "1h" : "1d",
  agg: SUMMARY.join(",")
})

/** What a picture other than the chart and the table needs: hours, or days and how many samples each has. */
export const extraForm = (view: View, window: Window): Form | null => {
  const asked = about(window, view.site)
  if (view.show === "days") return { ...asked, interval: "1d", agg: "count", tz: zoneOf(view) }
  return view.show === "heat" || view.show === "duration"
    ? { ...asked, interval: "1h", agg: "avg", tz: zoneOf(view) }
    : null
}

export const keyOf = (form: Form): string => JSON.stringify(form)

/**
 * What a query may not ask, and what to do instead.
 */
import { Effect } from "effect"
import { DAY_MS } from "../../domain/time/calendar.ts"
import type { Window } from "../../domain/time/window.ts"
import { Caller } from "../http/access.ts"
import { ContentTooLarge, Forbidden, NotFound, Unprocessable } from "../http/problem.ts"
import type { Settings } from "../settings.ts"
import type { PointsNotFound, SiteNotFound } from "./names.ts"
import type { QueryTooLarge } from "./plan.ts"

export const unknownSite = (error: SiteNotFound) =>
  Effect.fail(
    new NotFound({
      code: "unknown_site",
      field: "site_name",
      text: error.site.slice(0, 100),
      detail: error.message,
      near: error.near
    })
  )

export const unknownPoints = (error: PointsNotFound) =>
  Effect.fail(
    new NotFound({ code: "unknown_points", field: "point_names", detail: error.message, unknown_points: error.unknown })
  )

/** A key may be for some sites only; then others are as closed to it as if it were none. */
export const checkSite = Effect.fnUntraced(function*(site: string) {
  const { sites } = yield* Caller
  if (sites !== null && !sites.has(site)) {
    return yield* new Forbidden({
      code: "forbidden_site",
      field: "site_name",
      text: site.slice(0, 100),
      detail: "the API key is for other sites"
    })
  }
})

export const checkRange = Effect.fnUntraced(function*(settings: Settings, window: Window) {
  const days = (window.end - window.start) / DAY_MS
  if (days > settings.maxQueryRangeDays) {
    return yield* new Unprocessable({
      code: "range_too_wide",
      field: "end_time",
      detail: `the window has ${Math.ceil(days)} days, one query may have ${settings.maxQueryRangeDays}: ask for several`
    })
  }
})

export const checkPoints = Effect.fnUntraced(function*(asked: number, allowed: number) {
  if (asked > allowed) {
    return yield* new Unprocessable({
      code: "too_many_points",
      field: "point_names",
      detail: `${asked} points were asked for, one query may have ${allowed}: ask for several`
    })
  }
})

export const tooLarge = (error: QueryTooLarge) => {
  const said = `${error.what}, one query may need ${error.allowed}`
  switch (error.what) {
    case "samples":
      return Effect.fail(
        new ContentTooLarge({
          code: "too_much_data",
          field: "point_names",
          detail: `this needs about ${error.needed} ${said}: ask for fewer points, a shorter window, a chart's width, or buckets of whole hours such as interval=1d`
        })
      )
    case "objects":
      return Effect.fail(
        new Unprocessable({
          code: "too_many_objects",
          field: "end_time",
          detail: `this needs ${error.needed} ${said}: ask for fewer points or a shorter window`
        })
      )
    case "buckets":
      return Effect.fail(
        new Unprocessable({
          code: "too_many_buckets",
          field: "interval",
          detail: `this needs ${error.needed} ${said}: ask for a wider interval, such as auto, or a shorter window`
        })
      )
  }
}

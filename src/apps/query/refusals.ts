/**
 * Why a query is refused, and what to ask instead.
 */
import { Effect } from "effect"
import { DAY_MS } from "../../domain/time/calendar.ts"
import type { Window } from "../../domain/time/window.ts"
import { Caller } from "../http/access.ts"
import { NOW_STEP_MS } from "../http/input.ts"
import { ContentTooLarge, Forbidden, NotFound, Unprocessable } from "../http/problem.ts"
import type { Settings } from "../settings.ts"
import type { PointsNotFound, SiteNotFound } from "./names.ts"
import type { QueryTooLarge } from "./reading/plan.ts"

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

/** A key that is limited to some sites gets 403 for all others, whether they exist or not. */
export const checkSite = Effect.fnUntraced(function*(site: string) {
  const { sites } = yield* Caller
  if (sites !== null && !sites.has(site)) {
    return yield* new Forbidden({
      code: "forbidden_site",
      field: "site_name",
      text: site.slice(0, 100),
      detail: "the API key is not for this site"
    })
  }
})

export const checkRange = Effect.fnUntraced(function*(settings: Settings, window: Window) {
  const days = (window.end - window.start) / DAY_MS
  // Rounding may have widened a window with `now` by one step.
  if (days > settings.maxQueryRangeDays + NOW_STEP_MS / DAY_MS) {
    return yield* new Unprocessable({
      code: "range_too_wide",
      field: "end_time",
      detail: `the window has ${Math.ceil(days)} days, the limit is ${settings.maxQueryRangeDays}: ` +
        "ask for it in several queries"
    })
  }
})

export const checkPoints = Effect.fnUntraced(function*(asked: number, allowed: number) {
  if (asked > allowed) {
    return yield* new Unprocessable({
      code: "too_many_points",
      field: "point_names",
      detail: `the request names ${asked} points, the limit is ${allowed}: ask for them in several requests`
    })
  }
})

export const tooLarge = (error: QueryTooLarge) => {
  switch (error.what) {
    case "samples":
      return Effect.fail(
        new ContentTooLarge({
          code: "too_much_data",
          field: "point_names",
          detail: `${error.message}: ask for fewer points, a shorter window, the width of a chart, ` +
            "or buckets of whole hours such as interval=1d"
        })
      )
    case "objects":
      return Effect.fail(
        new Unprocessable({
          code: "too_many_objects",
          field: "end_time",
          detail: `${error.message}: ask for fewer points or a shorter window`
        })
      )
    case "buckets":
      return Effect.fail(
        new Unprocessable({
          code: "too_many_buckets",
          field: "interval",
          detail: `${error.message}: ask for a wider interval, such as auto, or a shorter window`
        })
      )
  }
}

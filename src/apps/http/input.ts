/**
 * Reads texts of a request into values of the domain. An invalid one becomes a problem that names the field and repeats
 * the text.
 */
import { Result } from "effect"
import { MINUTE_MS } from "../../domain/time/calendar.ts"
import { parseInstantNear } from "../../domain/time/instant.ts"
import { parsePointName, parseSiteName } from "../../domain/samples/names.ts"
import type { Window } from "../../domain/time/window.ts"
import { utc, type Zone } from "../../domain/time/zone.ts"
import { BadRequest } from "./problem.ts"

export const refuse = (code: BadRequest["code"], field: string, text: unknown, detail: string) =>
  Result.fail(new BadRequest({ code, field, text: String(text).slice(0, 100), detail }))

/** A domain parser's failure as a problem. */
export const orRefuse = <A>(
  result: Result.Result<A, { readonly message: string }>,
  code: BadRequest["code"],
  field: string,
  text: unknown
): Result.Result<A, BadRequest> =>
  Result.isSuccess(result) ? Result.succeed(result.success) : refuse(code, field, text, result.failure.message)

export const readSite = (text: string) => orRefuse(parseSiteName(text), "invalid_name", "site_name", text)

/**
 * What `now` is rounded to, ms: syncs run every five minutes. Otherwise every request with `now` would be another
 * question, which no cache and no ETag knows.
 */
export const NOW_STEP_MS = 5 * MINUTE_MS

/**
 * Reads an instant; `now` is the last whole five minutes.
 *
 * @param zone the zone of an instant that is written without one
 */
export const readInstant = (text: string | number, field: string, now: number, zone: Zone) =>
  orRefuse(
    parseInstantNear(text, field, Math.floor(now / NOW_STEP_MS) * NOW_STEP_MS, zone),
    "invalid_instant",
    field,
    text
  )

/**
 * A half-open window that holds at least one instant. In its end, `now` is the next whole five minutes, so that the
 * window holds the newest samples.
 */
export const readWindow = (
  start: string | number,
  end: string | number,
  now: number,
  zone = utc
): Result.Result<Window, BadRequest> =>
  Result.flatMap(readInstant(start, "start_time", now, zone), (from) =>
    Result.flatMap(readInstant(end, "end_time", now + NOW_STEP_MS, zone), (to) =>
      to > from
        ? Result.succeed({ start: from, end: to })
        : refuse("invalid_window", "end_time", end, "end_time must be after start_time")))

/**
 * Point names from a list with commas and from repeated parameters, in the order given, each once. Nothing is trimmed:
 * names are exact, spaces at their ends included.
 *
 * **Gotchas** A point with a comma in its name can only be asked for by `point_name`.
 */
export const readPoints = (
  commaList: string | undefined,
  repeated: ReadonlyArray<string>
): Result.Result<ReadonlyArray<string>, BadRequest> => {
  const names = [...(commaList === undefined ? [] : commaList.split(",")), ...repeated]
  if (names.length === 0) {
    return Result.fail(
      new BadRequest({
        code: "missing_parameter",
        field: "point_names",
        detail: "name at least one point: point_names=a,b or point_name=a&point_name=b"
      })
    )
  }
  for (const name of names) {
    const checked = orRefuse(parsePointName(name), "invalid_name", "point_names", name)
    if (Result.isFailure(checked)) return Result.fail(checked.failure)
  }
  return Result.succeed([...new Set(names)])
}

/**
 * Reads what a request asks for from its texts: points, window and resolution. An invalid text becomes a problem that
 * names its field.
 */
import { Result } from "effect"
import { type Aggregation, AGGREGATIONS } from "../../domain/answers/aggregate.ts"
import type { Fill } from "../../domain/answers/fill.ts"
import { autoInterval, type Interval, parseDuration, parseInterval } from "../../domain/time/interval.ts"
import { type Buckets, RAW, type Resolution } from "../../domain/answers/resolution.ts"
import type { Window } from "../../domain/time/window.ts"
import { parseZone, utc, type Zone } from "../../domain/time/zone.ts"
import { orRefuse, readInstant, readPoints, readSite, readWindow, refuse } from "../http/input.ts"
import type { BadRequest } from "../http/problem.ts"
import type { QueryBody, QueryParameters } from "./api.ts"
import { formatOfAccept } from "./format.ts"
import type { QueryRequest } from "./reading/plan.ts"
import type { Form } from "./respond.ts"

/** What a URL or a body asks for, in one form. */
export interface Asked extends Omit<typeof QueryBody.Type, "agg" | "point_names"> {
  readonly point_names?: string
  readonly point_name?: ReadonlyArray<string>
  readonly agg?: ReadonlyArray<string>
}

export const fromParameters = ({ agg, ...asked }: typeof QueryParameters.Type): Asked =>
  agg === undefined ? asked : { ...asked, agg: agg.split(",") }

export const fromBody = ({ point_names, ...asked }: typeof QueryBody.Type): Asked =>
  ({ ...asked, point_name: point_names })

/** @param now what `now` means, ms */
export const readRequest = (asked: Asked, now: number): Result.Result<QueryRequest, BadRequest> =>
  Result.gen(function*() {
    const site = yield* readSite(asked.site_name)
    const points = yield* readPoints(asked.point_names, asked.point_name ?? [])
    const zone = yield* readZone(asked.tz)
    const window = yield* readWindow(asked.start_time, asked.end_time, now, zone)
    const origin = asked.origin === undefined ? undefined : yield* readInstant(asked.origin, "origin", now, zone)
    const resolution = yield* readResolution(asked, window, { zone, ...(origin === undefined ? {} : { origin }) })
    return { site, points, window, resolution, tz: zone.name }
  })

/** @param accept the header `Accept`, which decides where no format is asked for */
export const readForm = (asked: Asked, accept: string | undefined): Result.Result<Form, BadRequest> => {
  const { explain = false, format = formatOfAccept(accept), layout = "rows", spreadsheet = false } = asked
  return spreadsheet && format !== "csv"
    ? refuse("invalid_combination", "spreadsheet", "true", "spreadsheet=true needs format=csv")
    : Result.succeed({ format, layout, spreadsheet, explain })
}

/** Fields that are about buckets, and mean nothing without an interval. */
const OF_BUCKETS = ["agg", "origin", "fill", "max_gap"] as const

/** By whose clock buckets begin, and from which instant on. */
type Clock = Pick<Buckets, "zone" | "origin">

const readResolution = (asked: Asked, window: Window, clock: Clock): Result.Result<Resolution, BadRequest> => {
  const text = asked.interval ?? "raw"
  return Result.flatMap(
    orRefuse(parseInterval(text), "invalid_interval", "interval", text),
    (interval) => {
      if (interval === "raw") return readUnbucketed(asked)
      return readBuckets(asked, interval === "auto" ? autoInterval(window) : interval, clock)
    }
  )
}

const readUnbucketed = (asked: Asked): Result.Result<Resolution, BadRequest> => {
  const stray = OF_BUCKETS.find((field) => asked[field] !== undefined)
  if (stray !== undefined) {
    return refuse("invalid_combination", stray, asked[stray], `${stray} needs an interval, such as interval=auto`)
  }
  return Result.succeed(asked.width === undefined ? RAW : { kind: "pixels", pixels: asked.width })
}

const readBuckets = (asked: Asked, interval: Interval, clock: Clock): Result.Result<Resolution, BadRequest> =>
  asked.width !== undefined
    ? refuse("invalid_combination", "width", asked.width, "ask either for a width in pixels or for an interval")
    : Result.gen(function*() {
      const fill = asked.fill ?? "none"
      return {
        kind: "buckets" as const,
        interval,
        ...clock,
        aggregations: yield* readAggregations(asked.agg ?? ["avg"]),
        fill,
        maxGapMs: yield* readMaxGap(asked.max_gap, fill)
      }
    })

const readZone = (text: string | undefined): Result.Result<Zone, BadRequest> =>
  text === undefined ? Result.succeed(utc) : orRefuse(parseZone(text), "invalid_zone", "tz", text)

const isAggregation = (text: string): text is Aggregation => (AGGREGATIONS as ReadonlyArray<string>).includes(text)

const readAggregations = (texts: ReadonlyArray<string>): Result.Result<ReadonlyArray<Aggregation>, BadRequest> => {
  const names = texts.map((text) => text.trim())
  const wrong = names.find((name) => !isAggregation(name))
  if (wrong !== undefined || names.length === 0) {
    return refuse("invalid_aggregation", "agg", wrong ?? "", `expected one or more of ${AGGREGATIONS.join(", ")}`)
  }
  return Result.succeed([...new Set(names.filter(isAggregation))])
}

const readMaxGap = (text: string | undefined, fill: Fill): Result.Result<number, BadRequest> => {
  if (text === undefined) return Result.succeed(Infinity)
  return fill === "previous" || fill === "linear"
    ? orRefuse(parseDuration(text), "invalid_interval", "max_gap", text)
    : refuse("invalid_combination", "max_gap", text, "max_gap needs fill=previous or fill=linear")
}

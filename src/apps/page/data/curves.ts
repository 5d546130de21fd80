/**
 * From answers to what is drawn of them: one curve a point, and one of its past where that is compared.
 */
import { pixelGrid } from "../../../domain/answers/pixels.ts"
import { DAY_MS, HOUR_MS } from "../../../domain/time/lengths.ts"
import type { Window } from "../../../domain/time/window.ts"
import type { Point } from "../api.ts"
import type { Curve, Scene } from "../chart/scene.ts"
import { panesOf } from "../chart/scene.ts"
import { kindOf, titleOf } from "../points/kind.ts"
import { unitText } from "../points/units.ts"
import { COMPARES, type Per, type View } from "../view.ts"
import type { Answer, PointColumns } from "./loader.ts"
import { zoneOf } from "./question.ts"
import { breakAtGaps, type PixelColumns, type Track } from "./track.ts"

/** What is drawn now: the answer, and that of the past. */
export interface Picture {
  readonly view: View
  readonly window: Window
  readonly answer: Answer
  readonly past: Answer | null
}

/** Points of the site by name; of one that is not listed only the name is known. */
export type Known = ReadonlyMap<string, Point>

export const pointOf = (known: Known, name: string): Point =>
  known.get(name) ?? {
    point_name: name,
    unit: null,
    device: null,
    description: null,
    interval_seconds: null,
    tags: [],
    collected: true,
    first_timestamp: null,
    last_timestamp: null
  }

/** The longest bucket, ms. */
const BARS: Readonly<Record<Per, number | null>> = {
  sample: null,
  hour: HOUR_MS,
  day: DAY_MS + HOUR_MS,
  month: 31 * DAY_MS + HOUR_MS
}

const columnsOf = ({ form, metadata }: Answer, window: Window): PixelColumns | null =>
  form.width === undefined || (metadata?.column_ms ?? null) === null ? null : pixelGrid(window, form.width)

/** Of a counter what it grew by, of others the mean over time. */
const bucketsOf = ({ delta, timestamps, twa }: PointColumns, isTotal: boolean): Track =>
  ({ timestamps, values: (isTotal ? delta : twa) ?? [] })

const trackOf = (point: Point, series: PointColumns, answer: Answer, window: Window): Track => {
  if (answer.form.interval !== undefined) return bucketsOf(series, kindOf(point) === "total")
  const { interval_seconds } = point
  return breakAtGaps(
    { timestamps: series.timestamps, values: series.values ?? [] },
    columnsOf(answer, window),
    interval_seconds === null ? null : interval_seconds * 1_000
  )
}

const later = ({ timestamps, values }: Track, by: number): Track =>
  ({ timestamps: timestamps.map((at) => at + by), values })

export const curvesOf = ({ answer, past, view, window }: Picture, known: Known): ReadonlyArray<Curve> => {
  const shift = COMPARES[view.compare]
  return view.points.flatMap((name, place) => {
    const point = pointOf(known, name)
    const curve = { point: name, title: titleOf(point), unit: unitText(point.unit), kind: kindOf(point), place }
    const now = answer.points.get(name)
    const before = past?.points.get(name)
    return [
      ...past === null || before === undefined ? [] : [{
        ...curve,
        past: true,
        track: later(trackOf(point, before, past, { start: window.start - shift, end: window.end - shift }), shift)
      }],
      ...now === undefined ? [] : [{ ...curve, past: false, track: trackOf(point, now, answer, window) }]
    ]
  })
}

export const sceneOf = (picture: Picture, known: Known): Scene => {
  const bar = BARS[picture.view.per]
  return {
    window: picture.window,
    zone: zoneOf(picture.view),
    panes: panesOf(curvesOf(picture, known), bar !== null),
    bar
  }
}

/**
 * What is drawn where: points are put on panes by their units, two units a pane, and states on lanes below. Data in,
 * data out.
 */
import type { Window } from "../../../domain/time/window.ts"
import { type Aligned, align } from "../data/align.ts"
import type { Track } from "../data/track.ts"
import type { Kind } from "../points/kind.ts"

/** As many colours as most eyes can tell apart; then lines are dashed. */
export const HUES = 8

/** A point, or its past where one is compared, with what is drawn of it. */
export interface Curve {
  readonly point: string
  readonly title: string
  /** As people write it. */
  readonly unit: string
  readonly kind: Kind
  /** The place among the points shown: decides the colour. */
  readonly place: number
  /** Whether it is the past, dimmed behind the present. */
  readonly past: boolean
  readonly track: Track
}

export interface Pane {
  readonly kind: "lines" | "lanes"
  /** The units of the axes, left then right; of lanes none. */
  readonly units: ReadonlyArray<string>
  readonly curves: ReadonlyArray<Curve>
  readonly data: Aligned
}

export interface Scene {
  readonly window: Window
  readonly zone: string
  readonly panes: ReadonlyArray<Pane>
  /** The length of a bar, ms; null for lines. */
  readonly bar: number | null
}

const paneOf = (kind: Pane["kind"], units: ReadonlyArray<string>, curves: ReadonlyArray<Curve>): Pane =>
  ({ kind, units, curves, data: align(curves.map(({ track }) => track)) })

/** Units in the order in which they first occur, two a pane. */
export const panesOf = (curves: ReadonlyArray<Curve>, bars: boolean): ReadonlyArray<Pane> => {
  const isLane = ({ kind }: Curve): boolean => kind === "state" && !bars
  const lines = curves.filter((curve) => !isLane(curve))
  const units = [...new Set(lines.map(({ unit }) => unit))]
  const panes: Array<Pane> = []
  for (let i = 0; i < units.length; i += 2) {
    const pair = units.slice(i, i + 2)
    panes.push(paneOf("lines", pair, lines.filter(({ unit }) => pair.includes(unit))))
  }
  const lanes = curves.filter((curve) => isLane(curve) && !curve.past)
  return lanes.length === 0 ? panes : [...panes, paneOf("lanes", [], lanes)]
}

/** Equal for scenes that differ only in data and window. */
export const structureOf = ({ bar, panes, zone }: Scene): string =>
  JSON.stringify([
    zone,
    bar,
    panes.map(({ curves, kind, units }) => [
      kind,
      units,
      curves.map(({ kind, past, place, point, title, unit }) => [point, title, unit, kind, place, past])
    ])
  ])

/** A stretch of one state. */
export interface Stretch {
  readonly start: number
  readonly end: number
  readonly value: number
}

/** A state holds until the next sample, and ends where samples are missing or at the last of them. */
export const stretchesOf = ({ timestamps, values }: Track): ReadonlyArray<Stretch> => {
  const stretches: Array<Stretch> = []
  let open: { start: number; value: number } | null = null
  let last = 0
  timestamps.forEach((at, i) => {
    const value = values[i] ?? null
    if (open !== null && value !== open.value) {
      stretches.push({ start: open.start, end: value === null ? last : at, value: open.value })
      open = null
    }
    if (value !== null && open === null) open = { start: at, value }
    last = at
  })
  const rest = open as { start: number; value: number } | null
  return rest === null ? stretches : [...stretches, { start: rest.start, end: last, value: rest.value }]
}

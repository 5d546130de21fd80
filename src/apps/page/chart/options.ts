/**
 * A pane as options of uPlot: scales, axes, and how each curve is drawn.
 */
import uPlot from "uplot"
import { numberText } from "../points/units.ts"
import { barPaths } from "./bars.ts"
import { LANE } from "./lanes.ts"
import type { Curve, Pane, Scene } from "./scene.ts"
import { dashOf, type Theme } from "./theme.ts"

/** The scales of the two sides. */
const SIDES = ["left", "right"] as const

const TIME_AXIS = 54
/** So that the lowest number of an axis is not cut. */
const BELOW = 9
const SYNC = "panes"

export interface Layout {
  readonly width: number
  readonly height: number
  /** The room beside the drawn area, the same on all panes, so that they stand exactly below each other. */
  readonly left: number
  readonly right: number
}

const lines = uPlot.paths.linear?.()
const steps = uPlot.paths.stepped?.({ align: 1 })

const scaleOf = (pane: Pane, curve: Curve): typeof SIDES[number] => SIDES[pane.units.indexOf(curve.unit)] ?? "left"

const pathsOf = (pane: Pane, scene: Scene, curve: Curve): uPlot.Series.PathBuilder | undefined => {
  if (pane.kind === "lanes") return () => null
  if (scene.bar === null) return curve.kind === "held" || curve.kind === "state" ? steps : lines
  const bars = pane.curves.filter(({ past }) => !past)
  return barPaths(Math.max(0, bars.findIndex(({ point }) => point === curve.point)), bars.length, scene.bar)
}

const seriesOf = (pane: Pane, scene: Scene, theme: Theme) => (curve: Curve): uPlot.Series => {
  const hue = theme.hues[curve.place % theme.hues.length] ?? theme.ink
  const dash = dashOf(curve.place, curve.kind === "held")
  const paths = pathsOf(pane, scene, curve)
  return {
    scale: scaleOf(pane, curve),
    stroke: hue,
    width: curve.past ? 1 : 1.75,
    alpha: curve.past ? 0.45 : 1,
    spanGaps: false,
    ...(scene.bar === null ? {} : { fill: hue }),
    ...(dash === undefined || scene.bar !== null ? {} : { dash: [...dash] }),
    ...(paths === undefined ? {} : { paths }),
    ...(pane.kind === "lanes" || scene.bar !== null ? { points: { show: false } } : {})
  }
}

/** A flat line gets room around it, bars and lanes begin at zero. */
const rangeOf = (pane: Pane, scene: Scene): uPlot.Range.Function => (_u, min, max) => {
  if (pane.kind === "lanes") return [0, 1]
  const [low, high] = [min ?? 0, max ?? 1]
  if (scene.bar !== null) return uPlot.rangeNum(Math.min(0, low), Math.max(0, high), 0.1, true)
  return low === high ? [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)]
    : uPlot.rangeNum(low, high, 0.08, true)
}

const [SECOND, MINUTE, HOUR, DAY, YEAR] = [1_000, 60_000, 3_600_000, 86_400_000, 31_536_000_000]

/** From which step on: the text, and what it is where the year, day or minute begins. The clock has 24 hours. */
const CLOCK: uPlot.Axis.Values = [
  [YEAR, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [HOUR, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [MINUTE, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [SECOND, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{ss}.{fff}", "\n{D} {MMM} {YYYY} {HH}:{mm}", null, "\n{D} {MMM} {HH}:{mm}", null, "\n{HH}:{mm}", null, 1]
]

const timeAxis = (theme: Theme, isLast: boolean): uPlot.Axis => ({
  stroke: theme.dim,
  font: theme.font,
  size: isLast ? TIME_AXIS : 0,
  values: isLast ? CLOCK : (_u, splits) => splits.map(() => ""),
  space: 90,
  gap: 6,
  grid: { stroke: theme.grid, width: 1 },
  ticks: { show: isLast, stroke: theme.grid, size: 6 }
})

const unitAxis = (theme: Theme, layout: Layout, unit: string, side: 0 | 1): uPlot.Axis => ({
  scale: SIDES[side],
  side: side === 0 ? 3 : 1,
  stroke: theme.dim,
  font: theme.font,
  label: unit === "" ? "no unit" : unit,
  labelFont: theme.font,
  labelSize: 20,
  labelGap: 0,
  size: (side === 0 ? layout.left : layout.right) - 20,
  gap: 4,
  grid: { show: side === 0, stroke: theme.grid, width: 1 },
  ticks: { show: false },
  values: (_u, splits) => splits.map((split) => split === null ? "" : numberText(split))
})

const blankAxis = (size: number, side: 1 | 3): uPlot.Axis => ({
  scale: "left",
  side,
  size,
  values: () => [],
  splits: () => [],
  grid: { show: false },
  ticks: { show: false }
})

const axesOf = (pane: Pane, layout: Layout, theme: Theme, isLast: boolean): Array<uPlot.Axis> => {
  const [left, right] = pane.units
  return [
    timeAxis(theme, isLast),
    left === undefined ? blankAxis(layout.left, 3) : unitAxis(theme, layout, left, 0),
    right === undefined ? blankAxis(layout.right, 1) : unitAxis(theme, layout, right, 1)
  ]
}

export const paneHeight = (pane: Pane, isLast: boolean, forLines: number): number =>
  (pane.kind === "lanes" ? pane.curves.length * LANE + 6 : forLines) + (isLast ? TIME_AXIS : BELOW)

export const optionsOf = (
  pane: Pane,
  scene: Scene,
  layout: Layout,
  theme: Theme
): Omit<uPlot.Options, "hooks"> => {
  const isLast = scene.panes.at(-1) === pane
  const range = rangeOf(pane, scene)
  return {
    width: layout.width,
    height: layout.height,
    ms: 1,
    padding: [8, 0, isLast ? 0 : BELOW, 0],
    tzDate: (at) => uPlot.tzDate(new Date(at), scene.zone),
    scales: {
      x: { time: true, auto: false },
      left: { range },
      right: { range }
    },
    axes: axesOf(pane, layout, theme, isLast),
    series: [{}, ...pane.curves.map(seriesOf(pane, scene, theme))],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      sync: { key: SYNC, setSeries: false },
      // What a double click does is the page's.
      bind: { dblclick: () => null },
      points: { show: pane.kind === "lines" && scene.bar === null, size: 7 }
    }
  }
}

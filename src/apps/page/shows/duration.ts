/**
 * Load-duration curves: for which share of the time a value was reached or exceeded.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import uPlot from "uplot"
import { readTheme } from "../chart/theme.ts"
import { pointOf } from "../data/curves.ts"
import type { PointColumns } from "../data/loader.ts"
import { titleOf } from "../points/kind.ts"
import { numberText, unitText } from "../points/units.ts"
import type { Session } from "../session.ts"
import { durationCurve } from "./hours.ts"

const HEIGHT = 220
const drawn = new WeakMap<Element, PointColumns>()

const draw = (host: HTMLElement, series: PointColumns, place: number, unit: string): void => {
  const theme = readTheme(host)
  const axis = { stroke: theme.dim, font: theme.font, labelFont: theme.font, grid: { stroke: theme.grid, width: 1 } }
  host.replaceChildren()
  const hue = theme.hues[place % theme.hues.length] ?? theme.ink
  const soft = `color-mix(in srgb, ${hue} 18%, transparent)`
  new uPlot({
    width: host.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false, range: [0, 100] } },
    legend: { show: false },
    cursor: { show: false },
    series: [{}, { stroke: hue, width: 2, fill: soft, points: { show: false } }],
    axes: [
      { ...axis, size: 54, label: "% of the time", labelSize: 22, values: (_u, splits) => splits.map(String) },
      { ...axis, size: 60, label: unit, labelSize: 22, values: (_u, splits) => splits.map(numberText) }
    ]
  }, durationCurve({ timestamps: series.timestamps, values: series.values ?? [] }), host)
}

const drawOnce = (series: PointColumns, place: number, unit: string) => (host: Element | undefined): void => {
  if (!(host instanceof HTMLElement) || drawn.get(host) === series) return
  drawn.set(host, series)
  requestAnimationFrame(() => draw(host, series, place, unit))
}

export const durationCurves = ({ extra, known, view }: Session): TemplateResult | typeof nothing => {
  if (extra === null) return nothing
  return html`<div class="shows">${view.points.map((name, place) => {
    const series = extra.points.get(name)
    if (series === undefined) return nothing
    const point = pointOf(known, name)
    const [, values] = durationCurve({ timestamps: series.timestamps, values: series.values ?? [] })
    if (values.length === 0) return html`<p>${titleOf(point)}: no data in this range.</p>`
    const unit = unitText(point.unit)
    const half = values[values.length >> 1]
    const text = `from ${numberText(values[0])} to ${numberText(values.at(-1))} ${unit}; half of the time at least
      ${numberText(half)}`
    return html`<figure><figcaption><b>${titleOf(point)}</b> hourly means by size, ${text}</figcaption>
      <div role="img" aria-label=${`${titleOf(point)}, load duration ${text}`}
        ${ref(drawOnce(series, place, unit))}></div></figure>`
  })}</div>`
}

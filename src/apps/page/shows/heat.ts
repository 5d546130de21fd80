/**
 * A heat map of each point: days from left to right, hours from top to bottom.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import { pointOf } from "../data/curves.ts"
import { zoneOf } from "../data/question.ts"
import type { PointColumns } from "../data/loader.ts"
import { titleOf } from "../points/kind.ts"
import { numberText, unitText } from "../points/units.ts"
import type { Session } from "../session.ts"
import { type HourMap, hourMap } from "./hours.ts"

const HOURS = 24
const ROW = 7

/** From low to high, equally far apart for all eyes: blue over green to yellow. */
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]] as const

const colourOf = (share: number): string => {
  const place = Math.min(RAMP.length - 1.001, Math.max(0, share * (RAMP.length - 1)))
  const [low, high] = [RAMP[Math.floor(place)] ?? RAMP[0], RAMP[Math.floor(place) + 1] ?? RAMP[0]]
  const mixed = low.map((from, i) => Math.round(from + ((high[i] ?? from) - from) * (place % 1)))
  return `rgb(${mixed.join(" ")})`
}

const drawn = new WeakMap<Element, PointColumns>()

const draw = (canvas: HTMLCanvasElement, { cells, days, max, min }: HourMap): void => {
  const width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio))
  const row = ROW * devicePixelRatio
  canvas.width = width
  canvas.height = HOURS * row
  const context = canvas.getContext("2d")
  const column = width / Math.max(1, days.length)
  for (const { column: day, hour, value } of cells) {
    if (context === null) return
    context.fillStyle = colourOf(max > min ? (value - min) / (max - min) : 0.5)
    // A fraction more, so that no seams are seen.
    context.fillRect(day * column, hour * row, column + 0.5, row + 0.5)
  }
}

const drawOnce = (series: PointColumns, map: HourMap) => (canvas: Element | undefined): void => {
  if (!(canvas instanceof HTMLCanvasElement) || drawn.get(canvas) === series) return
  drawn.set(canvas, series)
  requestAnimationFrame(() => draw(canvas, map))
}

const scale = (): TemplateResult => html`<span class="ramp" aria-hidden="true"></span>`

export const heatMaps = (session: Session): TemplateResult | typeof nothing => {
  const { extra, known, view } = session
  if (extra === null) return nothing
  const zone = zoneOf(view)
  return html`<div class="shows">${view.points.map((name) => {
    const series = extra.points.get(name)
    if (series === undefined) return nothing
    const point = pointOf(known, name)
    const map = hourMap({ timestamps: series.timestamps, values: series.values ?? [] }, zone)
    if (map.cells.length === 0) return html`<p>${titleOf(point)}: no data in this range.</p>`
    const unit = unitText(point.unit)
    const text = `${titleOf(point)}, hourly means from ${numberText(map.min)} to ${numberText(map.max)} ${unit}`
    return html`<figure><figcaption><b>${titleOf(point)}</b> hourly means, ${map.days[0]} to ${map.days.at(-1)},
      midnight at the top (${zone}). ${numberText(map.min)} ${scale()} ${numberText(map.max)} ${unit}</figcaption>
      <canvas role="img" aria-label=${text} ${ref(drawOnce(series, map))}></canvas></figure>`
  })}</div>`
}

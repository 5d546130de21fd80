/**
 * States over time, one lane a point: a filled band where it is on, a thin line where it is off, nothing where nothing
 * is known.
 */
import type uPlot from "uplot"
import { numberText } from "../points/units.ts"
import { type Curve, HUES, stretchesOf } from "./scene.ts"
import type { Theme } from "./theme.ts"

/** The height of a lane, pixels of the page. */
export const LANE = 46

const BAND = 18

/** Draws all lanes of a pane over the whole of its area. */
export const drawLanes = (u: uPlot, curves: ReadonlyArray<Curve>, theme: Theme): void => {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.textBaseline = "alphabetic"
  curves.forEach((curve, row) => {
    const top = bbox.top + row * LANE * ratio
    ctx.font = theme.font.replace(/^\d+/, (px) => String(Number(px) * ratio))
    ctx.fillStyle = theme.ink
    ctx.fillText(curve.title, bbox.left + 4 * ratio, top + 17 * ratio, bbox.width - 8 * ratio)
    ctx.fillStyle = theme.hues[curve.place % HUES] ?? theme.ink
    for (const { end, start, value } of stretchesOf(curve.track)) {
      const from = u.valToPos(start, "x", true)
      const width = Math.max(ratio, u.valToPos(end, "x", true) - from)
      const [offset, height] = value === 0 ? [BAND / 2 - 1, 2] : [0, BAND]
      ctx.globalAlpha = value === 0 ? 0.6 : 0.85
      ctx.fillRect(from, top + (22 + offset) * ratio, width, height * ratio)
      ctx.globalAlpha = 1
      if (value > 1 && width > 24 * ratio) {
        ctx.fillStyle = theme.panel
        ctx.fillText(numberText(value), Math.max(from, bbox.left) + 4 * ratio, top + 36 * ratio)
        ctx.fillStyle = theme.hues[curve.place % HUES] ?? theme.ink
      }
    }
  })
  ctx.restore()
}

/**
 * Bars from zero, side by side where several points have one.
 */
import type uPlot from "uplot"

/** The share of a bucket's width that its bars fill. */
const FILLED = 0.86

/** @param slot the place among the `slots` bars of a bucket @param length of a bucket, ms */
export const barPaths = (slot: number, slots: number, length: number): uPlot.Series.PathBuilder =>
  (u, index, first, last) => {
    const path = new Path2D()
    const times = u.data[0]
    const values = u.data[index] ?? []
    const scale = u.series[index]?.scale ?? "y"
    const zero = u.valToPos(0, scale, true)
    for (let i = first; i <= last; i++) {
      const value = values[i]
      const [at, next] = [times[i] as number, times[i + 1]]
      if (value === null || value === undefined) continue
      // Days of 23 hours and months are shorter than others.
      const end = Math.min(next ?? Infinity, at + length)
      const left = u.valToPos(at, "x", true)
      const width = (u.valToPos(end, "x", true) - left) * FILLED / slots
      const top = u.valToPos(value, scale, true)
      path.rect(left + slot * width, Math.min(top, zero), Math.max(1, width - 1), Math.max(1, Math.abs(zero - top)))
    }
    return { stroke: path, fill: path }
  }

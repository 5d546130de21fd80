/**
 * The pixels of a chart as spans of time. It imports only lengths, so that a browser can load it alone.
 */
import { HOUR_MS } from "../time/lengths.ts"
import type { Window } from "../time/window.ts"

/** The pixels of a chart. */
export interface PixelGrid {
  /** Where pixel 0 begins, ms. */
  readonly start: number
  /** The width of a pixel, ms; not always a whole number. */
  readonly width: number
}

/** The pixels of a window. Those of an hour or more are widened to whole hours, so that rollups can serve them. */
export const pixelGrid = (window: Window, pixels: number): PixelGrid => {
  const width = (window.end - window.start) / pixels
  if (width < HOUR_MS) return { start: window.start, width }
  return { start: Math.floor(window.start / HOUR_MS) * HOUR_MS, width: Math.ceil(width / HOUR_MS) * HOUR_MS }
}

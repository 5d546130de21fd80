/**
 * The panes on the page: uPlot instances under each other with one time axis and one cursor.
 */
import uPlot from "uplot"
import type { Window } from "../../../domain/time/window.ts"
import { listenToGestures } from "./gestures.ts"
import { drawLanes } from "./lanes.ts"
import { type Layout, optionsOf, paneHeight } from "./options.ts"
import { type Pane, type Scene, structureOf } from "./scene.ts"
import { readTheme, type Theme } from "./theme.ts"

/** The values under the cursor, by point and whether they are of the past. Null where there is no cursor. */
export interface Pointed {
  readonly at: number
  readonly values: ReadonlyMap<string, number | null>
}

export interface PlotEvents {
  /** A window was chosen: by drag, wheel, pinch or key. */
  readonly onWindow: (window: Window) => void
  readonly onBack: () => void
  readonly onPoint: (pointed: Pointed | null) => void
}

/** Both sides have room for an axis, used or not: so the width asked for does not depend on units yet unknown. */
const WIDE = { left: 76, right: 72 }
const NARROW = { left: 58, right: 54 }
const LEAST_HEIGHT = 150

const sidesOf = (width: number): Pick<Layout, "left" | "right"> => width < 600 ? NARROW : WIDE

const pointedBy = (u: uPlot, panes: ReadonlyArray<readonly [uPlot, Pane]>): Pointed | null => {
  const { left } = u.cursor
  if (left === undefined || left < 0) return null
  const values = new Map<string, number | null>()
  for (const [plot, { curves }] of panes) {
    curves.forEach(({ past, point }, i) => {
      const row = plot.cursor.idxs?.[i + 1] ?? -1
      values.set(past ? `past ${point}` : point, plot.data[i + 1]?.[row] ?? null)
    })
  }
  return { at: u.posToVal(left, "x"), values }
}

/** Of each pane: lanes have a fixed height, lines share the rest, and the host grows if that is too little. */
const layoutsOf = (host: HTMLElement, { panes }: Scene): ReadonlyArray<Layout> => {
  const isLast = (pane: Pane): boolean => pane === panes.at(-1)
  const fixed = panes.reduce((sum, pane) => sum + paneHeight(pane, isLast(pane), 0), 0)
  const lines = panes.filter(({ kind }) => kind === "lines").length
  host.style.minHeight = `${fixed + lines * LEAST_HEIGHT}px`
  const each = Math.max(LEAST_HEIGHT, Math.floor((host.clientHeight - fixed) / Math.max(1, lines)))
  const width = host.clientWidth
  return panes.map((pane) => ({ width, height: paneHeight(pane, isLast(pane), each), ...sidesOf(width) }))
}

/** @param host an element whose size decides that of the chart */
export const makePlots = (host: HTMLElement, events: PlotEvents) => {
  let plots: ReadonlyArray<readonly [uPlot, Pane]> = []
  let drawn = ""
  let size = { width: 0, height: 0 }
  let scene: Scene | null = null
  let frame = 0

  const setWindow = ({ end, start }: Window): void => {
    for (const [plot] of plots) plot.setScale("x", { min: start, max: end })
  }

  const make = (pane: Pane, layout: Layout, theme: Theme, now: Scene): readonly [uPlot, Pane] => {
    const plot = new uPlot({
      ...optionsOf(pane, now, layout, theme),
      hooks: {
        setSelect: [(u) => {
          const { left, width } = u.select
          if (width < 4) return
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          events.onWindow({ start: u.posToVal(left, "x"), end: u.posToVal(left + width, "x") })
        }],
        setCursor: [(u) => {
          cancelAnimationFrame(frame)
          frame = requestAnimationFrame(() => events.onPoint(pointedBy(u, plots)))
        }],
        draw: pane.kind === "lanes" ? [(u) => drawLanes(u, curvesOf(u), theme)] : []
      }
    }, pane.data as uPlot.AlignedData, host)
    listenToGestures(plot, { preview: setWindow, commit: events.onWindow, back: events.onBack })
    return [plot, pane]
  }

  const curvesOf = (u: uPlot): Pane["curves"] => plots.find(([plot]) => plot === u)?.[1].curves ?? []

  const rebuild = (now: Scene, theme: Theme): void => {
    for (const [plot] of plots) plot.destroy()
    const layouts = layoutsOf(host, now)
    plots = now.panes.map((pane, i) => make(pane, layouts[i] as Layout, theme, now))
  }

  const show = (next: Scene): void => {
    scene = next
    const theme = readTheme(host)
    const wanted = JSON.stringify([structureOf(next), theme])
    if (wanted !== drawn || host.clientWidth !== size.width || host.clientHeight !== size.height) {
      drawn = wanted
      rebuild(next, theme)
      size = { width: host.clientWidth, height: host.clientHeight }
    } else {
      plots = plots.map(([plot], i) => [plot, next.panes[i] as Pane] as const)
      for (const [plot, pane] of plots) plot.setData(pane.data as uPlot.AlignedData, false)
    }
    setWindow(next.window)
  }

  return {
    show,
    /** Moves what is drawn already to another window. */
    setWindow,
    /** Draws again if the size or the colours have changed. */
    refresh: (): void => {
      if (scene !== null) show(scene)
    },
    /** The width of the drawn area, pixels of the screen. */
    width: (): number => {
      // The host has none while something else is shown in its place.
      const { clientWidth } = host.parentElement ?? host
      const { left, right } = sidesOf(clientWidth)
      return Math.max(1, Math.round((clientWidth - left - right) * devicePixelRatio))
    },
    canvases: (): ReadonlyArray<HTMLCanvasElement> => plots.map(([plot]) => plot.ctx.canvas),
    clear: (): void => {
      for (const [plot] of plots) plot.destroy()
      host.style.minHeight = ""
      plots = []
      scene = null
      drawn = ""
    }
  }
}

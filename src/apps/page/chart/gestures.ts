/**
 * Wheel, touch and keys on a pane. The picture follows at once; the window is committed when the hand rests.
 */
import type uPlot from "uplot"
import type { Window } from "../../../domain/time/window.ts"
import { shifted, zoomed } from "../ranges.ts"

export interface Gestures {
  /** Moves the picture. */
  readonly preview: (window: Window) => void
  /** Makes the window the view's. */
  readonly commit: (window: Window) => void
  readonly back: () => void
}

/** How long the wheel must rest, ms. */
const REST = 180
const WHEEL = 0.0016

const windowOf = (u: uPlot): Window => ({ start: u.scales["x"]?.min ?? 0, end: u.scales["x"]?.max ?? 1 })

const listenToWheel = (u: uPlot, { commit, preview }: Gestures): void => {
  let timer: ReturnType<typeof setTimeout> | undefined
  u.over.addEventListener("wheel", (event) => {
    event.preventDefault()
    const window = windowOf(u)
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
    preview(
      sideways
        ? shifted(window, event.deltaX / u.over.clientWidth)
        : zoomed(window, Math.exp(event.deltaY * WHEEL), u.posToVal(event.offsetX, "x"))
    )
    clearTimeout(timer)
    timer = setTimeout(() => commit(windowOf(u)), REST)
  }, { passive: false })
}

/** One finger pans, two pinch; with the shift key the mouse pans too. */
const listenToPointers = (u: uPlot, { commit, preview }: Gestures): void => {
  const down = new Map<number, number>()
  const xOf = (event: PointerEvent): number => event.clientX - u.over.getBoundingClientRect().left
  let moved = false
  const isOurs = (event: PointerEvent): boolean => event.pointerType === "touch" || event.shiftKey || down.size > 0
  u.over.addEventListener("pointerdown", (event) => {
    if (!isOurs(event)) return
    u.over.setPointerCapture(event.pointerId)
    down.set(event.pointerId, xOf(event))
    moved = false
  })
  u.over.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId)
    if (before === undefined) return
    const at = xOf(event)
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1]
    const window = windowOf(u)
    if (other === undefined) preview(shifted(window, (before - at) / u.over.clientWidth))
    else if (Math.abs(at - other) > 8) {
      preview(zoomed(window, Math.abs(before - other) / Math.abs(at - other), u.posToVal(other, "x")))
    }
    down.set(event.pointerId, at)
    moved = true
  })
  for (const type of ["pointerup", "pointercancel"] as const) {
    u.over.addEventListener(type, (event) => {
      if (down.delete(event.pointerId) && moved && down.size === 0) commit(windowOf(u))
    })
  }
}

/** uPlot's own drag must not begin where the shift key pans. */
const withoutShift = (u: uPlot): void => {
  u.over.addEventListener("mousedown", (event) => {
    if (event.shiftKey) event.stopImmediatePropagation()
  }, { capture: true })
}

export const listenToGestures = (u: uPlot, gestures: Gestures): void => {
  withoutShift(u)
  listenToWheel(u, gestures)
  listenToPointers(u, gestures)
  u.over.addEventListener("dblclick", gestures.back)
}

/**
 * The colours of the style sheet, for what is drawn on a canvas.
 */
import { HUES } from "./scene.ts"

export interface Theme {
  readonly ink: string
  readonly dim: string
  readonly grid: string
  readonly panel: string
  readonly font: string
  readonly hues: ReadonlyArray<string>
}

export const readTheme = (element: Element): Theme => {
  const style = getComputedStyle(element)
  // A canvas knows no `light-dark()`: an element that uses it tells the colour.
  const probe = element.appendChild(document.createElement("i"))
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const theme: Theme = {
    ink: colour("--ink"),
    dim: colour("--dim"),
    grid: colour("--grid"),
    panel: colour("--panel"),
    font: `14px ${style.fontFamily}`,
    hues: Array.from({ length: HUES }, (_, i) => colour(`--hue-${i}`))
  }
  probe.remove()
  return theme
}

/** Of set points, and of lines after the eighth, third by third: pixels of the screen. */
export const dashOf = (place: number, isHeld: boolean): ReadonlyArray<number> | undefined => {
  if (isHeld) return [7, 4]
  return [undefined, [12, 4], [3, 3]][Math.floor(place / HUES)]
}

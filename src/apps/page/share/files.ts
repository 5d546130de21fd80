/**
 * Hands a file to the browser, and draws the panes with their legend into a picture.
 */
export const save = (name: string, content: Blob): void => {
  const url = URL.createObjectURL(content)
  const link = Object.assign(document.createElement("a"), { href: url, download: name })
  link.click()
  // The download has begun once the event is over.
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}

export interface LegendLine {
  readonly text: string
  readonly colour: string
}

const MARGIN = 16
const LINE = 24

/** @param colours of ground and text */
export const pictureOf = async (
  canvases: ReadonlyArray<HTMLCanvasElement>,
  heading: string,
  legend: ReadonlyArray<LegendLine>,
  colours: { readonly panel: string; readonly ink: string; readonly font: string }
): Promise<Blob | null> => {
  const ratio = devicePixelRatio
  const above = (MARGIN + LINE * (legend.length + 1)) * ratio
  const canvas = document.createElement("canvas")
  canvas.width = Math.max(...canvases.map(({ width }) => width))
  canvas.height = above + canvases.reduce((sum, { height }) => sum + height, 0)
  const context = canvas.getContext("2d")
  if (context === null) return null
  context.fillStyle = colours.panel
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.font = colours.font.replace(/^\d+/, (px) => String(Number(px) * ratio))
  context.fillStyle = colours.ink
  context.fillText(heading, MARGIN * ratio, (MARGIN + 4) * ratio)
  legend.forEach(({ colour, text }, i) => {
    const y = (MARGIN + 4 + (i + 1) * LINE) * ratio
    context.fillStyle = colour
    context.fillRect(MARGIN * ratio, y - 8 * ratio, 18 * ratio, 5 * ratio)
    context.fillStyle = colours.ink
    context.fillText(text, (MARGIN + 26) * ratio, y)
  })
  let top = above
  for (const pane of canvases) {
    context.drawImage(pane, 0, top)
    top += pane.height
  }
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
}

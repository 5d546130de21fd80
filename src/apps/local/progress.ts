/**
 * A progress bar: redrawn in place on a terminal, otherwise a line for every 10 %.
 */
const WIDTH = 30

export interface ProgressBar {
  readonly update: (percent: number, note: string) => void
  readonly end: () => void
}

export const makeProgressBar = (label: string): ProgressBar => {
  const out = process.stderr
  let tenths = -1
  return {
    update: (percent, note) => {
      const filled = Math.round(percent / 100 * WIDTH)
      const bar = "#".repeat(filled) + ".".repeat(WIDTH - filled)
      const line = `${label} [${bar}] ${percent.toFixed(0).padStart(3)} %  ${note}`
      if (out.isTTY) out.write(`\r\u001b[K${line.slice(0, out.columns - 1)}`)
      else if (Math.floor(percent / 10) > tenths) {
        tenths = Math.floor(percent / 10)
        out.write(`${line}\n`)
      }
    },
    end: () => {
      if (out.isTTY) out.write("\n")
    }
  }
}

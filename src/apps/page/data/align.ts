/**
 * Tracks side by side over the union of their timestamps, as uPlot takes them: null breaks a line, undefined does not.
 */
import type { Track } from "./track.ts"

export type Cell = number | null | undefined
export type Aligned = readonly [timestamps: ReadonlyArray<number>, ...values: ReadonlyArray<ReadonlyArray<Cell>>]

const union = (tracks: ReadonlyArray<Track>): ReadonlyArray<number> => {
  const all = new Float64Array(tracks.reduce((sum, { timestamps }) => sum + timestamps.length, 0))
  let at = 0
  for (const { timestamps } of tracks) {
    all.set(timestamps, at)
    at += timestamps.length
  }
  all.sort()
  const distinct: Array<number> = []
  for (const instant of all) if (instant !== distinct.at(-1)) distinct.push(instant)
  return distinct
}

export const align = (tracks: ReadonlyArray<Track>): Aligned => {
  const timestamps = union(tracks)
  return [
    timestamps,
    ...tracks.map((track) => {
      const cells = Array.from({ length: timestamps.length }, (): Cell => undefined)
      let row = 0
      track.timestamps.forEach((at, i) => {
        while ((timestamps[row] as number) < at) row++
        cells[row] = track.values[i] ?? null
      })
      return cells
    })
  ]
}

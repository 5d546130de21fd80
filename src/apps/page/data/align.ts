/**
 * Tracks side by side over the union of their timestamps, as uPlot takes them: null breaks a line, undefined does not.
 * Twenty tracks of pixels have two million cells, so this is written for speed.
 */
import type { Track } from "./track.ts"

export type Cell = number | null | undefined
export type Aligned = readonly [timestamps: Float64Array, ...values: ReadonlyArray<ReadonlyArray<Cell>>]

const union = (tracks: ReadonlyArray<Track>): Float64Array => {
  const all = new Float64Array(tracks.reduce((sum, { timestamps }) => sum + timestamps.length, 0))
  let end = 0
  for (const { timestamps } of tracks) {
    all.set(timestamps, end)
    end += timestamps.length
  }
  all.sort()
  let distinct = 0
  for (let i = 0; i < all.length; i++) {
    const at = all[i] as number
    if (distinct === 0 || at !== all[distinct - 1]) all[distinct++] = at
  }
  return all.slice(0, distinct)
}

const cellsOf = ({ timestamps, values }: Track, rows: Float64Array): ReadonlyArray<Cell> => {
  const cells = Array<Cell>(rows.length).fill(undefined)
  let row = 0
  for (let i = 0; i < timestamps.length; i++) {
    const at = timestamps[i] as number
    while ((rows[row] as number) < at) row++
    cells[row] = values[i] ?? null
  }
  return cells
}

export const align = (tracks: ReadonlyArray<Track>): Aligned => {
  const timestamps = union(tracks)
  return [timestamps, ...tracks.map((track) => cellsOf(track, timestamps))]
}

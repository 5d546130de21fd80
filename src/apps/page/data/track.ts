/**
 * The samples of one point as they are drawn, and where its line has to break.
 */
export interface Track {
  /** Ascending, ms. */
  readonly timestamps: ReadonlyArray<number>
  /** Null in a bucket without a value. */
  readonly values: ReadonlyArray<number | null>
}

/** The columns of pixels that an answer was made for; null where it has all samples. */
export interface PixelColumns {
  readonly start: number
  readonly width: number
}

/** So many missing samples in a row are a gap. */
const MISSING = 3

/** Whether two neighbours of an answer are neighbours of the stored samples too: only the ends of a column are. */
const areNeighbours = (columns: PixelColumns | null) => (a: number, b: number): boolean =>
  columns === null ||
  Math.floor((a - columns.start) / columns.width) !== Math.floor((b - columns.start) / columns.width)

/** The usual distance of stored samples, ms: the median. Infinite if there are too few to tell. */
export const usualStep = ({ timestamps }: Track, columns: PixelColumns | null): number => {
  const neighbours = areNeighbours(columns)
  const steps: Array<number> = []
  for (let i = 1; i < timestamps.length; i++) {
    const [before, at] = [timestamps[i - 1] as number, timestamps[i] as number]
    if (neighbours(before, at)) steps.push(at - before)
  }
  return steps.length < 3 ? Infinity : Float64Array.from(steps).sort()[steps.length >> 1] as number
}

/**
 * With a null where samples are missing, so that no line is drawn over it.
 *
 * @param interval the distance of samples that the source names, ms; null if it names none
 */
export const breakAtGaps = (track: Track, columns: PixelColumns | null, interval: number | null): Track => {
  const neighbours = areNeighbours(columns)
  const usual = usualStep(track, columns)
  const limit = MISSING * Math.max(interval ?? 0, Number.isFinite(usual) || interval === null ? usual : 0)
  const timestamps: Array<number> = []
  const values: Array<number | null> = []
  track.timestamps.forEach((at, i) => {
    const before = track.timestamps[i - 1]
    if (before !== undefined && at - before > limit && neighbours(before, at)) {
      timestamps.push(before + 1)
      values.push(null)
    }
    timestamps.push(at)
    values.push(track.values[i] ?? null)
  })
  return { timestamps, values }
}

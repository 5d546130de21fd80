/**
 * Held values: a point keeps its value until the next sample, also over the start of a window. A point that reports on
 * change would otherwise be drawn from its first change in the window, and the first pair of a counter be lost.
 */
import { type Columns, concatColumns } from "../samples/series.ts"

/** The last sample before a window. */
export interface HeldValue {
  readonly timestamp: number
  readonly value: number
}

/** The later of two held values; `higher` where both are of one instant. */
export const laterHeld = (lower: HeldValue | undefined, higher: HeldValue | undefined): HeldValue | undefined =>
  lower === undefined || (higher !== undefined && higher.timestamp >= lower.timestamp) ? higher : lower

/** The last of the samples. */
export const lastOf = ({ timestamps, values }: Columns): HeldValue | undefined => {
  const timestamp = timestamps.at(-1)
  return timestamp === undefined ? undefined : { timestamp, value: values.at(-1) as number }
}

/** The samples of a window, and before them the held value. */
export const withHeld = (samples: Columns, held: HeldValue | undefined): Columns =>
  held === undefined ? samples : concatColumns([
    { timestamps: Float64Array.of(held.timestamp), values: Float64Array.of(held.value) },
    samples
  ])

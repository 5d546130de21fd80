/**
 * A row of the tail table: what syncs appended to a block in an hour, the segments of each strip in a column of their
 * own. See docs/format-hot-store.md.
 */
import { HOUR_MS } from "../../domain/time/calendar.ts"
import { encodeSegment, type SegmentEntry } from "../../domain/codec/segment/segment.ts"
import { countSamples, cutColumns, type Series } from "../../domain/samples/series.ts"
import { BLOCK, blockOfPoint, blockOfTail, hourOffset, STRIP, STRIPS_OF_BLOCK, TAIL_SPAN } from "./keys.ts"

const HOURS_A_DAY = 24

/** Most samples of one append to a row: even at 17 bytes a sample, the most there is, their hex fits one parameter. */
const APPEND_SAMPLES = 32_768

/** The columns of the strips of a block, in order. */
export const TAIL_BLOBS = STRIPS_OF_BLOCK.map((strip) => `strip${strip}`)

/** SQL: the stored bytes of the row `t`. */
export const TAIL_BYTES = `(${TAIL_BLOBS.map((blob) => `length(t.${blob})`).join(" + ")})`

/** SQL: the row `t` as a {@link TailRow}. */
export const TAIL_COLUMNS = `t.k AS key, ${TAIL_BLOBS.map((blob) => `hex(t.${blob}) AS ${blob}`).join(", ")}`

/** SQL: the same with only one strip of the block, the others empty. */
export const TAIL_COLUMNS_OF = STRIPS_OF_BLOCK.map((strip) =>
  `t.k AS key, ${TAIL_BLOBS.map((blob, i) => i === strip ? `hex(t.${blob}) AS ${blob}` : `'' AS ${blob}`).join(", ")}`
)

/** SQL: the blob of one strip of the row `t`. */
export const tailOfStrip = (strip: string): string =>
  `CASE ${strip} % ${TAIL_BLOBS.length} ${TAIL_BLOBS.map((blob, i) => `WHEN ${i} THEN t.${blob}`).join(" ")} END`

/** As D1 gives it: `key`, and the blobs as hex text under the names of {@link TAIL_BLOBS}. */
export interface TailRow extends Readonly<Record<string, string | number>> {
  readonly key: number
}

/** The segments of one strip, as hex text. */
export interface StripTail {
  readonly strip: number
  readonly data: string
}

/** The strips of a row. */
export const stripsOfTail = (row: TailRow): ReadonlyArray<StripTail> =>
  TAIL_BLOBS.map((blob, i) => ({ strip: blockOfTail(row.key) * TAIL_BLOBS.length + i, data: String(row[blob]) }))

/** What one statement appends to a row. */
export interface TailAppend {
  /** The key of the row's first piece. */
  readonly key: number
  /** A segment for each strip; it has no bytes where there is nothing to append. */
  readonly segments: ReadonlyArray<Uint8Array>
}

/** A round has one append to each row; a block and hour that has more continues in the next round. */
export interface TailPlan {
  readonly rounds: ReadonlyArray<ReadonlyArray<TailAppend>>
  readonly days: ReadonlyMap<number, { bytes: number; since: number; samples: number }>
}

interface Entry extends SegmentEntry {
  /** Which strip of the block. */
  readonly strip: number
}

const cutRounds = (entries: ReadonlyArray<Entry>): ReadonlyArray<ReadonlyArray<Entry>> => {
  const rounds: Array<ReadonlyArray<Entry>> = []
  let open: Array<Entry> = []
  let room = APPEND_SAMPLES
  for (const entry of entries) {
    const { timestamps, values } = entry
    if (timestamps.length < room) {
      open.push(entry)
      room -= timestamps.length
      continue
    }
    for (let from = 0; from < timestamps.length;) {
      const to = Math.min(timestamps.length, from + room)
      open.push({ ...entry, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) })
      room -= to - from
      from = to
      if (room === 0) {
        rounds.push(open)
        open = []
        room = APPEND_SAMPLES
      }
    }
  }
  if (open.length > 0) rounds.push(open)
  return rounds
}

const noBytes = new Uint8Array(0)

const segmentsOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<Uint8Array> =>
  STRIPS_OF_BLOCK.map((strip) => {
    const own = entries.filter((entry) => entry.strip === strip)
    return own.length === 0 ? noBytes : encodeSegment(own)
  })

/** Plans the appends of samples to the rows of their blocks and hours. */
export const planTail = (series: ReadonlyArray<Series>, ids: ReadonlyMap<string, number>): TailPlan => {
  const blocks = new Map<number, Map<number, Array<Entry>>>()
  for (const one of series) {
    const id = ids.get(one.point)
    if (id === undefined) throw new Error(`point ${one.point} has no id`)
    const block = blockOfPoint(id)
    const hours = blocks.get(block) ?? new Map<number, Array<Entry>>()
    blocks.set(block, hours)
    const [strip, slot] = [Math.floor((id % BLOCK) / STRIP), id % STRIP]
    for (const { columns, index } of cutColumns(one, HOUR_MS)) {
      const entries = hours.get(index) ?? []
      hours.set(index, entries)
      entries.push({ strip, slot, timestamps: columns.timestamps, values: columns.values })
    }
  }
  const rounds: Array<Array<TailAppend>> = []
  const days = new Map<number, { bytes: number; since: number; samples: number }>()
  for (const [block, hours] of blocks) {
    for (const [hour, entries] of hours) {
      const day = days.get(Math.floor(hour / HOURS_A_DAY)) ?? { bytes: 0, since: Infinity, samples: 0 }
      days.set(Math.floor(hour / HOURS_A_DAY), day)
      for (const entry of entries) day.since = Math.min(day.since, entry.timestamps[0] as number)
      day.samples += countSamples(entries)
      cutRounds(entries).forEach((own, i) => {
        const segments = segmentsOf(own)
        const round = rounds[i] ?? []
        rounds[i] = round
        round.push({ key: block * TAIL_SPAN + hourOffset(hour), segments })
        for (const { length } of segments) day.bytes += length
      })
    }
  }
  return { rounds, days }
}

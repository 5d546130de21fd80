/**
 * Builds an object of samples row group by row group, for a day or a month: raw columns live only until their point is
 * encoded.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { seriesComplaint } from "../../../domain/tiers/partition.ts"
import type { Series } from "../../../domain/samples/series.ts"
import type { Window } from "../../../domain/time/window.ts"
import { describeChecksums, makeChecksumBlock } from "../format/checksum-block.ts"
import { makeFooter } from "./footer.ts"
import { type EncodedPoint, encodePoint, finishedPoints, type Group, layGroup } from "./group.ts"
import { makeObjectBuffer } from "./object-buffer.ts"
import { encodeIndex } from "../format/object-index.ts"
import type { PageEncoder } from "./page-encoder.ts"
import { MAGIC } from "../format/schema.ts"

/** What an object of samples holds. */
export interface Content {
  readonly rows: number
  readonly points: number
  /** First and last timestamp, ms; 0 and 0 where `rows` is 0. */
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  /** See `domain/samples/checksum.ts`. */
  readonly checksum: string
}

export interface SampleObject extends Content {
  readonly size: number
  readonly index: Uint8Array
  readonly bytes: Uint8Array
  readonly pointNames: ReadonlyArray<string>
}

/** What the footer says of an object, the index included. */
export type Describe = (content: Content, index: Uint8Array) => Readonly<Record<string, string>>

export const makeSampleBuilder = (siteName: string, window: Window, encoder: PageEncoder) => {
  const site = new TextEncoder().encode(siteName)
  const object = makeObjectBuffer()
  object.append(MAGIC)
  const footer = makeFooter()
  const layout: Array<Pick<Group, "headLength" | "spans">> = []
  const pointNames: Array<string> = []
  let pending: Array<EncodedPoint> = []
  let rows = 0
  const checksums = makeChecksumBlock(window)
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  let previous: string | null = null

  const close = (count: number) => {
    if (count === 0) return
    const group = layGroup(encoder, site, pending.slice(0, count), object.length())
    for (const { timestamps } of pending.slice(0, count)) releaseView(timestamps)
    pending = pending.slice(count)
    for (const part of group.parts) {
      object.append(part)
      releaseView(part)
    }
    footer.add(group.metadata)
    layout.push({ headLength: group.headLength, spans: group.spans })
  }

  return {
    /** Takes the next point; the complaint where it may not follow. Points without samples are left out. Keeps no column. */
    add: (series: Series): string | undefined => {
      const complaint = seriesComplaint(window, previous, series)
      if (complaint !== undefined) return complaint
      previous = series.point
      const { timestamps } = series
      if (timestamps.length === 0) return undefined
      const point = encodePoint(encoder, series)
      close(finishedPoints(pending, point))
      pending.push(point)
      pointNames.push(series.point)
      rows += timestamps.length
      checksums.add(series)
      firstTimestamp = Math.min(firstTimestamp, timestamps[0] as number)
      lastTimestamp = Math.max(lastTimestamp, timestamps.at(-1) as number)
      return undefined
    },
    finish: (describe: Describe): SampleObject => {
      while (pending.length > 0) close(finishedPoints(pending, null))
      const content: Content = {
        rows,
        points: pointNames.length,
        firstTimestamp: rows === 0 ? 0 : firstTimestamp,
        lastTimestamp: rows === 0 ? 0 : lastTimestamp,
        checksum: checksums.sum()
      }
      const index = encodeIndex(layout)
      const offset = object.length()
      const block = checksums.bytes()
      object.append(block)
      object.append(footer.finish(rows, { ...describe(content, index), ...describeChecksums({ offset, length: block.length }) }))
      return { ...content, size: object.length(), index, bytes: object.bytes(), pointNames }
    }
  }
}

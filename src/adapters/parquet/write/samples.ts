/**
 * Builds an object of samples row group by row group, for a day or a month. Columns are needed only until their point
 * is encoded.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { seriesComplaint } from "../../../domain/tiers/partition.ts"
import type { Series } from "../../../domain/samples/series.ts"
import type { Window } from "../../../domain/time/window.ts"
import { describeChecksums, makeChecksumBlock } from "../format/checksum-block.ts"
import { makeFooter } from "./footer.ts"
import { layGroup, Waiting } from "./group.ts"
import { makeObjectBuffer } from "./object-buffer.ts"
import type { Content, Describe } from "../format/description.ts"
import { encodeIndex, type GroupLayout } from "../format/object-index.ts"
import type { PageEncoder } from "./page-encoder.ts"
import { waitingPoint, type WaitingPoint } from "./point.ts"
import { MAGIC } from "../format/schema.ts"

/** A finished object, stored nowhere yet. */
export interface SampleObject extends Content {
  readonly size: number
  readonly index: Uint8Array
  readonly bytes: Uint8Array
  readonly pointNames: ReadonlyArray<string>
}

export const makeSampleBuilder = (siteName: string, window: Window, encoder: PageEncoder) => {
  const site = new TextEncoder().encode(siteName)
  const object = makeObjectBuffer()
  object.append(MAGIC)
  const footer = makeFooter()
  const layout: Array<GroupLayout> = []
  const pointNames: Array<string> = []
  const waiting = new Waiting()
  let rows = 0
  const checksums = makeChecksumBlock(window)
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  let previous: string | null = null

  const close = (points: ReadonlyArray<WaitingPoint>) => {
    if (points.length === 0) return
    const group = layGroup(encoder, site, points, object.length())
    for (const { timestamps } of points) releaseView(timestamps)
    for (const bytes of group.pages) {
      object.append(bytes)
      releaseView(bytes)
    }
    footer.add(group.metadata)
    layout.push(group.layout)
  }

  return {
    /** Takes the next point, or says why it cannot follow. Points without samples are left out. Keeps no columns. */
    add: (series: Series): string | undefined => {
      const complaint = seriesComplaint(window, previous, series)
      if (complaint !== undefined) return complaint
      previous = series.point
      const { timestamps } = series
      if (timestamps.length === 0) return undefined
      const point = waitingPoint(encoder, series)
      close(waiting.take(point))
      waiting.add(point)
      pointNames.push(series.point)
      rows += timestamps.length
      checksums.add(series)
      firstTimestamp = Math.min(firstTimestamp, timestamps[0] as number)
      lastTimestamp = Math.max(lastTimestamp, timestamps.at(-1) as number)
      return undefined
    },
    finish: (describe: Describe): SampleObject => {
      close(waiting.take(null))
      const content: Content = {
        rows,
        points: pointNames.length,
        firstTimestamp: rows === 0 ? 0 : firstTimestamp,
        lastTimestamp: rows === 0 ? 0 : lastTimestamp,
        checksum: checksums.sum()
      }
      const index = encodeIndex(layout)
      const offset = object.length()
      const block = checksums.isWorthwhile(rows) ? checksums.bytes() : undefined
      if (block !== undefined) object.append(block)
      const checksumTexts = block === undefined ? {} : describeChecksums({ offset, length: block.length })
      object.append(footer.finish(rows, { ...describe(content, index), ...checksumTexts }))
      return { ...content, size: object.length(), index, bytes: object.bytes(), pointNames }
    }
  }
}

/**
 * Builds a daily object row group by row group: raw columns live only until their point is encoded.
 */
import type { RowGroup } from "hyparquet"
import type { CatalogEntry, ColdObject } from "../../domain/catalog.ts"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/checksum.ts"
import { partitionComplaint, partitionKey } from "../../domain/partition.ts"
import type { Series } from "../../domain/series.ts"
import { footerTexts } from "./description.ts"
import { footer } from "./footer.ts"
import { type EncodedPoint, encodePoint, finishedPoints, type Group, layGroup } from "./group.ts"
import { encodeIndex } from "./objectIndex.ts"
import { MAGIC } from "./schema.ts"

/** A finished object: everything its catalog row needs but the etag. */
export interface BuiltBytes extends Omit<CatalogEntry, "etag" | "index"> {
  readonly index: Uint8Array
  readonly bytes: Uint8Array
  readonly pointNames: ReadonlyArray<string>
}

export interface Builder {
  /** Takes the next point; the complaint where it may not follow. Points without samples are left out. */
  readonly add: (series: Series) => string | undefined
  readonly finish: () => BuiltBytes
}

export const makeBuilder = (
  options: Pick<ColdObject, "site" | "day" | "generation" | "source" | "run">
): Builder => {
  const site = new TextEncoder().encode(options.site)
  const parts: Array<Uint8Array> = [MAGIC]
  const rowGroups: Array<RowGroup> = []
  const layout: Array<Pick<Group, "headLength" | "runs">> = []
  const pointNames: Array<string> = []
  let pending: Array<EncodedPoint> = []
  let offset = MAGIC.length
  let rows = 0
  let checksum = emptyChecksum
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  let previous: string | null = null

  const close = (count: number) => {
    if (count === 0) return
    const group = layGroup(site, pending.slice(0, count), offset)
    pending = pending.slice(count)
    for (const part of group.bytes) {
      // A copy of the exact size: the writers' buffers are larger than what they hold.
      parts.push(part.slice())
      offset += part.length
    }
    rowGroups.push(group.metadata)
    layout.push({ headLength: group.headLength, runs: group.runs })
  }

  return {
    add: (series) => {
      const complaint = partitionComplaint(options.day, previous, series)
      if (complaint !== undefined) return complaint
      previous = series.point
      const { timestamps, values } = series
      if (timestamps.length === 0) return undefined
      const point = encodePoint(series.point, timestamps, values)
      close(finishedPoints(pending, point))
      pending.push(point)
      pointNames.push(series.point)
      rows += timestamps.length
      checksum = addChecksums(checksum, checksumSeries(series))
      firstTimestamp = Math.min(firstTimestamp, timestamps[0] as number)
      lastTimestamp = Math.max(lastTimestamp, timestamps.at(-1) as number)
      return undefined
    },
    finish: () => {
      while (pending.length > 0) close(finishedPoints(pending, null))
      const object = {
        ...options,
        key: partitionKey(options),
        rows,
        points: pointNames.length,
        firstTimestamp: rows === 0 ? 0 : firstTimestamp,
        lastTimestamp: rows === 0 ? 0 : lastTimestamp,
        checksum: formatChecksum(checksum)
      }
      const index = encodeIndex(layout)
      parts.push(footer(rowGroups, rows, footerTexts(object, index)))
      const size = parts.reduce((total, part) => total + part.length, 0)
      const bytes = new Uint8Array(size)
      let at = 0
      for (const part of parts) {
        bytes.set(part, at)
        at += part.length
      }
      return { ...object, size, index, bytes, pointNames }
    }
  }
}

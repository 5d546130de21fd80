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
import { makePageEncoder } from "./pageEncoder.ts"
import { MAGIC } from "./schema.ts"

/** A finished object: everything its catalog row needs but the etag. */
export interface BuiltBytes extends Omit<CatalogEntry, "etag" | "index"> {
  readonly index: Uint8Array
  readonly bytes: Uint8Array
  readonly pointNames: ReadonlyArray<string>
}

export interface Builder {
  /** Takes the next point; the complaint where it may not follow. Points without samples are left out. Keeps no column. */
  readonly add: (series: Series) => string | undefined
  readonly finish: () => BuiltBytes
}

/** Memory for the finished object, which grows to four times what is full: the last growth copies a quarter at most. */
const makeBuffer = () => {
  let memory = new Uint8Array(262_144)
  let length = 0
  return {
    length: () => length,
    bytes: () => memory.subarray(0, length),
    append: (part: Uint8Array) => {
      if (length + part.length > memory.length) {
        const larger = new Uint8Array(Math.max(memory.length * 4, length + part.length))
        larger.set(memory.subarray(0, length))
        memory = larger
      }
      memory.set(part, length)
      length += part.length
    }
  }
}

export const makeBuilder = (
  options: Pick<ColdObject, "site" | "day" | "generation" | "source" | "run">
): Builder => {
  const site = new TextEncoder().encode(options.site)
  const encoder = makePageEncoder()
  const object = makeBuffer()
  object.append(MAGIC)
  const rowGroups: Array<RowGroup> = []
  const layout: Array<Pick<Group, "headLength" | "runs">> = []
  const pointNames: Array<string> = []
  let pending: Array<EncodedPoint> = []
  let rows = 0
  let checksum = emptyChecksum
  let firstTimestamp = Infinity
  let lastTimestamp = -Infinity
  let previous: string | null = null

  const close = (count: number) => {
    if (count === 0) return
    const group = layGroup(encoder, site, pending.slice(0, count), object.length())
    pending = pending.slice(count)
    for (const part of group.parts) object.append(part)
    rowGroups.push(group.metadata)
    layout.push({ headLength: group.headLength, runs: group.runs })
  }

  return {
    add: (series) => {
      const complaint = partitionComplaint(options.day, previous, series)
      if (complaint !== undefined) return complaint
      previous = series.point
      const { timestamps } = series
      if (timestamps.length === 0) return undefined
      const point = encodePoint(encoder, series)
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
      const described = {
        ...options,
        key: partitionKey(options),
        rows,
        points: pointNames.length,
        firstTimestamp: rows === 0 ? 0 : firstTimestamp,
        lastTimestamp: rows === 0 ? 0 : lastTimestamp,
        checksum: formatChecksum(checksum)
      }
      const index = encodeIndex(layout)
      object.append(footer(rowGroups, rows, footerTexts(described, index)))
      return { ...described, size: object.length(), index, bytes: object.bytes(), pointNames }
    }
  }
}

/**
 * The bytes of a cold object in memory: its series, one after the other, not compressed.
 */
import { Result } from "effect"
import { addChecksums, checksumSeries, emptyChecksum, formatChecksum } from "../../domain/samples/checksum.ts"
import type { Series } from "../../domain/samples/series.ts"
import type { ColdObject } from "../../domain/tiers/catalog.ts"
import { ObjectDamaged } from "../../ports/ColdStore.ts"

/** Each series: the length of its name and the number of its samples (both uint32), name, timestamps, values. */
export const encode = (series: ReadonlyArray<Series>): Uint8Array => {
  const names = series.map((one) => new TextEncoder().encode(one.point))
  const size = series.reduce((sum, one, i) => sum + 8 + (names[i] as Uint8Array).length + one.timestamps.length * 16, 0)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let at = 0
  series.forEach((one, i) => {
    const name = names[i] as Uint8Array
    view.setUint32(at, name.length)
    view.setUint32(at + 4, one.timestamps.length)
    bytes.set(name, at + 8)
    at += 8 + name.length
    for (const column of [one.timestamps, one.values]) {
      for (const number of column) {
        view.setFloat64(at, number)
        at += 8
      }
    }
  })
  return bytes
}

const decode = (bytes: Uint8Array): Result.Result<ReadonlyArray<Series>, ObjectDamaged> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const series: Array<Series> = []
  let at = 0
  while (at < bytes.length) {
    const nameAt = at + 8
    const columnsAt = nameAt <= bytes.length ? nameAt + view.getUint32(at) : Infinity
    const count = nameAt <= bytes.length ? view.getUint32(at + 4) : Infinity
    at = columnsAt + count * 16
    if (at > bytes.length) {
      return Result.fail(
        new ObjectDamaged({ damage: "samples", detail: `a series ends at byte ${at} of ${bytes.length}` })
      )
    }
    series.push({
      point: new TextDecoder().decode(bytes.subarray(nameAt, columnsAt)),
      timestamps: Float64Array.from({ length: count }, (_, i) => view.getFloat64(columnsAt + i * 8)),
      values: Float64Array.from({ length: count }, (_, i) => view.getFloat64(columnsAt + (count + i) * 8))
    })
  }
  return Result.succeed(series)
}

/** What an object of these series holds. */
export const describe = (series: ReadonlyArray<Series>) => {
  let checksum = emptyChecksum
  let rows = 0
  let first = Infinity
  let last = -Infinity
  for (const one of series) {
    checksum = addChecksums(checksum, checksumSeries(one))
    rows += one.timestamps.length
    first = Math.min(first, one.timestamps[0] ?? Infinity)
    last = Math.max(last, one.timestamps.at(-1) ?? -Infinity)
  }
  return {
    rows,
    points: series.length,
    firstTimestamp: rows === 0 ? 0 : first,
    lastTimestamp: rows === 0 ? 0 : last,
    checksum: formatChecksum(checksum)
  }
}

/** Decodes an object and compares it with what is claimed of it. */
export const decodeChecked = (
  bytes: Uint8Array,
  claimed: Pick<ColdObject, "size" | "checksum" | "rows" | "points">
) => {
  if (bytes.length !== claimed.size) {
    return Result.fail(new ObjectDamaged({ damage: "cut", detail: `${bytes.length} bytes instead of ${claimed.size}` }))
  }
  return Result.flatMap(decode(bytes), (series) => {
    const found = describe(series)
    return found.checksum === claimed.checksum && found.rows === claimed.rows && found.points === claimed.points
      ? Result.succeed(series)
      : Result.fail(
        new ObjectDamaged({
          damage: "samples",
          detail:
            `checksum ${found.checksum} of ${found.rows} rows where ${claimed.checksum} of ${claimed.rows} was claimed`
        })
      )
  })
}

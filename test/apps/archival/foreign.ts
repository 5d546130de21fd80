/** A cold store whose bucket also has daily objects that another tool wrote, in the older layout of keys. */
import { Effect, Stream } from "effect"
import { type ForeignObject } from "../../../src/domain/tiers/catalog.ts"
import { type Series, sliceColumns } from "../../../src/domain/samples/series.ts"
import type { ColdStore } from "../../../src/ports/ColdStore.ts"

export interface ForeignArchive {
  readonly object: ForeignObject
  readonly series: ReadonlyArray<Series>
}

export const withForeign = (
  cold: ColdStore["Service"],
  archives: ReadonlyArray<ForeignArchive>
): ColdStore["Service"] => {
  const seriesOf = (key: string) => archives.find(({ object }) => object.key === key)?.series
  return {
    ...cold,
    scan: (object, after) => {
      const series = seriesOf(object.key)
      return series === undefined ? cold.scan(object, after) : Stream.fromIterable(series)
    },
    read: (entry, points, window) => {
      const series = seriesOf(entry.key)
      if (series === undefined) return cold.read(entry, points, window)
      const asked = series.filter(({ point }) => points.includes(point))
        .map((one): Series => ({ point: one.point, ...sliceColumns(one, window) }))
        .filter(({ timestamps }) => timestamps.length > 0)
      return Effect.succeed({ series: asked, etag: entry.etag, gets: 1, bytes: 1 })
    },
    list: Stream.concat(cold.list, Stream.fromIterable(archives.map(({ object }) => object)))
  }
}

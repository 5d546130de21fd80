/**
 * `Staging` in memory, with every law of the port, for one process.
 */
import { Effect, Layer, Stream } from "effect"
import { mergeAll } from "../../domain/samples/merge.ts"
import { comparePoints } from "../../domain/samples/names.ts"
import type { Columns, Series } from "../../domain/samples/series.ts"
import { LEFTOVER_MS, PartMissing, Staging } from "../../ports/Staging.ts"

interface Part {
  readonly series: ReadonlyArray<Series>
  readonly at: number
}

export const layer: Layer.Layer<Staging> = Layer.sync(Staging, () => {
  const days = new Map<string, Map<string, Part>>()
  const dayOf = (site: string, day: number): Map<string, Part> => {
    const key = `${day} ${site}`
    const known = days.get(key) ?? new Map<string, Part>()
    days.set(key, known)
    return known
  }
  const copy = ({ point, timestamps, values }: Series): Series => ({
    point,
    timestamps: timestamps.slice(),
    values: values.slice()
  })
  return Staging.of({
    put: ({ day, site }, part, series, at) =>
      Effect.map(Stream.runCollect(Stream.map(series, copy)), (all) => {
        dayOf(site, day).set(part, { series: all, at })
      }),
    read: ({ day, site }, parts) =>
      Stream.suspend(() => {
        const held = dayOf(site, day)
        const missing = parts.find((part) => !held.has(part))
        if (missing !== undefined) return Stream.fail(new PartMissing({ site, day, part: missing }))
        const ranked = new Map<string, Array<Columns>>()
        for (const part of parts) {
          for (const one of held.get(part)?.series ?? []) {
            ranked.set(one.point, [...ranked.get(one.point) ?? [], copy(one)])
          }
        }
        const points = [...ranked].sort(([a], [b]) => comparePoints(a, b))
        return Stream.fromIterable(points.map(([point, columns]): Series => ({ point, ...mergeAll(columns) })))
      }),
    discard: ({ day, site }, now) =>
      Effect.sync(() => {
        days.delete(`${day} ${site}`)
        for (const parts of days.values()) {
          for (const [part, { at }] of parts) if (at < now - LEFTOVER_MS) parts.delete(part)
        }
      })
  })
})

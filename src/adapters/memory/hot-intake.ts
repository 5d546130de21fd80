/**
 * `Intake` in memory.
 */
import { Effect } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { countSamples, cutColumns, type Series } from "../../domain/samples/series.ts"
import { DAY_MS, type Day } from "../../domain/time/calendar.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import { type Appended, Intake, StaleFence } from "../../ports/Intake.ts"
import { type HotDayState, type HotState, readPoints, type SiteState } from "./hot-state.ts"

const openDay = (site: SiteState, day: Day): HotDayState => {
  const known = site.days.get(day)
  if (known !== undefined) return known
  const fresh: HotDayState = { generation: 0, epoch: site.clock, tail: new Map(), chunks: new Map() }
  site.days.set(day, fresh)
  return fresh
}

export const appendSeries = (site: SiteState, series: ReadonlyArray<Series>): void => {
  for (const one of series) {
    for (const { columns, index } of cutColumns(one, DAY_MS)) {
      const day = openDay(site, index)
      day.generation = site.clock
      const tail = day.tail.get(one.point) ?? []
      // Copies, because the caller may use its arrays again.
      tail.push({ timestamps: columns.timestamps.slice(), values: columns.values.slice() })
      day.tail.set(one.point, tail)
    }
  }
}

export const intakeOf = (state: HotState) =>
  Intake.of({
    takeFence: (name) =>
      Effect.sync(() => {
        const site = state.open(name)
        site.sequence++
        site.step = 0
        return { site: name, sequence: site.sequence }
      }),

    append: (run, step, series) =>
      Effect.suspend((): Effect.Effect<Appended, HotStoreError | StaleFence> => {
        const site = state.open(run.site)
        if (run.sequence !== site.sequence) {
          return Effect.fail(new StaleFence({ site: run.site, sequence: run.sequence, newest: site.sequence }))
        }
        if (step <= site.step) return Effect.succeed({ samples: 0, cost: 0 })
        if (step !== site.step + 1) {
          const cause = new Error(`the step after ${site.step} is ${site.step + 1}`)
          return Effect.fail(
            new HotStoreError({ operation: "append", subject: `site ${run.site} step ${step}`, cause })
          )
        }
        const filled = series.filter((one) => one.timestamps.length > 0)
        site.step = step
        site.clock++
        state.register(site, filled.map((one) => one.point))
        appendSeries(site, filled)
        return Effect.succeed({ samples: countSamples(filled), cost: filled.length })
      }),

    registerPoints: (name, points) =>
      Effect.sync(() => {
        const site = state.open(name)
        for (const point of points) state.describe(site, point)
      }),

    recent: (name, window) =>
      Effect.sync(() => {
        const site = state.look(name)
        return readPoints(site, [...site.points.keys()].sort(comparePoints), window)
      })
  })

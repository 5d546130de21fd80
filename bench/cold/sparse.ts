/**
 * Points with one sample a day: the bytes of a day and of its month, and what a read of one point costs. The points are
 * those of mix A, each with its first sample of a day.
 */
import { makeMonthBuilder } from "../../src/adapters/parquet/write/month.ts"
import { concatColumns } from "../../src/domain/samples/series.ts"
import { dayFromDate, daysInMonth, monthOf } from "../../src/domain/time/calendar.ts"
import { mixA } from "../mixes.ts"
import type { Site } from "./days.ts"

export const SPARSE_POINTS = 12_000
const MONTH = dayFromDate(2026, 9, 1)
/** The points of a part, and how many parts are made: the others are like them. */
const PART_POINTS = 512
const PARTS = 4

export const sparseSite = (): Site => {
  const { day, names } = mixA({ seed: 1, points: SPARSE_POINTS })
  return {
    names,
    day: (of, point) => {
      const { timestamps, values } = day(of, point)
      return { timestamps: timestamps.slice(0, 1), values: values.slice(0, 1) }
    }
  }
}

/** Bytes a sample of a month, of 30 samples a point. */
export const sparseMonth = (site: Site): number => {
  let bytes = 0
  let rows = 0
  for (let part = 0; part < PARTS; part++) {
    const builder = makeMonthBuilder({ site: "sparse", month: monthOf(MONTH), build: 1, part })
    for (let point = part * PART_POINTS; point < (part + 1) * PART_POINTS; point++) {
      const days = Array.from({ length: daysInMonth(2026, 9) }, (_, i) => site.day(MONTH + i, point))
      const complaint = builder.add({ point: site.names[point] as string, ...concatColumns(days) })
      if (complaint !== undefined) throw new Error(complaint)
    }
    const built = builder.finish()
    bytes += built.size
    rows += built.rows
  }
  return bytes / rows
}

/**
 * Derives a closed month from its days in a workerd that runs only the deriving Worker, and reads what it made.
 */
import { join } from "node:path"
import { dayFromDate, daysInMonth, monthOf } from "../../src/domain/time/calendar.ts"
import { windowOfMonth } from "../../src/domain/tiers/months.ts"
import { getSlowly } from "../machine/http.ts"
import { Random } from "../mixes/random.ts"
import { type Site, writeDay } from "./days.ts"
import type { PartSizes, ReadCosts, Reads } from "./deriver.ts"
import { startOutside } from "./outside.ts"
import { startRuntime } from "./runtime.ts"

/** A closed month of 30 days. */
const MONTH = dayFromDate(2026, 9, 1)
const PICKS = 200
const MONTHS_A_YEAR = 12

export interface MonthCost {
  /** The maximum of megabytes above the idle runtime. */
  readonly peakMegabytes: number
  readonly cpuSeconds: number
  readonly parts: number
  readonly bytesPerSample: number
  readonly bytesPerHour: number
  /** Requests for 12 months like this one, averaged over seeded picks of points. */
  readonly yearGets: number
  readonly yearGetsHourly5: number
  readonly kilobytes: number
  readonly kilobytesHourly5: number
}

const mean = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** @param folder for the objects of the days, about 12 MB each at full scale */
export const measureMonth = async (folder: string, site: Site): Promise<MonthCost> => {
  const days = Array.from({ length: daysInMonth(2026, 9) }, (_, i) => writeDay(folder, "month", site, MONTH + i))
  const outside = await startOutside(days)
  const runtime = await startRuntime(join(import.meta.dirname, "deriver.ts"))
  const at = (path: string) => `${runtime.address}${path}?site=month&outside=${encodeURIComponent(outside.address)}`
  try {
    runtime.resetPeak()
    const idle = runtime.memory().now
    const cpu = runtime.cpu()
    const { parts, report } = JSON.parse(await getSlowly(at("derive"))) as {
      readonly parts: ReadonlyArray<PartSizes>
      readonly report: { readonly status: string; readonly reason: string; readonly samples: number }
    }
    const peakMegabytes = runtime.memory().peak - idle
    const cpuSeconds = runtime.cpu() - cpu
    const expected = days.reduce((sum, { entry }) => sum + entry.rows, 0)
    if (report.status !== "completed" || report.samples !== expected) {
      throw new Error(
        `the month was not made: ${report.status}, ${report.reason}, ${report.samples} of ${expected} samples`
      )
    }
    const random = new Random(2, 0xc01d)
    const picked = (count: number) => Array.from({ length: PICKS }, () => {
      const names = new Set<string>()
      while (names.size < count) names.add(site.names[random.integer(0, site.names.length - 1)] as string)
      return [...names]
    })
    const read = async (picks: Reads["picks"]): Promise<ReadCosts> => {
      const reads: Reads = { site: "month", window: windowOfMonth(monthOf(MONTH)), picks }
      return await (await fetch(at("read"), { method: "POST", body: JSON.stringify(reads) })).json() as ReadCosts
    }
    const one = await read(picked(1))
    const five = await read(picked(5))
    const sum = (of: (part: PartSizes) => number) => parts.reduce((total, part) => total + of(part), 0)
    return {
      peakMegabytes,
      cpuSeconds,
      parts: parts.length,
      bytesPerSample: sum((part) => part.samples_size) / sum((part) => part.samples_rows),
      bytesPerHour: sum((part) => part.hours_size) / sum((part) => part.hours_rows),
      yearGets: mean(one.map(({ samples }) => samples.gets)) * MONTHS_A_YEAR,
      yearGetsHourly5: mean(five.map(({ hours }) => hours.gets)) * MONTHS_A_YEAR,
      kilobytes: mean(one.map(({ samples }) => samples.bytes)) / 1_000,
      kilobytesHourly5: mean(five.map(({ hours }) => hours.bytes)) / 1_000
    }
  } finally {
    await runtime.stop()
    outside.close()
  }
}

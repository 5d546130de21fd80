/**
 * The two synthetic sites of the benchmarks. A mix makes one day of one point at a time, so that memory stays bounded
 * at full scale: 4,583 points with a sample a minute, of which 3 % are missing.
 */
import { DAY_MS, type Day, MINUTE_MS } from "../src/domain/time/calendar.ts"
import type { Columns } from "../src/domain/samples/series.ts"
import { hash, Random } from "./mixes/random.ts"
import * as signals from "./mixes/signals.ts"

/** Points of one site at full scale. */
export const SITE_POINTS = 4_583

export interface Mix {
  readonly name: string
  /** Point names in the order of the point index, unique. */
  readonly names: ReadonlyArray<string>
  readonly units: ReadonlyArray<string | null>
  /** The device of each point, ascending: the points of a device are neighbours. */
  readonly devices: ReadonlyArray<number>
  /** The samples of one point on one UTC day (days since 1970-01-01). */
  readonly day: (day: Day, point: number) => Columns
}

export interface MixOptions {
  readonly seed: number
  readonly points: number
}

interface Share {
  readonly kind: string
  readonly unit: string | null
  /** Percent of the points. */
  readonly percent: number
  readonly signal: signals.Signal
}

const SHARES_A: ReadonlyArray<Share> = [
  { kind: "analogInput", unit: "degreesCelsius", percent: 40, signal: signals.analog },
  { kind: "analogValue", unit: "degreesCelsius", percent: 15, signal: signals.setPoint },
  { kind: "binaryInput", unit: null, percent: 20, signal: signals.binary },
  { kind: "accumulator", unit: "kilowattHours", percent: 10, signal: signals.meter },
  { kind: "analogOutput", unit: "percent", percent: 10, signal: signals.percent },
  { kind: "analogValue", unit: "kilowatts", percent: 5, signal: signals.fullDouble }
]

const SHARES_B: ReadonlyArray<Share> = [
  { kind: "binaryValue", unit: null, percent: 20, signal: signals.binary },
  { kind: "analogValue", unit: "degreesCelsius", percent: 15, signal: signals.setPoint },
  { kind: "accumulator", unit: "kilowattHours", percent: 15, signal: signals.counter },
  { kind: "analogInput", unit: "degreesCelsius", percent: 8, signal: signals.analog },
  { kind: "analogInput", unit: "degreesFahrenheit", percent: 21, signal: signals.floatDecimal },
  { kind: "analogInput", unit: "kilowatts", percent: 21, signal: signals.fullFloat }
]

// Steps of the golden ratio spread the shares evenly over the points, each in its proportion.
const shareOf = (shares: ReadonlyArray<Share>, point: number): Share => {
  let left = (((point + 0.5) * 0.6180339887498949) % 1) * 100
  for (const share of shares) {
    left -= share.percent
    if (left < 0) return share
  }
  return shares[0] as Share
}

const describe = (shares: ReadonlyArray<Share>, devices: ReadonlyArray<number>) => ({
  names: devices.map((device, point) => {
    const id = `${6_000 + device}:${String(point).padStart(5, "0")}`
    return `acme/north campus/${id}/${shareOf(shares, point).kind}/${point % 200}`
  }),
  units: devices.map((_, point) => shareOf(shares, point).unit)
})

const sampled = (timestamps: Float64Array, slots: Int32Array, count: number, values: Float64Array): Columns => {
  const out = { timestamps: timestamps.slice(0, count), values: new Float64Array(count) }
  for (let i = 0; i < count; i++) out.values[i] = values[slots[i] as number] as number
  return out
}

/** Mix A, "points": every point has its own phase; the timestamps of 30 % of the points jitter by 0–500 ms. */
export const mixA = ({ points, seed }: MixOptions): Mix => {
  const devices = Array.from({ length: points }, (_, point) => Math.floor(point / 40))
  const values = new Float64Array(signals.SLOTS_PER_DAY)
  const timestamps = new Float64Array(signals.SLOTS_PER_DAY)
  const slots = new Int32Array(signals.SLOTS_PER_DAY)
  return {
    name: "A",
    ...describe(SHARES_A, devices),
    devices,
    day: (day, point) => {
      const key = hash(seed, point)
      const random = new Random(key, day, 0x77)
      const phase = hash(key, 11) % 60
      const jitters = hash(key, 12) % 10 < 3
      shareOf(SHARES_A, point).signal(key, day, values)
      let count = 0
      for (let i = 0; i < signals.SLOTS_PER_DAY; i++) {
        const jitter = jitters ? random.integer(0, 500) : 0
        if (random.next() < 0.03) continue
        timestamps[count] = day * DAY_MS + i * MINUTE_MS + phase * 1_000 + jitter
        slots[count++] = i
      }
      return sampled(timestamps, slots, count, values)
    }
  }
}

const devicesOf = (seed: number, points: number): ReadonlyArray<number> => {
  const random = new Random(seed, 0xde)
  const devices: Array<number> = []
  for (let device = 0; devices.length < points; device++) {
    for (let left = random.integer(20, 200); left > 0 && devices.length < points; left--) devices.push(device)
  }
  return devices
}

/**
 * Mix B, "site": devices of 20–200 points are scraped once a minute with 0–500 ms jitter, and the points of a scrape
 * share its timestamp. Half of the missing samples are outages of a device (10–120 minutes, on one day of three), half
 * are missing singly.
 */
export const mixB = ({ points, seed }: MixOptions): Mix => {
  const devices = devicesOf(seed, points)
  const values = new Float64Array(signals.SLOTS_PER_DAY)
  const timestamps = new Float64Array(signals.SLOTS_PER_DAY)
  const slots = new Int32Array(signals.SLOTS_PER_DAY)
  return {
    name: "B",
    ...describe(SHARES_B, devices),
    devices,
    day: (day, point) => {
      const key = hash(seed, point)
      const device = hash(seed, devices[point] as number, 0xd0)
      const own = new Random(key, day, 0x77)
      const scrape = new Random(device, day, 0x78)
      const phase = device % 59_500
      const fails = scrape.next() < 1 / 3
      const outage = scrape.integer(0, signals.SLOTS_PER_DAY - 120)
      const back = fails ? outage + scrape.integer(10, 120) : outage
      shareOf(SHARES_B, point).signal(key, day, values)
      let count = 0
      for (let i = 0; i < signals.SLOTS_PER_DAY; i++) {
        const jitter = scrape.integer(0, 500)
        if (own.next() < 0.015 || (i >= outage && i < back)) continue
        timestamps[count] = day * DAY_MS + i * MINUTE_MS + phase + jitter
        slots[count++] = i
      }
      return sampled(timestamps, slots, count, values)
    }
  }
}

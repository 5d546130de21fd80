/**
 * Which sites, devices and points exist: a function of the seed. A site with more points begins with the same ones.
 */
import { MINUTE_MS } from "../../domain/time/calendar.ts"
import { hash, uniform } from "./random.ts"
import { type DeviceTemplate, FIRST_DEVICE, NEXT_DEVICES, type PointTemplate } from "./templates.ts"

export interface SimulatedPoint {
  readonly id: number
  readonly name: string
  readonly seed: number
  readonly template: PointTemplate
  readonly objectName: string
  readonly objectInstance: number
  /** Whether `configured_points` lists it. */
  readonly configured: boolean
}

/** A controller: all its points are scraped together and share the timestamp. */
export interface SimulatedDevice {
  readonly seed: number
  readonly name: string
  /** BACnet address, such as `6000:48-6048`. */
  readonly address: string
  readonly template: DeviceTemplate
  readonly intervalMinutes: number
  /** Its scrapes are in this minute of the interval, and this second of the minute. */
  readonly phaseMinute: number
  readonly phaseSecond: number
  /** Whether its scrapes are up to half a second late; others are on the full second. */
  readonly jitters: boolean
  readonly points: ReadonlyArray<SimulatedPoint>
}

export interface SimulatedSite {
  readonly name: string
  readonly client: string
  readonly devices: ReadonlyArray<SimulatedDevice>
  readonly points: ReadonlyArray<SimulatedPoint>
}

/** A point, and where it is. */
export interface PlacedPoint {
  readonly site: string
  readonly device: SimulatedDevice
  readonly point: SimulatedPoint
}

export interface CatalogueOptions {
  readonly seed: number
  readonly sites: number
  readonly pointsPerSite: number
  /** One interval for all devices; null for the interval of each kind of device. */
  readonly intervalMinutes: 1 | 5 | 15 | null
}

const SITE_WORDS = ["plant", "tower", "lab", "school", "clinic", "library", "depot", "arena"]
/** One point of this many is not configured for collection. */
const UNCONFIGURED_ONE_IN = 50

const deviceAt = (
  options: CatalogueOptions,
  site: { readonly name: string; readonly seed: number; readonly index: number },
  index: number,
  firstId: number,
  maxPoints: number
): SimulatedDevice => {
  const template = index === 0 ? FIRST_DEVICE : NEXT_DEVICES[(index - 1) % NEXT_DEVICES.length] as DeviceTemplate
  const seed = hash(site.seed, index, 1)
  const address = `${6_000 + site.index}:${48 + index}-${6_048 + index}`
  const intervalMinutes = options.intervalMinutes ?? template.intervalMinutes
  const number = String(index + 1)
  const points: Array<SimulatedPoint> = []
  for (const equipment of template.equipment) {
    for (const one of template.points) {
      if (points.length === maxPoints) break
      const objectInstance = points.length
      points.push({
        id: firstId + objectInstance,
        name: `demo/${site.name}/${address}/${one.objectType}/${objectInstance}`,
        seed: hash(seed, objectInstance, 2),
        template: one,
        objectName: `${equipment.replace("#", number)} ${one.label}`,
        objectInstance,
        configured: hash(seed, objectInstance, 3) % UNCONFIGURED_ONE_IN !== 0
      })
    }
  }
  return {
    seed,
    name: (template.equipment[0] ?? "").replace("#", number),
    address,
    template,
    intervalMinutes,
    phaseMinute: hash(seed, 0, 4) % intervalMinutes,
    phaseSecond: hash(seed, 0, 5) % 60,
    jitters: uniform(seed, 0, 6) < 0.7,
    points
  }
}

export const buildCatalogue = (options: CatalogueOptions): ReadonlyMap<string, SimulatedSite> => {
  const sites = new Map<string, SimulatedSite>()
  for (let index = 0; index < options.sites; index++) {
    const name = `${SITE_WORDS[index % SITE_WORDS.length]}-${index + 1}`
    const site = { name, seed: hash(options.seed, index, 0), index }
    const devices: Array<SimulatedDevice> = []
    for (let count = 0; count < options.pointsPerSite;) {
      const device = deviceAt(options, site, devices.length, index * 1_000_000 + count, options.pointsPerSite - count)
      devices.push(device)
      count += device.points.length
    }
    sites.set(name, { name, client: "demo", devices, points: devices.flatMap((device) => device.points) })
  }
  return sites
}

/** The scrape number of a device in a minute (minutes since the epoch); null if it does not scrape then. */
export const scrapeInMinute = (device: SimulatedDevice, minute: number): number | null => {
  const since = minute - device.phaseMinute
  return since % device.intervalMinutes === 0 ? since / device.intervalMinutes : null
}

/** The instant of a scrape in microseconds since its minute began; a scrape always stays in its minute. */
export const scrapeMicros = (device: SimulatedDevice, scrape: number): number =>
  device.phaseSecond * 1_000_000 + (device.jitters ? hash(device.seed, scrape, 7) % 500_000 : 0)

/** The instant of a scrape in ms, rounded down as every reader of the text rounds it. */
export const scrapeInstant = (device: SimulatedDevice, scrape: number): number =>
  (scrape * device.intervalMinutes + device.phaseMinute) * MINUTE_MS + Math.floor(scrapeMicros(device, scrape) / 1_000)

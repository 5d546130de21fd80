/**
 * The simulated source: every sample it ever exposed, when it became visible, and which values it had since when.
 */
import { Effect, Option, Stream } from "effect"
import { pointNamed } from "../../src/adapters/memory/SampleSourceMemory.ts"
import { type Day, dayOf, HOUR_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import { makePageBuilder } from "../../src/domain/samples/page-builder.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { SampleSource } from "../../src/ports/SampleSource.ts"
import type { Random } from "../random.ts"

export interface SourceSample {
  readonly point: string
  readonly timestamp: number
  readonly visibleAt: number
  /** Came later than any overlap: only a reader that happens to ask again will see it. */
  readonly late: boolean
  /** Oldest first; each stands from its instant on. */
  readonly values: Array<{ readonly since: number; readonly value: number }>
}

export interface SeenSample {
  readonly point: string
  readonly timestamp: number
  readonly value: number
}

/** Hears what a process was given: each page, and the rows of a window that was read to its end. */
export interface Reader {
  readonly delivered: (site: string, rows: ReadonlyArray<SeenSample>) => void
  readonly finished: (site: string, rows: ReadonlyArray<SeenSample>) => void
}

interface Point {
  readonly name: string
  readonly intervalMs: number
  readonly phaseMs: number
  /** Regular samples exist before this. */
  through: number
}

interface Site {
  readonly points: ReadonlyArray<Point>
  readonly samples: Map<string, SourceSample>
  /** Samples of these windows show only when the outage is over, or never. */
  readonly outages: Array<{ readonly window: Window; readonly lost: boolean }>
}

const ODD_VALUES = [0, -0, 5e-324, 1.7976931348623157e308, -1e-7, 21.299999237060547, 9_007_199_254_740_991, 1 / 3]

export class SimulatedSource {
  readonly sites = new Map<string, Site>()
  readonly #random: Random
  readonly #delayMs: number

  /** Sites whose regular samples begin at `origin` and are visible in less than `delayMs`, but for outages. */
  constructor(random: Random, names: ReadonlyArray<string>, delayMs: number, origin: number) {
    this.#random = random
    this.#delayMs = delayMs
    for (const name of names) {
      const points = Array.from({ length: 1 + random.below(3) }, (_, i): Point => ({
        name: `${name}/${i}`,
        intervalMs: random.pick([1, 2, 3, 6]) * HOUR_MS,
        // Points are sampled close together, so that a sync often comes between two of them.
        phaseMs: random.below(10 * MINUTE_MS),
        through: origin
      }))
      this.sites.set(name, { points, samples: new Map(), outages: [] })
    }
  }

  #site(name: string): Site {
    const site = this.sites.get(name)
    if (site === undefined) throw new Error(`no site ${name}`)
    return site
  }

  #value(): number {
    return this.#random.happens(0.1) ? this.#random.pick(ODD_VALUES) : this.#random.next() * 100
  }

  /** Regular samples up to `now` come to be; a few are missing for ever. */
  advance(now: number): void {
    for (const [name, { points }] of this.sites) {
      for (const point of points) {
        let at = Math.ceil((point.through - point.phaseMs) / point.intervalMs) * point.intervalMs + point.phaseMs
        for (; at <= now; at += point.intervalMs) {
          if (this.#random.happens(0.95)) this.add(name, point.name, at, at + this.#random.below(this.#delayMs), false)
        }
        point.through = Math.max(point.through, now + 1)
      }
    }
  }

  /** Adds a sample, unless an outage swallows it. */
  add(site: string, point: string, timestamp: number, visibleAt: number, late: boolean): void {
    const { outages, samples } = this.#site(site)
    const outage = outages.find(({ window }) => timestamp >= window.start && timestamp < window.end)
    if (outage?.lost === true) return
    const shown = Math.max(visibleAt, outage?.window.end ?? 0)
    const id = `${timestamp} ${point}`
    if (samples.has(id)) return
    samples.set(id, { point, timestamp, visibleAt: shown, late, values: [{ since: shown, value: this.#value() }] })
  }

  /** From now on the site shows nothing new for a while. */
  beginOutage(site: string, window: Window, lost: boolean): void {
    this.#site(site).outages.push({ window, lost })
  }

  inOutage(site: string, at: number): boolean {
    return this.#site(site).outages.some(({ window }) => at >= window.start && at < window.end)
  }

  /** When the next outage ends, of those that last. */
  outageEnd(now: number): number | null {
    const ends = [...this.sites.values()].flatMap(({ outages }) => outages.map(({ window }) => window))
      .filter(({ end, start }) => now >= start && now < end).map(({ end }) => end)
    return ends.length === 0 ? null : Math.min(...ends)
  }

  /** Some visible sample of the site gets another value: one of that day, or one of the newest. */
  correct(site: string, day: Day, now: number): void {
    const visible = [...this.all(site)].filter((sample) => sample.visibleAt <= now)
    const ofDay = visible.filter(({ timestamp }) => dayOf(timestamp) === day)
    const some = ofDay.length > 0 ? ofDay : visible.slice(-40)
    if (some.length > 0) this.#random.pick(some).values.push({ since: now, value: this.#value() })
  }

  pointNames(site: string): ReadonlyArray<string> {
    return this.#site(site).points.map((point) => point.name)
  }

  all(site: string): Iterable<SourceSample> {
    return this.#site(site).samples.values()
  }

  /** What the source would answer now, ascending by time. */
  visible(site: string, window: Window, now: number): ReadonlyArray<SeenSample> {
    const seen: Array<SeenSample> = []
    for (const sample of this.all(site)) {
      if (sample.visibleAt > now || sample.timestamp < window.start || sample.timestamp >= window.end) continue
      const current = sample.values.findLast(({ since }) => since <= now)
      if (current !== undefined) seen.push({ point: sample.point, timestamp: sample.timestamp, value: current.value })
    }
    return seen.sort((a, b) => a.timestamp - b.timestamp || (a.point < b.point ? -1 : 1))
  }

  /** The port: pages of random sizes, each as the source is when it is asked for; rows may come twice. */
  port(now: () => number, reader: Reader) {
    return SampleSource.of({
      points: (site) => Effect.sync(() => this.pointNames(site).map(pointNamed)),
      pages: (site, window) =>
        Stream.suspend(() => {
          const all: Array<SeenSample> = []
          // The end is a pull of its own: whoever gives up after the last page has not read to the end.
          return Stream.paginate(Option.some(window.start), (at: Option.Option<number>) =>
            Effect.sync(() => {
              if (Option.isNone(at)) {
                reader.finished(site, all)
                return [[], Option.none<Option.Option<number>>()] as const
              }
              const from = at.value
              const rest = this.visible(site, { start: from, end: window.end }, now())
              const wanted = 1 + this.#random.below(12)
              const last = rest[Math.min(wanted, rest.length) - 1]
              // A cut falls between two instants; now and then the next page repeats the last one.
              const rows = rest.filter((row) => last !== undefined && row.timestamp <= last.timestamp)
              const builder = makePageBuilder(window, now(), rows.length)
              for (const row of rows) builder.add(row.point, row.timestamp, row.value)
              reader.delivered(site, rows)
              all.push(...rows)
              if (last === undefined || rows.length === rest.length) {
                return [[builder.finish()], Option.some(Option.none<number>())] as const
              }
              const repeats = last.timestamp > from && this.#random.happens(0.1)
              return [
                [builder.finish()],
                Option.some(Option.some(repeats ? last.timestamp : last.timestamp + 1))
              ] as const
            }))
        })
    })
  }
}

/**
 * The world of one history: stores that survive every crash, the source, the model, and the processes that share them.
 */
import { Cause, Context, Effect, Exit, Layer } from "effect"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import * as StagingMemory from "../../src/adapters/memory/StagingMemory.ts"
import * as StepQueueMemory from "../../src/adapters/memory/StepQueueMemory.ts"
import { DAY_MS, HOUR_MS } from "../../src/domain/time/calendar.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { ColdStore } from "../../src/ports/ColdStore.ts"
import { MonthStore } from "../../src/ports/MonthStore.ts"
import { JobState } from "../../src/ports/JobState.ts"
import { Staging } from "../../src/ports/Staging.ts"
import { StepQueue } from "../../src/ports/StepQueue.ts"
import { contextOf, hotStore } from "../hot-store.ts"
import { checkExtents, checkInstant, checkWatched } from "./answers.ts"
import { Model } from "./model.ts"
import { type Adapters, LOST, type Ports, portsOf } from "./ports.ts"
import { type Plant, type Programs, realPrograms } from "./programs.ts"
import { type Random, randomOf } from "../random.ts"
import { type Process, Simulator } from "./scheduler.ts"
import { SimulatedSource } from "./source.ts"
import { drawWeather, type Weather } from "./weather.ts"

/** The first instant of every history: 2026-02-27, so that a month ends soon. */
export const START = 20_511 * DAY_MS

/** How many queries pass between two looks at the extents. */
const EXTENTS_EVERY = 3

const isInjected = (error: unknown): boolean => {
  const fault = error as { readonly cause?: unknown; readonly reason?: { readonly cause?: unknown } }
  return fault.cause === LOST || fault.reason?.cause === LOST
}

/** Answers of the backfill's calls that say no: 400 and 409. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  "BackfillRunning",
  "BackfillEnded",
  "NoBackfill",
  "InvalidRange",
  "InvalidDay",
  "JobConflict"
])

const isRefusal = (error: unknown): boolean => REFUSALS.has((error as { readonly _tag?: string })._tag)

const isUnknown = (error: unknown): boolean => {
  const tag = (error as { readonly _tag?: string })._tag
  return tag === "SiteNotFound" || tag === "PointsNotFound"
}

interface PlainQuery {
  readonly site: string
  readonly points: ReadonlyArray<string>
  readonly window: Window
}

export class World {
  readonly random: Random
  readonly weather: Weather
  readonly simulator: Simulator
  readonly source: SimulatedSource
  readonly model: Model
  readonly programs: Programs
  readonly sites: ReadonlyArray<string>
  readonly queue: Context.Service.Shape<typeof StepQueueMemory.SentSteps>
  readonly #adapters: Adapters
  queries = 0

  constructor(seed: number, plant: Plant | null) {
    this.random = randomOf(seed)
    this.weather = { ...drawWeather(this.random), ...plant?.weather }
    this.simulator = new Simulator(this.random, START + this.random.below(DAY_MS))
    this.sites = ["north", "south", "west"].slice(0, 2 + this.random.below(2))
    this.source = new SimulatedSource(this.random, this.sites, this.weather.overlapMs, this.simulator.now - 6 * DAY_MS)
    this.source.advance(this.simulator.now)
    this.model = new Model(this.source, this.weather, () => this.simulator.now)
    const stores = Effect.runSync(Effect.scoped(Layer.build(
      Layer.mergeAll(
        HotStoreMemory.layer,
        ColdStoreMemory.layer,
        MonthStoreMemory.layer,
        JobStateMemory.layer,
        StagingMemory.layer,
        StepQueueMemory.layer
      )
    )))
    this.queue = Context.get(stores, StepQueueMemory.SentSteps)
    const adapters: Adapters = {
      ...Effect.runSync(Effect.provideContext(hotStore, stores)),
      cold: Context.get(stores, ColdStore),
      derived: Context.get(stores, MonthStore),
      jobs: Context.get(stores, JobState),
      queue: Context.get(stores, StepQueue),
      staging: Context.get(stores, Staging),
      source: (reader) => this.source.port(() => this.simulator.now, reader)
    }
    this.#adapters = plant?.adapters?.(adapters) ?? adapters
    this.programs = { ...realPrograms, ...plant?.programs }
  }

  /** Starts a program; what it does not catch itself must be a fault that was injected. */
  run(name: string, program: Effect.Effect<unknown, unknown, Ports>): Process {
    return this.simulator.start(name, (process) =>
      program.pipe(
        Effect.provideContext(
          portsOf(this.simulator, process, this.#adapters, this.model, () => this.weather.corruption)
        ),
        Effect.onExit((exit) => Effect.sync(() => this.#ended(name, exit)))
      ))
  }

  #ended(name: string, exit: Exit.Exit<unknown, unknown>): void {
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return
    const error = Cause.squash(exit.cause)
    if (Cause.hasDies(exit.cause)) this.model.broken(`${name} died: ${String(Cause.squash(exit.cause))}`)
    else if (!isInjected(error) && !isRefusal(error)) {
      this.model.broken(`${name} failed with ${String(error)}, which nothing injected`)
    }
  }

  someSite(): string {
    return this.weather.crowded && this.random.happens(0.95) ? this.sites[0] as string : this.random.pick(this.sites)
  }

  hotDays(site: string): ReadonlyArray<number> {
    const exit = this.simulator.instantly(this.#adapters.days.list(site))
    if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
    return exit.value.map(({ day }) => day)
  }

  #someQuery() {
    const { random } = this
    const site = this.someSite()
    const points = this.source.pointNames(site).filter(() => random.happens(0.7))
    const days = random.pick([1 / 24, 1, 3, 30, 1_000])
    const end = this.simulator.now + HOUR_MS - (random.happens(0.5) ? 0 : random.below(4 * DAY_MS))
    return {
      site,
      points: points.length === 0 ? this.source.pointNames(site) : points,
      window: { start: end - days * DAY_MS, end }
    }
  }

  /** Asks the query program at this very instant and compares with the model. */
  ask(request: PlainQuery = this.#someQuery()): void {
    this.queries++
    if (this.queries % EXTENTS_EVERY === 0) this.#askExtents(request.site)
    const expected = this.model.stores.expected(request.site, new Set(request.points), request.window)
    const exit = this.simulator.instantly(
      this.programs.query(request, this.weather.hotDays).pipe(
        Effect.provideContext(contextOf(this.#adapters)),
        Effect.provideService(ColdStore, this.#adapters.cold),
        Effect.provideService(MonthStore, this.#adapters.derived)
      )
    )
    if (Exit.isSuccess(exit)) {
      const wrong = checkInstant(exit.value, expected)
      if (wrong !== null) this.model.broken(`query of ${request.site}: ${wrong}`)
    } else if (!(isUnknown(Cause.squash(exit.cause)) && expected.required.size === 0)) {
      this.model.broken(`query of ${request.site} failed: ${String(Cause.squash(exit.cause))}`)
    }
  }

  #askExtents(site: string): void {
    const points = this.source.pointNames(site)
    const exit = this.simulator.instantly(this.#adapters.reads.extents(site, points))
    if (Exit.isFailure(exit)) return this.model.broken(`extents of ${site} failed: ${String(Cause.squash(exit.cause))}`)
    const wrong = checkExtents(exit.value.extents, points, this.model.stores.extents(site))
    if (wrong !== null) this.model.broken(`extents of ${site}: ${wrong}`)
  }

  /** Starts a query that is interleaved with everything else. */
  startQuery(): void {
    const request = this.#someQuery()
    const watch = this.model.stores.watch(request.site, new Set(request.points), request.window)
    this.run(
      `query ${request.site}`,
      this.programs.query(request, this.weather.hotDays).pipe(
        Effect.tap((answer) =>
          Effect.sync(() => {
            const wrong = checkWatched(answer, watch)
            if (wrong !== null) this.model.broken(`slow query of ${request.site}: ${wrong}`)
          })
        ),
        Effect.catchIf((error) => isUnknown(error) && watch.required.size === 0, () => Effect.void),
        Effect.onExit(() => Effect.sync(() => this.model.stores.unwatch(watch)))
      )
    )
  }
}

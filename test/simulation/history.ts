/**
 * One history: many small steps under a seed, then calm weather until everything is at rest, then the last questions.
 */
import { Effect } from "effect"
import { boundaryOf, planArchive } from "../../src/domain/archive-plan.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/calendar.ts"
import { HotStore } from "../../src/ports/HotStore.ts"
import { missingSamples } from "./answers.ts"
import { showId } from "./model.ts"
import type { Plant } from "./programs.ts"
import { World } from "./world.ts"

const MAX_PROCESSES = 6
/** More calls than any calm world needs to come to rest. */
const MAX_CALM_STEPS = 20_000

export interface Outcome {
  readonly seed: number
  readonly steps: number
  readonly queries: number
  readonly violation: string | null
  readonly trace: ReadonlyArray<string>
}

const startSomething = (world: World): void => {
  const { chance, programs, weather } = world
  const site = chance.pick(world.sites)
  const draw = chance.next()
  if (draw < 0.5) world.run(`sync ${site}`, programs.sync(site, weather.overlapMs))
  else if (draw < 0.75) world.run(`archival ${site}`, programs.archive(site, weather.hotDays, weather.maxDays))
  else if (draw < 0.9) world.startQuery()
  else world.run(`late feed ${site}`, lateFeed(world, site))
}

/** Writes a few samples of any age into the hot tier, as a sync that was asked for an old window would. */
const lateFeed = (world: World, site: string) =>
  Effect.gen(function*() {
    const { chance, simulator, source } = world
    const hot = yield* HotStore
    const point = chance.pick(source.pointNames(site))
    const at = simulator.now - chance.below(chance.pick([DAY_MS, 5 * DAY_MS, 800 * DAY_MS]))
    const run = yield* hot.beginRun(site)
    for (let step = 1; step <= 1 + chance.below(2); step++) {
      const timestamps = Float64Array.of(at + step, at + step + MINUTE_MS)
      yield* hot.append(run, step, [{ point, timestamps, values: timestamps.map(() => chance.next()) }])
    }
  }).pipe(Effect.catchTag("StaleRun", () => Effect.void))

const mischief = (world: World): void => {
  const { chance, simulator, source, weather } = world
  const site = chance.pick(world.sites)
  if (chance.happens(weather.crash) && simulator.processes.size > 0) {
    const process = chance.pick([...simulator.processes])
    if (chance.happens(0.8)) simulator.crash(process)
    else simulator.interrupt(process)
  }
  if (chance.happens(0.04)) source.correct(site, simulator.now)
  if (chance.happens(0.02)) {
    const at = simulator.now - chance.below(chance.pick([DAY_MS, 5 * DAY_MS, 800 * DAY_MS]))
    if (!source.inOutage(site, at)) source.add(site, chance.pick(source.pointNames(site)), at, simulator.now, true)
  }
  if (chance.happens(0.01) && !source.inOutage(site, simulator.now)) {
    source.advance(simulator.now)
    source.beginOutage(site, { start: simulator.now + 1, end: simulator.now + chance.below(30 * HOUR_MS) }, chance.happens(0.3))
  }
}

const passTime = (world: World): void => {
  const { chance, simulator, source } = world
  const jumps = simulator.processes.size === 0 ? 0.5 : 0.01
  simulator.now += chance.happens(jumps) ? chance.below(chance.pick([10 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, DAY_MS])) : chance.below(2_000)
  source.advance(simulator.now)
}

const step = (world: World): void => {
  const { chance, model, simulator, weather } = world
  passTime(world)
  if (simulator.processes.size < MAX_PROCESSES && (simulator.processes.size === 0 || chance.happens(0.03))) startSomething(world)
  mischief(world)
  simulator.drive(weather.sticky, weather.failure)
  if (model.violation === null && chance.happens(0.5)) world.ask()
}

/** Drives until nothing runs. */
const settle = (world: World): void => {
  for (let i = 0; world.simulator.drive(world.weather.sticky, 0) && world.model.violation === null; i++) {
    if (i > MAX_CALM_STEPS) return world.model.broken("the programs never come to rest")
  }
}

const comeToRest = (world: World): void => {
  const { model, programs, simulator, source, weather } = world
  weather.failure = weather.crash = weather.corruption = 0
  settle(world)
  // Every outage ends within this; the lease of whoever crashed runs out.
  simulator.now += 31 * HOUR_MS
  source.advance(simulator.now)
  simulator.now += HOUR_MS
  for (let round = 0; round < 3; round++) {
    for (const site of world.sites) {
      world.run(`last sync ${site}`, programs.sync(site, weather.overlapMs))
      settle(world)
    }
  }
  for (let round = 0; round < 40 && model.violation === null && dueDays(world) > 0; round++) {
    for (const site of world.sites) {
      world.run(`last archival ${site}`, programs.archive(site, weather.hotDays, weather.maxDays))
      settle(world)
    }
  }
}

const dueDays = (world: World): number =>
  world.sites.reduce((sum, site) =>
    sum + planArchive(world.hotDays(site), boundaryOf(world.simulator.now, world.weather.hotDays), Infinity).due.length, 0)

const lastQuestions = (world: World): void => {
  const { model, simulator, source } = world
  if (dueDays(world) > 0) model.broken("days that are due were never archived")
  for (const site of world.sites) {
    const [missing] = missingSamples(model, site, source.all(site), simulator.now - HOUR_MS)
    if (missing !== undefined) {
      model.broken(`law 1: ${showId(`${missing.timestamp} ${missing.point}`)} of ${site} was shown by the source and is nowhere`)
    }
    world.ask({ site, points: source.pointNames(site), window: { start: simulator.now - 1_000 * DAY_MS, end: simulator.now + DAY_MS } })
  }
}

/** Plays the history of a seed. */
export const play = (seed: number, steps: number, plant: Plant | null = null): Outcome => {
  const world = new World(seed, plant)
  const { model, simulator } = world
  let taken = 0
  while (taken < steps && model.violation === null) {
    step(world)
    taken++
  }
  if (model.violation === null) comeToRest(world)
  if (model.violation === null) lastQuestions(world)
  return { seed, steps: taken, queries: world.queries, violation: model.violation, trace: simulator.trace }
}

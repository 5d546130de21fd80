/**
 * One history: many small steps under a seed, then calm weather until everything is at rest, then the last questions.
 */
import { Effect } from "effect"
import { boundaryOf, planArchive } from "../../src/domain/archive-plan.ts"
import { DAY_MS, dayOf, dayStart, formatDay, HOUR_MS, MINUTE_MS } from "../../src/domain/calendar.ts"
import { HotStore } from "../../src/ports/HotStore.ts"
import { missingSamples } from "./answers.ts"
import { showId } from "./model.ts"
import type { Plant } from "./programs.ts"
import type { Chance } from "./random.ts"
import { START, World } from "./world.ts"

const MAX_PROCESSES = 6
/** More calls than any calm world needs to come to rest. */
const MAX_CALM_STEPS = 20_000
const MAX_CALM_ROUNDS = 500
const MAX_OUTAGE_MS = 15 * HOUR_MS

export interface Outcome {
  readonly seed: number
  readonly steps: number
  readonly queries: number
  readonly violation: string | null
  readonly trace: ReadonlyArray<string>
}

/** Draws a key by weight. */
const drawKind = <K extends string>(chance: Chance, mix: Readonly<Record<K, number>>): K => {
  const entries = Object.entries(mix) as Array<[K, number]>
  let rest = chance.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  return (entries.find(([, weight]) => (rest -= weight) < 0) ?? entries[0] as [K, number])[0]
}

const startSomething = (world: World): void => {
  const { chance, programs, weather } = world
  const site = world.someSite()
  switch (drawKind(chance, weather.mix)) {
    case "sync":
      return void world.run(`sync ${site}`, programs.sync(site, weather.overlapMs))
    case "archival":
      return void world.run(`archival ${site}`, programs.archive(site, weather.hotDays, weather.maxDays))
    case "query":
      return world.startQuery()
    case "feed":
      return void world.run(`late feed ${site}`, lateFeed(world, site))
    case "backfill":
      return moveBackfill(world)
  }
}

/** An instant of the past: mostly on a coarse grid of few days, so that writers meet. */
const somePast = ({ chance, simulator, weather }: World): number => {
  if (!chance.happens(0.75)) return simulator.now - chance.below(chance.pick([DAY_MS, 5 * DAY_MS, 800 * DAY_MS]))
  const day = weather.crowded ? dayOf(START) - 3 : dayOf(simulator.now) - weather.hotDays - 1 - chance.below(2)
  return dayStart(day) + chance.below(6) * 4 * HOUR_MS
}

/** Writes a few samples of any age into the hot tier, as a sync that was asked for an old window would. */
const lateFeed = (world: World, site: string) =>
  Effect.gen(function*() {
    const { chance, source } = world
    const hot = yield* HotStore
    const point = chance.pick(source.pointNames(site))
    const at = somePast(world)
    const run = yield* hot.beginRun(site)
    for (let step = 1; step <= 1 + chance.below(2); step++) {
      const timestamps = Float64Array.of(at, at + step)
      yield* hot.append(run, step, [{ point, timestamps, values: timestamps.map(() => chance.next()) }])
    }
  }).pipe(Effect.catchTag("StaleRun", () => Effect.void))

const moveBackfill = (world: World): void => {
  const { chance, programs, queue } = world
  if (queue.pending().length > 0 && chance.happens(0.75)) return deliver(world, chance.below(queue.pending().length))
  const draw = chance.next()
  if (draw < 0.4) startBackfill(world)
  else if (draw < 0.5) world.run("backfill cancel", programs.cancelBackfill())
  else if (draw < 0.6) world.run("backfill resume", programs.resumeBackfill())
  else world.run("backfill sweep", programs.sweep())
}

const startBackfill = (world: World): void => {
  const { chance, programs, sites, weather } = world
  const first = chance.happens(0.8) ? dayOf(somePast(world)) : dayOf(world.simulator.now) - weather.hotDays - 6
  world.run("backfill start", programs.startBackfill(chance.happens(0.5) ? sites : [world.someSite()], {
    startDate: formatDay(first),
    endDate: formatDay(first + (weather.crowded ? 0 : chance.below(3))),
    forceRestart: chance.happens(0.3)
  }))
}

/** The queue hands out any of its messages; it may lose it, or keep a copy. One that is not acknowledged comes again. */
const deliver = (world: World, index: number): void => {
  const { chance, programs, queue, sites, weather } = world
  const message = queue.take(index)
  if (message === undefined || chance.happens(weather.crash)) return
  if (chance.happens(0.1)) queue.put(message)
  world.run(`backfill step ${message.step.step}`, programs.handleStep(sites, message.step).pipe(
    Effect.tapError(() => Effect.sync(() => queue.put(message)))
  ))
}

const mischief = (world: World): void => {
  const { chance, simulator, source, weather } = world
  const site = world.someSite()
  if (chance.happens(weather.crash) && simulator.processes.size > 0) {
    const process = chance.pick([...simulator.processes])
    if (chance.happens(0.8)) simulator.crash(process)
    else simulator.interrupt(process)
  }
  if (chance.happens(0.04)) source.correct(site, simulator.now)
  if (chance.happens(0.02)) {
    const at = somePast(world)
    if (!source.inOutage(site, at)) source.add(site, chance.pick(source.pointNames(site)), at, simulator.now, true)
  }
  if (chance.happens(0.01) && !source.inOutage(site, simulator.now)) {
    source.advance(simulator.now)
    source.beginOutage(site, { start: simulator.now + 1, end: simulator.now + chance.below(MAX_OUTAGE_MS) }, chance.happens(0.3))
  }
}

const passTime = ({ chance, simulator, source, weather }: World): void => {
  if (!chance.happens(simulator.processes.size === 0 ? 0.5 : weather.leaps)) simulator.now += chance.below(2_000)
  else {
    const outageEnd = source.outageEnd(simulator.now)
    if (outageEnd !== null && chance.happens(0.3)) simulator.now = outageEnd
    else simulator.now += chance.below(chance.pick(weather.leapMs))
    // Often to just after a full hour, when some of the hour's samples show already and others do not.
    if (chance.happens(0.5)) simulator.now = Math.ceil(simulator.now / HOUR_MS) * HOUR_MS + chance.below(weather.overlapMs)
  }
  source.advance(simulator.now)
}

const step = (world: World): void => {
  const { chance, model, simulator, weather } = world
  passTime(world)
  if (simulator.processes.size < MAX_PROCESSES && (simulator.processes.size === 0 || chance.happens(weather.starts))) startSomething(world)
  mischief(world)
  simulator.drive(weather.order, weather.failure)
  if (model.violation === null) world.ask()
}

/** Drives until nothing runs. */
const settle = (world: World): void => {
  for (let i = 0; world.simulator.drive(world.weather.order, 0) && world.model.violation === null; i++) {
    if (i > MAX_CALM_STEPS) return world.model.broken("the programs never come to rest")
  }
}

const comeToRest = (world: World): void => {
  const { model, programs, simulator, source, weather } = world
  weather.failure = weather.crash = weather.corruption = 0
  settle(world)
  // Every outage has ended by then, and every lease of who crashed.
  simulator.now += MAX_OUTAGE_MS
  source.advance(simulator.now)
  simulator.now += HOUR_MS
  finishBackfill(world)
  for (const site of world.sites) {
    world.run(`last sync ${site}`, programs.sync(site, weather.overlapMs))
    settle(world)
  }
  for (let round = 0; round < 40 && model.violation === null && dueDays(world) > 0; round++) {
    for (const site of world.sites) {
      world.run(`last archival ${site}`, programs.archive(site, weather.hotDays, weather.maxDays))
      settle(world)
    }
  }
}

/** The sweeper's cron and the queue bring the job to an end, whatever was lost before. */
const finishBackfill = (world: World): void => {
  const { model, programs, queue, simulator, source } = world
  for (let round = 0; model.violation === null && model.liveJob() !== undefined; round++) {
    if (round > MAX_CALM_ROUNDS) return model.broken("law 7: a backfill never ends")
    if (queue.pending().length > 0) deliver(world, 0)
    else world.run("last sweep", programs.sweep())
    settle(world)
    simulator.now += MINUTE_MS
    source.advance(simulator.now)
  }
}

const dueDays = (world: World): number =>
  world.sites.reduce((sum, site) =>
    sum + planArchive(world.hotDays(site), boundaryOf(world.simulator.now, world.weather.hotDays), Infinity).due.length, 0)

const lastQuestions = (world: World): void => {
  const { model, simulator, source } = world
  if (dueDays(world) > 0) model.broken("days that are due were never archived")
  for (const complaint of model.complaintsAboutJobs()) model.broken(complaint)
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
  return { seed, steps: taken, queries: world.queries, violation: model.violation, trace: model.violation === null ? [] : simulator.trace() }
}

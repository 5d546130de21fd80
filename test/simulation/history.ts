/**
 * One history: many small steps under a seed, then calm weather until everything is at rest, then the last questions.
 */
import { boundaryOf, planArchive } from "../../src/domain/tiers/boundary.ts"
import { DAY_MS, dayOf, dayStart, HOUR_MS, MINUTE_MS, monthOf } from "../../src/domain/time/calendar.ts"
import { windowOfMonth } from "../../src/domain/tiers/months.ts"
import { deliver, lateFeed, somePast, startSomething } from "./actors.ts"
import type { Plant } from "./programs.ts"
import { START, World } from "./world.ts"

const MAX_PROCESSES = 6
/** The chance of a question after a step that changed no store. */
const IDLE_QUESTIONS = 0.2
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

const mischief = (world: World): void => {
  const { random, simulator, source, weather } = world
  const site = world.someSite()
  if (random.happens(weather.crash) && simulator.processes.size > 0) {
    const process = random.pick([...simulator.processes])
    if (random.happens(0.8)) simulator.crash(process)
    else simulator.interrupt(process)
  }
  if (random.happens(weather.corrections)) source.correct(site, dayOf(somePast(world)), simulator.now)
  if (random.happens(0.02)) {
    const at = somePast(world)
    if (!source.inOutage(site, at)) source.add(site, random.pick(source.pointNames(site)), at, simulator.now, true)
  }
  if (random.happens(0.01) && !source.inOutage(site, simulator.now)) {
    source.advance(simulator.now)
    const outage = { start: simulator.now + 1, end: simulator.now + random.below(MAX_OUTAGE_MS) }
    source.beginOutage(site, outage, random.happens(0.3))
  }
}

const passTime = ({ random, simulator, source, weather }: World): void => {
  if (!random.happens(simulator.processes.size === 0 ? 0.5 : weather.leaps)) simulator.now += random.below(2_000)
  else {
    const outageEnd = source.outageEnd(simulator.now)
    if (outageEnd !== null && random.happens(0.3)) simulator.now = outageEnd
    else simulator.now += random.below(random.pick(weather.leapMs))
    // Often to just after a full hour, when some of the hour's samples show already and others do not.
    if (random.happens(0.5)) {
      simulator.now = Math.ceil(simulator.now / HOUR_MS) * HOUR_MS + random.below(weather.overlapMs)
    }
  }
  source.advance(simulator.now)
}

/** Lets one parked call go on; false where nothing was parked. */
const step = (world: World): boolean => {
  const { random, model, simulator, weather } = world
  passTime(world)
  if (simulator.processes.size < MAX_PROCESSES && (simulator.processes.size === 0 || random.happens(weather.starts))) {
    startSomething(world)
  }
  mischief(world)
  const before = model.stores.version
  const went = simulator.drive(weather, weather.failure)
  if (model.violation === null && (model.stores.version > before || random.happens(IDLE_QUESTIONS))) world.ask()
  return went
}

/** Drives until nothing runs. */
const settle = (world: World): void => {
  for (let i = 0; world.simulator.drive(world.weather, 0) && world.model.violation === null; i++) {
    if (i > MAX_CALM_STEPS) return world.model.broken("the programs never come to rest")
  }
}

const comeToRest = (world: World): void => {
  const { programs, simulator, source, weather } = world
  weather.failure = weather.crash = weather.corruption = 0
  settle(world)
  // Every outage has ended by then, and every lease of who crashed.
  simulator.now += MAX_OUTAGE_MS
  source.advance(simulator.now)
  const monthEnd = windowOfMonth(monthOf(dayOf(START))).end
  simulator.now = Math.max(simulator.now + HOUR_MS, monthEnd + (weather.hotDays + 1) * DAY_MS)
  source.advance(simulator.now)
  finishBackfill(world)
  for (const site of world.sites) {
    world.run(`last sync ${site}`, programs.sync(site, weather.overlapMs))
    settle(world)
  }
  archiveAll(world)
  deriveAll(world)
  lateForTheMonth(world)
}

const archiveAll = (world: World): void => {
  const { model, programs, weather } = world
  for (let round = 0; round < 40 && model.violation === null && dueDays(world) > 0; round++) {
    for (const site of world.sites) {
      world.run(`last archival ${site}`, programs.archive(site, weather.hotDays, weather.maxDays))
      settle(world)
    }
  }
}

const deriveAll = (world: World): void => {
  for (const site of world.sites) {
    world.run(`last derive ${site}`, world.programs.derive(site, world.weather.hotDays))
    settle(world)
  }
}

/** A sample comes late into a month that is closed and made; the answer is right before and after it is made again. */
const lateForTheMonth = (world: World): void => {
  const site = world.someSite()
  world.run(`late feed ${site}`, lateFeed(world, site, dayStart(dayOf(START) - 3 + world.random.below(4)) + HOUR_MS))
  settle(world)
  archiveAll(world)
  askEverything(world, site)
  deriveAll(world)
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
  world.sites.reduce(
    (sum, site) =>
      sum +
      planArchive(world.hotDays(site), boundaryOf(world.simulator.now, world.weather.hotDays), Infinity).due.length,
    0
  )

const lastQuestions = (world: World): void => {
  const { model, simulator } = world
  if (dueDays(world) > 0) model.broken("days that are due were never archived")
  for (const complaint of model.complaintsAboutJobs()) model.broken(complaint)
  for (const site of world.sites) {
    const missing = model.missing(site, simulator.now - HOUR_MS)
    if (missing !== undefined) model.broken(`law 1: ${missing} of ${site} was shown by the source and is nowhere`)
    askEverything(world, site)
  }
}

const askEverything = (world: World, site: string): void => {
  const { model, simulator, source } = world
  if (model.violation !== null) return
  world.ask({
    site,
    points: source.pointNames(site),
    window: { start: simulator.now - 1_000 * DAY_MS, end: simulator.now + DAY_MS }
  })
}

/** Plays the history of a seed. */
export const play = (seed: number, steps: number, plant: Plant | null = null): Outcome => {
  const world = new World(seed, plant)
  const { model, simulator } = world
  let taken = 0
  while (taken < steps && model.violation === null) if (step(world)) taken++
  if (model.violation === null) comeToRest(world)
  if (model.violation === null) lastQuestions(world)
  const { violation } = model
  return { seed, steps: taken, queries: world.queries, violation, trace: violation === null ? [] : simulator.trace() }
}

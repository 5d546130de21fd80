/**
 * Who starts what, and when: crons, the queue, people, and the odd late writer.
 */
import { Effect, Stream } from "effect"
import { DAY_MS, dayOf, dayStart, formatDay, HOUR_MS } from "../../src/domain/time/calendar.ts"
import { hotStore } from "../hot-store.ts"
import { type Window, windowOfDay } from "../../src/domain/time/window.ts"
import { SampleSource } from "../../src/ports/SampleSource.ts"
import type { Random } from "../random.ts"
import { START, type World } from "./world.ts"

/** Draws a key by weight. */
const drawKind = <K extends string>(random: Random, mix: Readonly<Record<K, number>>): K => {
  const entries = Object.entries(mix) as Array<[K, number]>
  let rest = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  return (entries.find(([, weight]) => (rest -= weight) < 0) ?? entries[0] as [K, number])[0]
}

export const startSomething = (world: World): void => {
  const { random, programs, weather } = world
  const site = world.someSite()
  switch (drawKind(random, weather.mix)) {
    case "sync":
      return void world.run(`sync ${site}`, programs.sync(site, weather.overlapMs))
    case "archival":
      return void world.run(`archival ${site}`, programs.archive(site, weather.hotDays, weather.maxDays))
    case "derive":
      return void world.run(`derive ${site}`, programs.derive(site, weather.hotDays))
    case "query":
      return world.startQuery()
    case "feed":
      return feed(world, site)
    case "backfill":
      return moveBackfill(world)
  }
}

/** An instant of the past: mostly on a coarse grid of few days, so that writers meet. */
export const somePast = ({ random, simulator, weather }: World): number => {
  if (!random.happens(0.75)) return simulator.now - random.below(random.pick([DAY_MS, 5 * DAY_MS, 800 * DAY_MS]))
  const day = weather.crowded ? dayOf(START) - 3 : dayOf(simulator.now) - weather.hotDays - 1 - random.below(2)
  return dayStart(day) + random.below(6) * 4 * HOUR_MS
}

const feed = (world: World, site: string): void => {
  const at = somePast(world)
  if (world.random.happens(0.5) || at < world.simulator.now - 7 * DAY_MS) {
    return void world.run(`late feed ${site}`, lateFeed(world, site, at))
  }
  const day = windowOfDay(dayOf(at))
  world.run(`reread ${site}`, reread(site, { start: day.start, end: Math.min(day.end, world.simulator.now) }))
}

/** Reads a window of the last days and appends what it held, as a sync does that reads a closed day again. */
const reread = (site: string, window: Window) =>
  Effect.gen(function*() {
    const { intake } = yield* hotStore
    const run = yield* intake.takeFence(site)
    let step = 0
    yield* Stream.runForEach((yield* SampleSource).pages(site, window), ({ series }) =>
      series.length === 0 ? Effect.void : intake.append(run, ++step, series))
  }).pipe(Effect.catchTag(["StaleFence", "SampleSourceError"], () => Effect.void))

/** Writes a few samples of any age into the hot tier, as a sync that was asked for an old window would. */
export const lateFeed = (world: World, site: string, at: number) =>
  Effect.gen(function*() {
    const { random, source } = world
    const hot = yield* hotStore
    const point = random.pick(source.pointNames(site))
    const run = yield* hot.intake.takeFence(site)
    for (let step = 1; step <= 1 + random.below(2); step++) {
      const timestamps = Float64Array.of(at, at + step)
      yield* hot.intake.append(run, step, [{ point, timestamps, values: timestamps.map(() => random.next()) }])
    }
  }).pipe(Effect.catchTag("StaleFence", () => Effect.void))

const moveBackfill = (world: World): void => {
  const { random, programs, queue } = world
  if (queue.pending().length > 0 && random.happens(0.75)) return deliver(world, random.below(queue.pending().length))
  const draw = random.next()
  if (draw < 0.4) startBackfill(world)
  else if (draw < 0.5) world.run("backfill cancel", programs.cancelBackfill())
  else if (draw < 0.6) world.run("backfill resume", programs.resumeBackfill())
  else world.run("backfill sweep", programs.sweep())
}

const startBackfill = (world: World): void => {
  const { random, programs, sites, weather } = world
  const first = random.happens(0.8) ? dayOf(somePast(world)) : dayOf(world.simulator.now) - weather.hotDays - 6
  world.run("backfill start", programs.startBackfill(random.happens(0.5) ? sites : [world.someSite()], {
    startDate: formatDay(first),
    endDate: formatDay(first + (weather.crowded ? 0 : random.below(3))),
    forceRestart: random.happens(0.3)
  }))
}

/** The queue delivers any of its messages; it may lose it, or keep a copy. One that is not acknowledged comes again. */
export const deliver = (world: World, index: number): void => {
  const { random, programs, queue, weather } = world
  const message = queue.take(index)
  if (message === undefined || random.happens(weather.crash)) return
  if (random.happens(0.1)) queue.put(message)
  world.run(`backfill step ${message.step.step}`, programs.handleStep(message.step).pipe(
    Effect.tapError(() => Effect.sync(() => queue.put(message)))
  ))
}

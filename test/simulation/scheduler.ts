/**
 * Runs many processes in one thread and under one virtual clock. A process stops at every port call (and sleep) until
 * the scheduler lets it go on, so a seed decides every interleaving; nothing waits for real time or for a microtask.
 */
import {
  Clock,
  Context,
  Duration,
  Effect,
  Exit,
  type Fiber,
  Random as EffectRandom,
  References,
  Scheduler
} from "effect"
import { formatInstant } from "../../src/domain/time/instant.ts"
import type { Random } from "../random.ts"

/** What the scheduler answers to a parked call. */
export type Verdict = "go" | "fail"

interface Parked {
  readonly process: Process
  readonly label: string
  /** Not before this instant; for calls, the instant of the call. */
  readonly wakeAt: number
  readonly resume: (verdict: Verdict) => void
}

/** One execution of an actor, from its start to its end or crash. */
export interface Process {
  readonly id: number
  readonly name: string
  readonly startedAt: number
  exit: Exit.Exit<unknown, unknown> | null
  /** The highest goes first, where the history is played so. */
  priority: number
}

/**
 * Who goes on next: anyone (`even`), mostly who went last (`sticky`), or the one of highest priority, which now and
 * then falls behind all others (`ranked`): so one waits in the middle of its work while others do all of theirs.
 */
export type Order = "even" | "sticky" | "ranked"

const STICKY = 0.8
const FRAGILE_DEMOTION = 0.5

/** How processes fall behind where they go by rank. */
export interface Demotion {
  /** The chance at any call. */
  readonly anywhere: number
  /** Where a protocol is most fragile, so where a process most often falls behind. */
  readonly fragile: RegExp
}

const TRACE_LENGTH = 100

export class Simulator {
  now: number
  readonly random: Random
  readonly processes = new Set<Process>()
  readonly #trace: Array<{ readonly at: number; readonly line: string }> = []
  #parked: Array<Parked> = []
  readonly #tasks: Array<() => void> = []
  #lastId = 0
  #lastRun: Process | null = null
  #lowest = 0
  readonly #context: Context.Context<never>

  constructor(random: Random, now: number) {
    this.random = random
    this.now = now
    const dispatcher: Scheduler.SchedulerDispatcher = {
      scheduleTask: (task) => void this.#tasks.push(task),
      flush: () => this.#drain()
    }
    const scheduler: Scheduler.Scheduler = {
      executionMode: "sync",
      shouldYield: () => false,
      makeDispatcher: () => dispatcher
    }
    this.#context = Context.empty().pipe(
      Context.add(Scheduler.Scheduler, scheduler),
      Context.add(Clock.Clock, this.#clock(null)),
      Context.add(References.MinimumLogLevel, "None"),
      Context.add(EffectRandom.Random, {
        nextDoubleUnsafe: () => random.next(),
        nextIntUnsafe: () => Math.floor((random.next() - 0.5) * Number.MAX_SAFE_INTEGER)
      })
    )
  }

  #clock(process: Process | null): Clock.Clock {
    const millis = () => this.now
    const nanos = () => BigInt(this.now) * 1_000_000n
    return {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        process === null
          ? Effect.die(new Error("what runs at one instant may not sleep"))
          : Effect.asVoid(this.park(process, "sleep", this.now + Math.ceil(Duration.toMillis(duration))))
    }
  }

  #drain(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }

  note(line: string): void {
    this.#trace.push({ at: this.now, line })
    if (this.#trace.length > TRACE_LENGTH) this.#trace.shift()
  }

  /** The last calls, oldest first. */
  trace(): ReadonlyArray<string> {
    return this.#trace.map(({ at, line }) => `${formatInstant(at)} ${line}`)
  }

  /** Waits for the scheduler; only `drive` goes on from here. */
  park(process: Process, label: string, wakeAt = this.now): Effect.Effect<Verdict> {
    return Effect.callback((resume) => {
      const parked: Parked = {
        process,
        label,
        wakeAt,
        resume: (verdict) => resume(Effect.succeed(verdict))
      }
      this.#parked.push(parked)
      return Effect.sync(() => {
        this.#parked = this.#parked.filter((one) => one !== parked)
      })
    })
  }

  /** Starts a process; it runs to its first port call. */
  start(name: string, make: (process: Process) => Effect.Effect<unknown, unknown>): Process {
    const process: Process = { id: ++this.#lastId, name, startedAt: this.now, exit: null, priority: this.random.next() }
    this.processes.add(process)
    this.note(`${name}#${process.id} starts`)
    const context = Context.add(this.#context, Clock.Clock, this.#clock(process))
    const fiber = Effect.runForkWith(context)(make(process))
    this.#fibers.set(process, fiber)
    fiber.addObserver((exit) => {
      process.exit = exit
      this.processes.delete(process)
      this.note(`${name}#${process.id} ends: ${Exit.isSuccess(exit) ? "ok" : String(exit.cause).slice(0, 200)}`)
    })
    this.#drain()
    return process
  }

  readonly #fibers = new WeakMap<Process, Fiber.Fiber<unknown, unknown>>()

  /** Runs an effect at this very instant, with nothing in between. */
  instantly<A, E>(effect: Effect.Effect<A, E>): Exit.Exit<A, E> {
    const fiber = Effect.runForkWith(this.#context)(effect)
    this.#drain()
    return fiber.pollUnsafe() ?? Exit.die(new Error("an instant effect did not end at once"))
  }

  /** The machine dies: nothing of the process ever runs again. */
  crash(process: Process): void {
    this.#parked = this.#parked.filter((parked) => parked.process !== process)
    this.processes.delete(process)
    this.note(`${process.name}#${process.id} crashes`)
  }

  /** The runtime gives up on it: finalizers run, and park at their calls like all else. */
  interrupt(process: Process): void {
    this.note(`${process.name}#${process.id} is interrupted`)
    this.#fibers.get(process)?.interruptUnsafe()
    this.#drain()
  }

  #choose(ready: ReadonlyArray<Parked>, order: Order, { anywhere, fragile }: Demotion): Parked {
    if (order === "ranked") {
      const highest = Math.max(...ready.map(({ process }) => process.priority))
      const chosen = this.random.pick(ready.filter(({ process }) => process.priority === highest))
      if (this.random.happens(fragile.test(chosen.label) ? FRAGILE_DEMOTION : anywhere)) {
        chosen.process.priority = --this.#lowest
      }
      return chosen
    }
    const own = order === "sticky" ? ready.filter(({ process }) => process === this.#lastRun) : []
    return this.random.pick(own.length > 0 && this.random.happens(STICKY) ? own : ready)
  }

  /** Lets one parked call go on, which fails with the chance `failure`. False where nothing is parked. */
  drive({ demotion, order }: { readonly demotion: Demotion; readonly order: Order }, failure: number): boolean {
    let ready = this.#parked.filter((parked) => parked.wakeAt <= this.now)
    if (ready.length === 0) {
      if (this.#parked.length === 0) return false
      this.now = Math.min(...this.#parked.map((parked) => parked.wakeAt))
      ready = this.#parked.filter((parked) => parked.wakeAt <= this.now)
    }
    const chosen = this.#choose(ready, order, demotion)
    const verdict = chosen.label !== "sleep" && this.random.happens(failure) ? "fail" : "go"
    this.#parked = this.#parked.filter((parked) => parked !== chosen)
    this.#lastRun = chosen.process
    this.note(`${chosen.process.name}#${chosen.process.id} ${chosen.label}${verdict === "fail" ? " FAILS" : ""}`)
    chosen.resume(verdict)
    this.#drain()
    return true
  }
}

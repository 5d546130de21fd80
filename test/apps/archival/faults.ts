/**
 * The memory adapters behind ports that fail at a chosen call: the process dies there, or the call fails, before or
 * after it takes effect. Every member of every port is a call, and so is every pull of a stream.
 */
import { Context, Effect, Layer, Stream } from "effect"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import { ColdStore, ColdStoreError, StoreUnavailable } from "../../../src/ports/ColdStore.ts"
import { HotStoreError } from "../../../src/ports/HotStoreError.ts"
import { JobState, JobStateError } from "../../../src/ports/JobState.ts"
import { MonthStore, MonthStoreError } from "../../../src/ports/MonthStore.ts"
import { contextOf, hotStore } from "../../hot-store.ts"
import type { Fault } from "../etl/faults.ts"
import { type ForeignArchive, withForeign } from "./foreign.ts"

/** What reports and errors say of a call that was made to fail. */
export const PLANNED = "a planned fault"

/** Errors of the ports. */
const cause = new Error(PLANNED)
const coldError = (operation: string) =>
  new ColdStoreError({ operation, key: "", reason: new StoreUnavailable({ cause }) })
const hotError = (operation: string) => new HotStoreError({ operation, subject: "", cause })

export const makePorts = (archives: ReadonlyArray<ForeignArchive>) => {
  const planned: { at: number; fault: Fault } = { at: 0, fault: "fail before" }
  let calls: Array<string> = []
  let isDead = false

  const call = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>, error: unknown): Effect.Effect<A, unknown, R> =>
    Effect.suspend((): Effect.Effect<A, unknown, R> => {
      if (isDead) return Effect.interrupt
      if (calls.push(name) !== planned.at) return effect
      isDead = planned.fault.startsWith("crash")
      const fault = isDead ? Effect.interrupt : Effect.fail(error)
      return planned.fault.endsWith("after") ? Effect.andThen(Effect.exit(effect), fault) : fault
    })

  const gated = <S extends object>(port: string, service: S, errorOf: (operation: string) => unknown): S => {
    const gate = (operation: string, value: unknown): unknown => {
      const name = `${port}.${operation}`
      if (Stream.isStream(value)) {
        return Stream.transformPull(value, (pull) => Effect.succeed(call(name, pull, errorOf(operation))))
      }
      if (Effect.isEffect(value)) {
        // A scan answers with a stream.
        const withStream = (answer: unknown) =>
          typeof answer === "object" && answer !== null && "series" in answer && Stream.isStream(answer.series)
            ? { ...answer, series: gate(`${operation}.series`, answer.series) }
            : answer
        return Effect.map(call(name, value, errorOf(operation)), withStream)
      }
      if (typeof value !== "function") return value
      return (...args: ReadonlyArray<unknown>) => gate(operation, Reflect.apply(value, service, args))
    }
    return new Proxy(service, { get: (target, key) => gate(String(key), Reflect.get(target, key)) })
  }

  const adapters = Layer.mergeAll(
    HotStoreMemory.layer,
    Layer.effect(ColdStore, Effect.map(ColdStore, (cold) => withForeign(cold, archives))).pipe(
      Layer.provide(ColdStoreMemory.layer)
    ),
    MonthStoreMemory.layer,
    JobStateMemory.layer
  )
  const ports = Layer.effectContext(Effect.gen(function*() {
    const hot = yield* hotStore
    return contextOf({
      ...hot,
      intake: gated("intake", hot.intake, hotError),
      days: gated("days", hot.days, hotError),
      catalog: gated("catalog", hot.catalog, hotError)
    }).pipe(
      Context.add(ColdStore, gated("cold", yield* ColdStore, coldError)),
      Context.add(MonthStore, gated("months", yield* MonthStore, (operation) =>
        new MonthStoreError({ operation, subject: "", cause }))),
      Context.add(JobState, gated("jobs", yield* JobState, (operation) =>
        new JobStateError({ operation, subject: "", cause })))
    )
  }))

  return {
    layer: Layer.provideMerge(ports, adapters),
    /** Begins a new process that has the given fault at its call `at`, counted from 1; none at 0. */
    restart: (at = 0, fault: Fault = "fail before") => {
      Object.assign(planned, { at, fault })
      calls = []
      isDead = false
    },
    /** The names of the calls since the last restart. */
    calls: (): ReadonlyArray<string> => calls
  }
}

export type Ports = Layer.Success<ReturnType<typeof makePorts>["layer"]>

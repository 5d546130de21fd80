/**
 * Ports that tell of every call: each method of each service is wrapped, whatever the service is.
 */
import { Context, Effect, Stream } from "effect"

/** What becomes of a call, such as `ColdStore.read`; every pull of a stream is a call of its own. */
export type Around = <A, E, R>(call: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const wrapResult = (call: string, result: unknown, around: Around): unknown => {
  if (Effect.isEffect(result)) return around(call, result)
  return Stream.isStream(result) ? Stream.transformPull(result, (pull) => Effect.succeed(around(call, pull))) : result
}

const wrapService = (port: string, service: object, around: Around): object =>
  Object.fromEntries(
    Object.entries(service).map(([method, member]: [string, unknown]) => {
      const call = `${port}.${method}`
      return [
        method,
        typeof member === "function"
          ? (...args: ReadonlyArray<unknown>) => wrapResult(call, Reflect.apply(member, service, args), around)
          : wrapResult(call, member, around)
      ]
    })
  )

/** The same services, every call of which goes through `around`. */
export const observe = <S>(services: Context.Context<S>, around: Around): Context.Context<S> =>
  Context.makeUnsafe(
    new Map(
      [...services.mapUnsafe as ReadonlyMap<string, object>].map(([key, service]) =>
        [key, wrapService(key.slice(key.lastIndexOf("/") + 1), service, around)])
    )
  )

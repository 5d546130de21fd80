/**
 * How many answers one isolate streams at once. An answer that is sent in one piece is made and gone; a streamed one
 * keeps a batch of samples for as long as its client reads.
 */
import { Clock, Effect, Stream } from "effect"
import type { Scope } from "effect"
import { Unavailable } from "../http/problem.ts"

/** A stream takes 5 to 6 MB, an isolate has 128: the rest is for what is read before a stream begins. */
export const MAX_STREAMS = 12

/** A stream of which the client read nothing for so long gives up its place, ms. So does one whose end was not seen. */
const IDLE_MS = 300_000

/** Takes a place until the scope closes, and answers what to apply to the stream that has it. */
export type Places = Effect.Effect<<A, E>(stream: Stream.Stream<A, E>) => Stream.Stream<A, E>, Unavailable, Scope.Scope>

const full = new Unavailable({
  code: "too_many_streams",
  detail: "too many large answers are being sent at the moment; try again later, or ask for a smaller answer"
})

/** The places of one isolate. Nothing waits for a place: no request may continue the work of another. */
export const makePlaces = (): Places => {
  /** When the stream of each place last sent something. */
  const lastSent = new Map<symbol, number>()

  const take = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (lastSent.size >= MAX_STREAMS) {
      for (const [place, at] of lastSent) if (now - at >= IDLE_MS) lastSent.delete(place)
    }
    if (lastSent.size >= MAX_STREAMS) return yield* full
    const place = Symbol()
    lastSent.set(place, now)
    return place
  })

  const sent = (place: symbol) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (lastSent.has(place)) lastSent.set(place, now)
    })

  return Effect.acquireRelease(take, (place) => Effect.sync(() => lastSent.delete(place))).pipe(
    Effect.map((place) => Stream.tap(() => sent(place)))
  )
}

/** How the adapter asks: attempts, waits, refusals. The server is a script of answers, time is virtual. */
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Logger, Redacted, References, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import * as SampleSourceAce from "../../../src/adapters/ace/SampleSourceAce.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import { JobState } from "../../../src/ports/JobState.ts"
import { SampleSource } from "../../../src/ports/SampleSource.ts"

const KEY = "eyJhbGciOi.secret-of-the-test.c2ln"
const NOW = 1_786_060_800_000
const WINDOW = { start: NOW - 3_600_000, end: NOW }
const EMPTY_PAGE = JSON.stringify({ point_samples: [], next_cursor: null, has_more: false })
const UNHANDLED = JSON.stringify({ message: "An unhandled exception occurred." })

type Answer = (request: Request) => Response | Promise<Response>
const ok: Answer = () => new Response(EMPTY_PAGE)
const status = (code: number, body: string, headers: Record<string, string> = {}): Answer => () =>
  new Response(body, { status: code, headers })
const message = (code: number, text: string, headers: Record<string, string> = {}) =>
  status(code, JSON.stringify({ message: text }), headers)
const never: Answer = () => new Promise(() => {})

/** A server that gives the answers one after another, the last one for ever, and notes when it was asked. */
const script = (answers: ReadonlyArray<Answer>) => {
  const requests: Array<Request> = []
  return {
    requests,
    fetch: (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init)
      const answer = answers[Math.min(requests.length, answers.length - 1)] ?? ok
      requests.push(request)
      return Promise.resolve(answer(request))
    }
  }
}

const layer = (fetch: typeof globalThis.fetch, options: Partial<SampleSourceAce.AceOptions> = {}) =>
  SampleSourceAce.layer({
    baseUrl: "https://ace.test/api",
    key: Redacted.make(KEY),
    requestsPerMinute: 1e9,
    maxRetries: 3,
    timeoutMs: 30_000,
    pageSize: 10,
    pointSelection: "all",
    ...options
  }).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch)),
    Layer.provideMerge(JobStateMemory.layer)
  )

const askOf = (site: string) => Effect.flatMap(SampleSource, (source) => Stream.runDrain(source.pages(site, WINDOW)))
const ask = askOf("plant-1")

/** Asks, lets an hour pass second by second, and tells how it ended and how long it took. */
const outcome = Effect.gen(function*() {
  yield* TestClock.setTime(NOW)
  const fiber = yield* ask.pipe(
    Effect.exit,
    Effect.flatMap((exit) => Effect.map(Clock.currentTimeMillis, (at) => ({ exit, ms: at - NOW }))),
    Effect.forkChild
  )
  for (let second = 0; second < 600; second++) {
    // The answers of the script are promises: let them arrive before time moves on.
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    yield* TestClock.adjust("1 second")
  }
  const { exit, ms } = yield* Fiber.join(fiber)
  return { ms, error: Exit.isFailure(exit) ? yield* Effect.flip(Effect.failCause(exit.cause)) : null }
})

const quietly = Effect.provideService(References.MinimumLogLevel, "None")

const run = (answers: ReadonlyArray<Answer>, options: Partial<SampleSourceAce.AceOptions> = {}) => {
  const server = script(answers)
  return outcome.pipe(
    Effect.map((result) => ({ ...result, requests: server.requests, reason: result.error?.reason })),
    Effect.provide(layer(server.fetch, options)),
    quietly
  )
}

it.effect("asks as ACE wants to be asked, with the key in the header alone", () =>
  Effect.gen(function*() {
    const { error, requests } = yield* run([ok])
    assert.isNull(error)
    const [request] = requests
    assert.strictEqual(request?.headers.get("authorization"), `Bearer ${KEY}`)
    assert.strictEqual(
      request?.url,
      "https://ace.test/api/sites/plant-1/timeseries/paginated?start_time=2026-08-06T23%3A00%3A00.000Z&" +
        "end_time=2026-08-07T00%3A00%3A00.000Z&page_size=10&raw_data=true"
    )
  }))

it.effect("a transient 500 is asked again, later each time", () =>
  Effect.gen(function*() {
    const { error, ms, requests } = yield* run([message(500, "Internal Server Error"), status(502, "<html>"), ok])
    assert.isNull(error)
    assert.strictEqual(requests.length, 3)
    assert.isAtLeast(ms, 0.8 * 1_000 + 0.8 * 2_000)
    assert.isAtMost(ms, 1.2 * 1_000 + 1.2 * 2_000 + 2_000)
  }))

it.effect("gives up after the retries it was allowed, and says how often it tried", () =>
  Effect.gen(function*() {
    const { reason, requests } = yield* run([message(503, "maintenance")], { maxRetries: 2 })
    assert.strictEqual(requests.length, 3)
    assert.deepInclude(reason, { _tag: "Transient", attempts: 3, detail: "503 maintenance" })
  }))

it.effect("Retry-After in seconds is waited for", () =>
  Effect.gen(function*() {
    const { error, ms, requests } = yield* run([message(429, "slow down", { "retry-after": "17" }), ok])
    assert.isNull(error)
    assert.strictEqual(requests.length, 2)
    assert.isAtLeast(ms, 17_000)
    assert.isBelow(ms, 20_000)
  }))

it.effect("Retry-After as an HTTP date is waited for", () =>
  Effect.gen(function*() {
    const date = "Fri, 07 Aug 2026 00:00:23 GMT"
    const { error, ms } = yield* run([message(429, "slow down", { "retry-after": date }), ok])
    assert.isNull(error)
    assert.isAtLeast(ms, 23_000)
    assert.isBelow(ms, 26_000)
  }))

it.effect("a Retry-After longer than a run may wait fails at once as Throttled", () =>
  Effect.gen(function*() {
    const { ms, reason, requests } = yield* run([message(429, "slow down", { "retry-after": "3600" })])
    assert.strictEqual(requests.length, 1)
    assert.isBelow(ms, 2_000)
    assert.deepInclude(reason, { _tag: "Throttled", retryAfterMs: 3_600_000 })
  }))

it.effect("429 to the end is Throttled", () =>
  Effect.gen(function*() {
    const { reason, requests } = yield* run([message(429, "slow down", { "retry-after": "nonsense" })])
    assert.strictEqual(requests.length, 4)
    assert.strictEqual(reason?._tag, "Throttled")
  }))

it.effect("no answer within the timeout counts as a failed attempt", () =>
  Effect.gen(function*() {
    const { error, ms, requests } = yield* run([never, ok])
    assert.isNull(error)
    assert.strictEqual(requests.length, 2)
    assert.isAtLeast(ms, 30_000)
  }))

it.effect("a connection that fails is Transient in the end", () =>
  Effect.gen(function*() {
    const { reason } = yield* run([() => Promise.reject(new Error(`connect ECONNREFUSED for ${KEY}`))])
    assert.strictEqual(reason?._tag, "Transient")
    assert.include(JSON.stringify(reason), "ECONNREFUSED")
  }))

for (
  const [name, body] of [
    ["HTML", "<!DOCTYPE html><html></html>"],
    ["truncated JSON", EMPTY_PAGE.slice(0, 20)],
    ["an empty body", ""],
    ["no list", JSON.stringify({ next_cursor: null, has_more: false })],
    ["no has_more", JSON.stringify({ point_samples: [], next_cursor: null })],
    ["more without a cursor", JSON.stringify({ point_samples: [], next_cursor: null, has_more: true })],
    ["a list for a page", "[]"]
  ] as const
) {
  it.effect(`${name} with status 200 is BadPayload once the retries are used up`, () =>
    Effect.gen(function*() {
      const failed = yield* run([status(200, body)])
      assert.strictEqual(failed.reason?._tag, "BadPayload")
      assert.strictEqual(failed.requests.length, 4)
      assert.isNull((yield* run([status(200, body), ok])).error, "once only: asked again")
    }))
}

for (
  const [name, answer, tag] of [
    ["401", message(401, "Missing Authorization Header"), "BadCredentials"],
    ["a 500 of the token library", message(500, "JWT Signature Invalid"), "BadCredentials"],
    ["403", message(403, "no permission"), "UnknownSite"],
    ["404 of ACE", message(404, "A database result was required but none was found."), "UnknownSite"],
    ["404 of somebody else", status(404, "<html>not found</html>"), "RequestRefused"],
    ["400", message(400, "Input payload validation failed"), "RequestRefused"]
  ] as const
) {
  it.effect(`${name} is ${tag}, and not asked again`, () =>
    Effect.gen(function*() {
      const { reason, requests } = yield* run([answer])
      assert.strictEqual(reason?._tag, tag)
      assert.strictEqual(requests.length, 1)
    }))
}

it.effect("an unhandled exception on every attempt, with a key that never worked, is taken for a wrong key", () =>
  Effect.gen(function*() {
    const { reason, requests } = yield* run([status(500, UNHANDLED)])
    assert.strictEqual(reason?._tag, "BadCredentials")
    assert.strictEqual(requests.length, 4)
    const mixed = yield* run([status(500, UNHANDLED), message(503, "maintenance"), status(500, UNHANDLED)])
    assert.strictEqual(mixed.reason?._tag, "Transient", "not where an attempt failed otherwise")
    assert.isNull((yield* run([status(500, UNHANDLED), ok])).error, "nor where a retry succeeds")
  }))

it.effect("an unhandled exception with a key that has worked is transient", () => {
  const server = script([ok, status(500, UNHANDLED)])
  return Effect.gen(function*() {
    assert.isNull((yield* outcome).error)
    assert.strictEqual((yield* outcome).error?.reason._tag, "Transient")
  }).pipe(quietly, Effect.provide(layer(server.fetch)))
})

it.effect("the circuit opens after five failed calls, and lets a probe through after 30 s", () => {
  const down = [1, 2, 3, 4, 5].map(() => message(503, "down"))
  const server = script([...down, ok])
  return Effect.gen(function*() {
    for (let call = 1; call <= 5; call++) yield* Effect.flip(ask)
    const refused = yield* Effect.flip(ask)
    assert.deepInclude(refused.reason, { _tag: "Transient", attempts: 0 })
    assert.strictEqual(server.requests.length, 5, "ACE is left alone")
    yield* TestClock.adjust("31 seconds")
    yield* ask
    assert.strictEqual(server.requests.length, 6)
  }).pipe(quietly, Effect.provide(layer(server.fetch, { maxRetries: 0 })))
})

it.effect("the circuit of one site leaves those of others closed", () => {
  const down = [1, 2, 3, 4, 5].map(() => message(503, "down"))
  const server = script([...down, ok])
  return Effect.gen(function*() {
    for (let call = 1; call <= 5; call++) yield* Effect.flip(ask)
    yield* askOf("plant-2")
    assert.deepInclude((yield* Effect.flip(ask)).reason, { _tag: "Transient", attempts: 0 })
    assert.strictEqual(server.requests.length, 6)
  }).pipe(quietly, Effect.provide(layer(server.fetch, { maxRetries: 0 })))
})

it.effect("refusals do not open the circuit", () => {
  const server = script([message(403, "no")])
  return Effect.gen(function*() {
    for (let call = 1; call <= 8; call++) yield* Effect.flip(ask)
    assert.strictEqual(server.requests.length, 8)
  }).pipe(quietly, Effect.provide(layer(server.fetch)))
})

/** A `JobState` whose budget answers as told. */
const budget = (waits: ReadonlyArray<number>) => {
  const asked: Array<readonly [string, number]> = []
  const state = Layer.effect(
    JobState,
    Effect.map(JobState, (memory) =>
      JobState.of({
        ...memory,
        takeRequest: (name, perMinute) =>
          Effect.sync(() => {
            asked.push([name, perMinute])
            return waits[Math.min(asked.length, waits.length) - 1] ?? 0
          })
      }))
  ).pipe(Layer.provide(JobStateMemory.layer))
  return { asked, state }
}

const withBudget = (waits: ReadonlyArray<number>, answers: ReadonlyArray<Answer>) => {
  const server = script(answers)
  const { asked, state } = budget(waits)
  const source = SampleSourceAce.layer({
    baseUrl: "https://ace.test/api",
    key: Redacted.make(KEY),
    requestsPerMinute: 50,
    maxRetries: 3,
    timeoutMs: 30_000,
    pageSize: 10,
    pointSelection: "all"
  }).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, server.fetch)),
    Layer.provide(state)
  )
  return outcome.pipe(
    Effect.map((result) => ({ ...result, asked, requests: server.requests })),
    Effect.provide(source),
    quietly
  )
}

it.effect("every attempt, the repeated ones too, is taken out of the shared budget and waits its turn", () =>
  Effect.gen(function*() {
    const { asked, error, ms, requests } = yield* withBudget([5_000, 3_000, 0, 0], [message(503, "down"), ok])
    assert.isNull(error)
    assert.strictEqual(requests.length, 2)
    assert.deepStrictEqual(asked, [["ace", 50], ["ace", 50], ["ace", 50], ["ace", 50]])
    assert.isAtLeast(ms, 8_000)
  }))

it.effect("a budget that stays used up fails as Throttled, without a request", () =>
  Effect.gen(function*() {
    const { error, ms, requests } = yield* withBudget([50_000], [ok])
    assert.deepInclude(error?.reason, { _tag: "Throttled", retryAfterMs: 50_000 })
    assert.strictEqual(requests.length, 0)
    assert.isAtMost(ms, 121_000)
  }))

it.effect("the key appears in no error, log or URL, even where the server quotes it", () => {
  const quoting: ReadonlyArray<Answer> = [
    status(500, `{"message": "cannot verify ${KEY}"}`),
    status(200, `<html>${KEY}</html>`),
    () => Promise.reject(new Error(`failed with ${KEY}`)),
    status(400, KEY)
  ]
  const logged: Array<string> = []
  const logger = Logger.make((entry) => {
    logged.push(JSON.stringify(entry.message))
  })
  const server = script(quoting)
  return Effect.gen(function*() {
    const { error } = yield* outcome
    assert.strictEqual(error?.reason._tag, "RequestRefused")
    assert.strictEqual(server.requests.length, 4)
    assert.strictEqual(logged.length, 4)
    const texts = [String(error), error?.message, JSON.stringify(error), ...logged]
    for (const text of texts) assert.notInclude(text, "secret-of-the-test")
    for (const request of server.requests) assert.notInclude(request.url, "secret-of-the-test")
  }).pipe(
    Effect.provide([layer(server.fetch), Logger.layer([logger])]),
    Effect.provideService(References.MinimumLogLevel, "Info")
  )
})

it.effect("a site name that would change the path is refused before it is asked", () => {
  const server = script([ok])
  return Effect.gen(function*() {
    const source = yield* SampleSource
    const error = yield* Effect.flip(source.points("../points"))
    assert.strictEqual(error.reason._tag, "RequestRefused")
    yield* Stream.runDrain(source.pages("Plant No. 1 & 2?", WINDOW))
    const { pathname } = new URL(server.requests[0]?.url ?? "")
    assert.strictEqual(pathname, "/api/sites/Plant%20No.%201%20%26%202%3F/timeseries/paginated")
  }).pipe(Effect.provide(layer(server.fetch)))
})

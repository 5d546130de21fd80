/**
 * Proves that the typed client reads answers and problems, by using it on the real routes over memory adapters, and
 * that it bundles for browsers.
 */
import { Cause, Effect, Exit, Result, Stream } from "effect"
import { build, transformSync } from "esbuild"
import { readFileSync } from "node:fs"
import { assert, beforeAll, describe, it } from "vitest"
import { type ClientError, type ClientOptions, makeClient } from "../../src/client/client.ts"
import { hotStore } from "../hot-store.ts"
import { makeWorld, READ_KEY, type World } from "../apps/http/world.ts"
import { regular } from "../samples.ts"

const NOON = Date.UTC(2026, 10, 23, 12)
const MINUTE = 60_000
const POINT = "north/ahu/1"

let world: World
let fetch: typeof globalThis.fetch

/** Headers that a page may send without asking first. */
const SAFE = new Set(["accept", "origin"])

/** What a browser asks before it sends the request of a page from another origin. */
const preflight = async (path: string, { headers, method = "GET" }: RequestInit): Promise<void> => {
  const origin = "https://charts.test"
  const asked = [...new Headers(headers).keys()].filter((name) => !SAFE.has(name))
  const answer = await world.query(path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": asked.join(",") }
  })
  assert.strictEqual(answer.headers.get("access-control-allow-origin"), origin)
  assert.include(answer.headers.get("access-control-allow-methods"), method)
  assert.includeMembers((answer.headers.get("access-control-allow-headers") ?? "").split(", "), asked)
}

beforeAll(async () => {
  world = await makeWorld()
  fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    assert.strictEqual(url.host, "query.example.org")
    await preflight(url.pathname, init)
    return world.query(url.pathname + url.search, init)
  }
  await world.run(Effect.gen(function*() {
    const hot = yield* hotStore
    const run = yield* hot.intake.takeFence("north")
    const halves = regular(POINT, { start: NOON - 60 * MINUTE, count: 60, value: (i) => i / 2 })
    yield* hot.intake.append(run, 1, [halves])
  }))
})

const clientWith = (options: Partial<ClientOptions> = {}) =>
  makeClient({ baseUrl: "https://query.example.org", apiKey: READ_KEY, fetch, ...options })

const asked = { site_name: "north", point_names: [POINT], start_time: NOON - 3 * MINUTE, end_time: NOON }

const failure = async (effect: Effect.Effect<unknown, ClientError>): Promise<ClientError> => {
  const result = await Effect.runPromise(Effect.result(effect))
  if (Result.isSuccess(result)) throw new Error("it succeeded")
  return result.failure
}

describe("makeClient", () => {
  it("asks for rows and for columns", async () => {
    const client = clientWith()
    const rows = await Effect.runPromise(client.query(asked))
    assert.deepStrictEqual(rows.samples.map(({ value }) => value), [28.5, 29, 29.5])
    assert.strictEqual(rows.metadata.source, "d1")
    const columns = await Effect.runPromise(
      client.query({ ...asked, interval: "1h", agg: ["max", "count"], layout: "columns" })
    )
    assert.deepStrictEqual(columns.series, [
      { point: POINT, timestamps: [NOON - 60 * MINUTE], max: [29.5], count: [3] }
    ])
  })

  it("streams what is too much for memory", async () => {
    const rows = [28.5, 29, 29.5].map((value, i) => `${POINT},${NOON - (3 - i) * MINUTE},${value}\n`)
    const pieces = await Effect.runPromise(Stream.runCollect(clientWith().stream({ ...asked, format: "csv" })))
    assert.strictEqual(
      pieces.map((piece) => new TextDecoder().decode(piece)).join(""),
      `point_name,timestamp,value\n${rows.join("")}`
    )
  })

  it("finds points, last values, days and sites", async () => {
    const client = clientWith()
    assert.deepStrictEqual(await Effect.runPromise(client.sites), ["north"])
    const page = await Effect.runPromise(client.points({ site_name: "north", search: "AHU" }))
    assert.deepStrictEqual(
      page.points.map((point) => [point.point_name, point.first_timestamp, point.last_timestamp]),
      [[POINT, NOON - 60 * MINUTE, NOON - MINUTE]]
    )
    const latest = await Effect.runPromise(client.latest("north", [POINT, "north/none"]))
    assert.deepStrictEqual(latest.points.map(({ timestamp, value }) => ({ timestamp, value })), [
      { timestamp: NOON - MINUTE, value: 29.5 }
    ])
    assert.deepStrictEqual(latest.unknown_points.map(({ point_name }) => point_name), ["north/none"])
    const coverage = await Effect.runPromise(
      client.coverage({ site_name: "north", start_time: "now-1d", end_time: "now" })
    )
    assert.deepStrictEqual(coverage.days.map(({ day, exact, samples, tier }) => ({ day, exact, samples, tier })), [
      { day: "2026-11-23", exact: false, samples: 60, tier: "d1" }
    ])
  })
})

describe("a client that fails", () => {
  it("fails with the problem that was answered, also in a stream", async () => {
    const client = clientWith()
    const wrong = await failure(client.query({ ...asked, interval: "5 parsecs" }))
    assert(wrong._tag === "BadRequest")
    assert.deepInclude(wrong, { status: 400, code: "invalid_interval", field: "interval", text: "5 parsecs" })
    const unknown = await failure(client.query({ ...asked, site_name: "nowhere" }))
    assert(unknown._tag === "NotFound")
    assert.strictEqual(unknown.code, "unknown_site")
    const keyless = await failure(makeClient({ baseUrl: "https://query.example.org", fetch }).sites)
    assert.strictEqual(keyless._tag, "Unauthorized")
    const streamed = await failure(
      Stream.runCollect(client.stream({ ...asked, end_time: asked.start_time, format: "ndjson" }))
    )
    assert(streamed._tag === "BadRequest")
    assert.strictEqual(streamed.code, "invalid_window")
  })

  it("fails as a network or a proxy does where no problem was answered", async () => {
    const proxy = clientWith({ fetch: () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 })) })
    assert.strictEqual((await failure(proxy.sites))._tag, "HttpClientError")
    assert.strictEqual(
      (await failure(Stream.runCollect(proxy.stream({ ...asked, format: "csv" }))))._tag,
      "HttpClientError"
    )
    const offline = clientWith({ fetch: () => Promise.reject(new TypeError("offline")) })
    const exit = await Effect.runPromiseExit(offline.sites)
    assert(Exit.isFailure(exit) && !Cause.hasDies(exit.cause))
  })
})

describe("the package of the client", () => {
  it("is bundled for browsers without a module of Node", async () => {
    const { metafile } = await build({
      entryPoints: ["src/client/client.ts"],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2024",
      platform: "browser",
      external: ["node:*", "cloudflare:*"]
    })
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    assert.deepStrictEqual(outside, [])
  })

  it("works as the README shows", async () => {
    const [, code] = /```ts\n([^`]*building-vitals\/client[^`]*)```/.exec(readFileSync("README.md", "utf8")) ?? []
    assert(code !== undefined)
    const lines: Array<unknown> = []
    const body = transformSync(code.replaceAll(/^import .*$/gm, ""), { loader: "ts", target: "esnext" }).code
    const run = new Function("Effect", "makeClient", "console", `return (async () => { ${body} })()`) as (
      ...args: ReadonlyArray<unknown>
    ) => Promise<void>
    await run(Effect, (options: ClientOptions) => clientWith({ baseUrl: options.baseUrl }), {
      log: (...all: Array<unknown>) => lines.push(all)
    })
    assert.deepStrictEqual(lines, [[POINT, 60, "samples"], ["invalid_interval", "interval"]])
  })
})

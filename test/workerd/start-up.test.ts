/**
 * How Workers start: none touches a binding, and one with wrong settings says so wherever somebody looks, in answers,
 * in the log and in the errors of its crons.
 */
import { env } from "cloudflare:workers"
import { assert, describe, it } from "vitest"
import { make as makeArchival } from "../../src/apps/archival/worker.ts"
import { make as makeBackfill } from "../../src/apps/backfill/worker.ts"
import { make as makeEtl } from "../../src/apps/etl/worker.ts"
import { make as makeQuery } from "../../src/apps/query/worker.ts"
import { orMisconfigured } from "../../src/apps/misconfigured.ts"

const KEY = "a-key-that-must-not-be-shown"

const WRONG = { SITE_NAME: "your-site", ACE_API_KEY: KEY, HOT_STORAGE_DAYS: "many" }

/** The bindings of the tests with other variables, whose names the type of the bindings does not know. */
const withVariables = (variables: Readonly<Record<string, string>>): Cloudflare.Env => ({ ...env, ...variables })

const worker = orMisconfigured(() => makeEtl(withVariables(WRONG)))

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => "resolved", (error: unknown) => error)

describe("a Worker with wrong settings", () => {
  it("answers every request with a problem that names each of them", async () => {
    for (const path of ["/health", "/stats", "/elsewhere"]) {
      const response = await worker.fetch(new Request(`https://worker.test${path}`))
      assert.strictEqual(response.status, 503)
      assert.strictEqual(response.headers.get("content-type"), "application/problem+json")
      const problem = await response.json<{ code: string; detail: string }>()
      assert.strictEqual(problem.code, "misconfigured")
      for (const part of ["SITE_NAME", "your-site", "HOT_STORAGE_DAYS"]) assert.include(problem.detail, part)
      assert.notInclude(JSON.stringify(problem), KEY)
    }
  })

  it("fails its cron and its queue with the same words, as a property of the error's own", async () => {
    for (const promise of [worker.scheduled(), orMisconfigured(() => makeBackfill(withVariables(WRONG))).scheduled()]) {
      const error = await rejection(promise)
      assert.instanceOf(error, Error)
      assert.include(Object.getOwnPropertyDescriptor(error, "message")?.value, "SITE_NAME: your-site")
    }
  })

  it("names a missing key of the source, and starts as soon as it is there", async () => {
    const without = orMisconfigured(() => makeEtl(withVariables({ SITE_NAME: "plant-1", ACE_API_KEY: "" })))
    const health = await without.fetch(new Request("https://worker.test/health"))
    assert.include((await health.json<{ detail: string }>()).detail, "ACE_API_KEY: it is missing")
    const complete = orMisconfigured(() => makeEtl(withVariables({ SITE_NAME: "plant-1", ACE_API_KEY: KEY })))
    assert.strictEqual((await complete.fetch(new Request("https://worker.test/health"))).status, 200)
  })
})

describe("a Worker that starts", () => {
  const untouchable = new Proxy({}, {
    get: (_, name) => {
      throw new Error(`${String(name)} was used while the Worker starts`)
    }
  })
  const bindings = ["DB", "BUCKET", "KV", "CACHE", "STEPS", "RATE_LIMITER"].map((name) => [name, untouchable] as const)

  for (const [name, make] of Object.entries({ makeEtl, makeQuery, makeArchival, makeBackfill })) {
    it(`${name}: touches no binding, as the platform demands`, () => {
      assert.isFunction(make({ ...withVariables({ ACE_API_KEY: KEY }), ...Object.fromEntries(bindings) }).fetch)
    })
  }
})

/**
 * Proves methods, keys, CORS, the OpenAPI document and the answers to faults, by requests to the Workers over memory
 * adapters, some of which fail.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Problem } from "../../../src/apps/http/problem.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { HotStoreError } from "../../../src/ports/HotStoreError.ts"
import { SchemaCheck, WrongSchema } from "../../../src/ports/HotStore.ts"
import { admin, makeWorld, reader, withKey } from "./world.ts"

interface Answer {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly field?: string
}

const problem = async (response: Response): Promise<Answer> => {
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/)
  const body = await response.json() as Answer
  assert.strictEqual(body.status, response.status)
  assert.isAbove(body.title.length, 0)
  assert.isAbove(body.detail.length, 0)
  return body
}

const get = "/timeseries/query?site_name=north&point_names=a&start_time=0&end_time=86400"

describe("paths and methods", () => {
  it("answers 404, 405 with Allow, HEAD and OPTIONS", async () => {
    const { query } = await makeWorld()
    const missing = await problem(await query("/nowhere", reader()))
    assert.strictEqual(missing.code, "unknown_path")
    assert.strictEqual(missing.status, 404)
    const wrong = await query("/sites", reader({ method: "DELETE" }))
    assert.strictEqual(wrong.headers.get("allow"), "GET, HEAD, OPTIONS")
    assert.strictEqual((await problem(wrong)).code, "method_not_allowed")
    const head = await query("/health", { method: "HEAD" })
    assert.strictEqual(head.status, 200)
    assert.strictEqual(await head.text(), "")
    const options = await query("/sites", { method: "OPTIONS" })
    assert.strictEqual(options.status, 204)
    assert.strictEqual(options.headers.get("allow"), "GET, HEAD, OPTIONS")
    assert.strictEqual((await query("/sites/", reader())).status, 200)
  })

  it("describes itself, problems included", async () => {
    const { query } = await makeWorld()
    const response = await query("/openapi.json")
    const document = await response.json() as { openapi: string; paths: Record<string, { get: { responses: object } }> }
    assert.match(document.openapi, /^3\.1/)
    assert.includeMembers(Object.keys(document.paths["/timeseries/query"]?.get.responses ?? {}), [
      "200",
      "400",
      "401",
      "403",
      "404",
      "422",
      "503"
    ])
  })
})

it("docs/http.md lists every code, and no other", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/http.md"), "utf8")
  const listed = Array.from(
    (text.split("## Problems")[1] ?? "").matchAll(/`([a-z]+_[a-z_]+|unauthorized|forbidden|internal)`/g)
  )
  const known = Problem.members.flatMap((problem) => problem.fields.code.literals as ReadonlyArray<string>)
  assert.deepStrictEqual(listed.map(([, code]) => code).sort(), [...known].sort())
})

describe("keys", () => {
  it("are asked for by everything but health", async () => {
    const { archival, etl, query } = await makeWorld()
    for (const [ask, path, method] of [
      [query, get, "GET"],
      [query, "/sites", "GET"],
      [query, "/points?site_name=north", "GET"],
      [etl, "/stats", "GET"],
      [etl, "/trigger", "POST"],
      [archival, "/archive/status", "GET"],
      [archival, "/archive/run", "POST"]
    ] as const) {
      const response = await ask(path, { method })
      assert.strictEqual(response.headers.get("www-authenticate"), "Bearer")
      assert.strictEqual((await problem(response)).code, "unauthorized", path)
    }
    for (const ask of [query, etl, archival]) assert.strictEqual((await ask("/health")).status, 200)
  })

  it("are compared whole, by scope, and several work", async () => {
    const { etl, query } = await makeWorld({ BACKFILL_API_KEY: "the-old-key" })
    for (const key of ["wrong", "admin-key-of-the-test", "ADMIN-KEY-OF-THE-TESTS", "admin-key-of-the-tests2"]) {
      assert.strictEqual((await problem(await query("/sites", withKey(key)))).code, "unauthorized")
    }
    assert.strictEqual((await query("/sites", { headers: { authorization: "Basic YTpi" } })).status, 401)
    assert.strictEqual((await query("/sites", reader())).status, 200)
    assert.strictEqual((await query("/sites", admin())).status, 200)
    assert.strictEqual((await query("/sites", withKey("the-old-key"))).status, 200)
    assert.strictEqual((await problem(await etl("/trigger", reader({ method: "POST" })))).code, "forbidden")
    assert.strictEqual((await etl("/trigger", withKey("the-old-key", { method: "POST" }))).status, 200)
  })

  it("not configured means closed, also where reads are open", async () => {
    const closed = await makeWorld({ API_KEYS: "" })
    assert.strictEqual((await closed.query("/sites", reader())).status, 401)
    const open = await makeWorld({ API_KEYS: "", OPEN_READS: "true" })
    assert.strictEqual((await open.query("/sites")).status, 200)
    assert.strictEqual((await open.etl("/stats")).status, 200)
    assert.strictEqual((await open.etl("/trigger", { method: "POST" })).status, 401)
    assert.strictEqual((await open.archival("/archive/run", { method: "POST" })).status, 401)
  })
})

describe("CORS", () => {
  const from = (origin: string, init: RequestInit = {}): RequestInit =>
    reader({ ...init, headers: { ...init.headers as Record<string, string>, origin } })

  it("names only origins on the list, and always varies", async () => {
    const { query } = await makeWorld()
    const allowed = await query("/sites", from("https://charts.test"))
    assert.strictEqual(allowed.headers.get("access-control-allow-origin"), "https://charts.test")
    for (const origin of ["https://charts.test.evil.test", "http://charts.test", "null", "https://charts.test:444"]) {
      const response = await query("/sites", from(origin))
      assert.strictEqual(response.headers.get("access-control-allow-origin"), null, origin)
      assert.strictEqual(response.headers.get("vary"), "Origin")
    }
    const failed = await query("/nowhere", from("https://charts.test"))
    assert.strictEqual(failed.headers.get("access-control-allow-origin"), "https://charts.test")
  })

  it("answers preflights without a key", async () => {
    const { query } = await makeWorld()
    const preflight = (origin: string) =>
      query("/sites", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" }
      })
    const allowed = await preflight("https://charts.test")
    assert.strictEqual(allowed.status, 204)
    assert.strictEqual(allowed.headers.get("access-control-allow-origin"), "https://charts.test")
    assert.include(allowed.headers.get("access-control-allow-methods"), "GET")
    assert.include(allowed.headers.get("access-control-allow-headers"), "authorization")
    const refused = await preflight("https://evil.test")
    assert.strictEqual(refused.headers.get("access-control-allow-origin"), null)
    assert.strictEqual(refused.headers.get("access-control-allow-methods"), null)
  })
})

describe("faults", () => {
  it("answers 503 until the schema is right, and remembers only success", async () => {
    let ready = false
    const { log, query } = await makeWorld({}, Layer.succeed(SchemaCheck, {
      check: Effect.suspend(() => ready ? Effect.void : Effect.fail(new WrongSchema({ version: 4, expected: 5 })))
    }))
    const response = await query("/sites", reader())
    assert.strictEqual(response.status, 503)
    const body = await problem(response)
    assert.strictEqual(body.code, "schema_not_ready")
    assert.match(log.join("\n"), /version 4, this code needs 5/)
    ready = true
    assert.strictEqual((await query("/sites", reader())).status, 200)
    ready = false
    assert.strictEqual((await query("/sites", reader())).status, 200)
  })

  it("says of a database that does not answer at the first request that it may later", async () => {
    const cause = new Error("D1_ERROR of binding DB")
    const { log, query } = await makeWorld({}, Layer.succeed(SchemaCheck, {
      check: Effect.fail(new HotStoreError({ operation: "checkSchema", subject: "the database", cause }))
    }))
    const body = await problem(await query("/sites", reader()))
    assert.strictEqual(body.code, "store_unavailable")
    assert.notMatch(JSON.stringify(body), /D1|DB|binding/)
    assert.match(log.join("\n"), /D1_ERROR/)
  })

  it("tells nothing of a store that fails, or of a defect, and logs both", async () => {
    const cause = new Error("SELECT secret FROM DB")
    const { log, query } = await makeWorld({}, Layer.effect(Directory, Effect.map(Directory, (directory) => ({
      ...directory,
      sites: Effect.fail(new HotStoreError({ operation: "sites", subject: "all", cause })),
      points: () => Effect.die(cause)
    }))))
    const failed = await problem(await query("/sites", reader()))
    assert.strictEqual(failed.status, 503)
    assert.strictEqual(failed.code, "store_unavailable")
    const died = await problem(await query("/points?site_name=north", reader()))
    assert.strictEqual(died.status, 500)
    assert.strictEqual(died.code, "internal")
    assert.notMatch(JSON.stringify([failed, died]), /SELECT|secret|DB|stack|Error/)
    assert.strictEqual(log.filter((line) => line.includes("SELECT secret FROM DB")).length, 2)
    assert.notInclude(log.join("\n"), "read-key-of-the-tests")
  })
})

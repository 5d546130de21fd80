/**
 * Proves the headers of every kind of answer, which browsers, proxies and careful clients read, by requests to each
 * Worker over memory adapters.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Directory } from "../../../src/ports/Directory.ts"
import { HotStoreError } from "../../../src/ports/HotStoreError.ts"
import { readListedCodes } from "./openapi.ts"
import { admin, type Ask, makeWorld, READ_KEY, reader, type World } from "./world.ts"

const ORIGIN = "https://charts.test"
const WORKERS = ["query", "etl", "archival", "backfill"] as const

const codeOf = async (response: Response): Promise<string> => {
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/)
  const { code, status } = await response.json() as { readonly code: string; readonly status: number }
  assert.strictEqual(status, response.status)
  return `${status} ${code}`
}

/** A request of every kind of answer, and its status. */
const everyKind: ReadonlyArray<readonly [status: number, path: string, init: RequestInit]> = [
  [200, "/health", {}],
  [200, "/docs", {}],
  [200, "/openapi.json", {}],
  [204, "/health", { method: "OPTIONS" }],
  [400, "/health?%", {}],
  [400, "/health?verbose=1", {}],
  [404, "/nowhere", {}],
  [405, "/health", { method: "DELETE" }],
  [405, "/docs", { method: "POST" }],
  [405, "/openapi.json", { method: "PUT" }],
  [413, "/health", { headers: { "content-length": "1048577" } }]
]

describe("every answer", () => {
  for (const name of WORKERS) {
    it(`of ${name} may be read by listed origins only, is not sniffed and not kept by others`, async () => {
      const world = await makeWorld()
      for (const [status, path, init] of everyKind) {
        for (const origin of [ORIGIN, "https://evil.test"]) {
          const sent = { ...init, headers: { ...init.headers as object, origin } }
          const { headers, status: told } = await world[name](path, sent)
          assert.strictEqual(told, status, path)
          assert.strictEqual(headers.get("x-content-type-options"), "nosniff", path)
          assert.strictEqual(headers.get("cache-control"), "no-store", path)
          assert.strictEqual(headers.get("vary"), "Origin", path)
          assert.strictEqual(headers.get("access-control-allow-origin"), origin === ORIGIN ? ORIGIN : null, path)
          assert.isNull(headers.get("access-control-allow-credentials"))
          if (status >= 400) assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/, path)
        }
      }
    })
  }

  it("of no access says how to get it, and of trouble when to ask again, also to pages", async () => {
    const down = Layer.effect(Directory, Effect.map(Directory, (directory) => ({
      ...directory,
      sites: Effect.fail(new HotStoreError({ operation: "sites", subject: "all", cause: "down" }))
    })))
    const { query } = await makeWorld({}, down)
    const closed = await query("/sites", { headers: { origin: ORIGIN } })
    assert.strictEqual(closed.headers.get("www-authenticate"), "Bearer")
    assert.strictEqual(closed.headers.get("access-control-allow-origin"), ORIGIN)
    assert.strictEqual(await codeOf(closed), "401 unauthorized")
    const trouble = await query("/sites", reader({ headers: { origin: ORIGIN } }))
    assert.strictEqual(trouble.headers.get("retry-after"), "10")
    assert.include(trouble.headers.get("access-control-expose-headers"), "retry-after")
    assert.strictEqual(await codeOf(trouble), "503 store_unavailable")
  })
})

describe("authorization", () => {
  it("is the Bearer scheme in any case, and nothing else", async () => {
    const { query } = await makeWorld()
    const status = async (authorization: string) => (await query("/sites", { headers: { authorization } })).status
    for (const good of [`Bearer ${READ_KEY}`, `bearer ${READ_KEY}`, `BEARER  ${READ_KEY}`]) {
      assert.strictEqual(await status(good), 200, good)
    }
    for (
      const bad of [
        READ_KEY,
        "Bearer",
        `Bearer${READ_KEY}`,
        `Basic ${READ_KEY}`,
        `Bearer ${READ_KEY}, Bearer x`,
        `Bearer "${READ_KEY}"`
      ]
    ) assert.strictEqual(await status(bad), 401, bad)
    assert.strictEqual((await query(`/sites?access_token=${READ_KEY}`)).status, 400)
  })
})

describe("preflights", () => {
  const preflight = (path: string, origin: string): RequestInit & { path: string } => ({
    path,
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type"
    }
  })

  for (const name of WORKERS) {
    it(`of ${name} are for listed origins, and of unknown paths too, so that 404 is what a page is told`, async () => {
      const world = await makeWorld()
      for (
        const [path, methods] of [["/health", "GET, HEAD, OPTIONS"], ["/nowhere", "GET, HEAD, POST, OPTIONS"]] as const
      ) {
        const { headers, status } = await world[name](path, preflight(path, ORIGIN))
        assert.strictEqual(status, 204)
        assert.strictEqual(headers.get("access-control-allow-methods"), methods)
        for (const header of ["authorization", "content-type", "if-none-match"]) {
          assert.include(headers.get("access-control-allow-headers"), header)
        }
        assert.strictEqual(headers.get("access-control-max-age"), "600")
      }
      const foreign = await world[name]("/health", preflight("/health", "https://evil.test"))
      assert.strictEqual(foreign.status, 204)
      assert.deepStrictEqual([...foreign.headers.keys()].filter((header) => header.startsWith("access-control")), [])
      assert.strictEqual((await world[name]("/nowhere", preflight("/nowhere", "https://evil.test"))).status, 404)
      assert.strictEqual((await world[name]("/nowhere", { method: "OPTIONS" })).status, 404)
    })
  }
})

describe("addresses", () => {
  it("are forgiven slashes too many and needless encoding, for all methods alike", async () => {
    const { query } = await makeWorld()
    for (const path of ["/sites", "/sites/", "//sites", "/sites//", "/%73ites", "/sites?"]) {
      assert.strictEqual((await query(path, reader())).status, 200, path)
      const wrong = await query(path, reader({ method: "PATCH" }))
      assert.strictEqual(wrong.headers.get("allow"), "GET, HEAD, OPTIONS", path)
      assert.strictEqual(await codeOf(wrong), "405 method_not_allowed", path)
      assert.strictEqual(
        await codeOf(await query(`${path.replace("?", "")}?x=1`, reader())),
        "400 unknown_parameter",
        path
      )
    }
    for (const path of ["/sites%2F", "/Sites", "/sites;x", "/sites/x", "/"]) {
      assert.strictEqual(await codeOf(await query(path, reader())), "404 unknown_path", path)
    }
  })

  it("may be long: what is repeated of them is short", async () => {
    const { query } = await makeWorld()
    const long = "x".repeat(60_000)
    for (const path of [
      `/${long}`,
      `/sites?${long}=1`,
      `/points?site_name=${long}`,
      `/points?${long}=1`,
      `/points?site_name=north&search=${long}`
    ]) {
      const response = await query(path, reader())
      const body = await response.text()
      assert.includeMembers([400, 404], [response.status], path.slice(0, 20))
      assert.isBelow(body.length, 1_000)
    }
  })
})

/** What takes no parameters says so, rather than leave something out that was asked for. */
const bare: ReadonlyArray<readonly [typeof WORKERS[number], string, string]> = [
  ["query", "GET", "/sites?site_name=north"],
  ["query", "POST", "/timeseries/query?site_name=north"],
  ["etl", "GET", "/stats?site_name=north"],
  ["archival", "POST", "/archive/rebuild?dry_run=true"],
  ["archival", "GET", "/archive/status?site_name=north"],
  ["backfill", "POST", "/backfill/start?force_restart=true"],
  ["backfill", "POST", "/backfill/cancel?site_name=north"],
  ["backfill", "GET", "/audit?site_name=north"],
  ["backfill", "GET", "/?x"]
]

describe("parameters", () => {
  for (const [name, method, path] of bare) {
    it(`of ${name} ${method} ${path} are refused`, async () => {
      const world = await makeWorld()
      const response = await world[name](path, admin({ method }))
      assert.strictEqual(await codeOf(response), "400 unknown_parameter")
      const listed = await readListedCodes(world[name])
      assert.include(listed(method, path.split("?", 1)[0] as string, 400) ?? [], "unknown_parameter")
    })
  }
})

describe("bodies", () => {
  const post = (ask: Ask, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) =>
    ask("/points/latest", reader({ method: "POST", headers, body }))

  it("are JSON as it is, whatever the case of its type", async () => {
    const { query } = await makeWorld()
    const body = JSON.stringify({ site_name: "north", point_names: ["a"] })
    for (const type of ["application/json", "Application/JSON", "application/json; charset=utf-8"]) {
      assert.strictEqual(await codeOf(await post(query, { "content-type": type }, body)), "404 unknown_site", type)
    }
    const json = { "content-type": "application/json" }
    for (const encoding of ["gzip", "br", "deflate"]) {
      const response = await post(query, { ...json, "content-encoding": encoding }, body)
      assert.include(await response.clone().text(), "uncompressed")
      assert.strictEqual(await codeOf(response), "415 unsupported_media_type", encoding)
    }
    assert.strictEqual(await codeOf(await post(query, json, Uint8Array.of(0x7b, 0xff, 0x7d))), "400 malformed_body")
    assert.strictEqual(await codeOf(await post(query, json, `\ufeff${body}`)), "404 unknown_site")
  })
})

it("HEAD is GET without a body", async () => {
  const world: World = await makeWorld()
  for (
    const [name, path] of [
      ["query", "/sites"],
      ["etl", "/stats"],
      ["archival", "/archive/status"],
      ["backfill", "/backfill/status"]
    ] as const
  ) {
    const [get, head] = [await world[name](path, reader()), await world[name](path, reader({ method: "HEAD" }))]
    assert.strictEqual(await head.text(), "")
    assert.deepStrictEqual([head.status, [...head.headers]], [get.status, [...get.headers]], path)
    const closed = await world[name](path, { method: "HEAD" })
    assert.deepStrictEqual(
      [closed.status, closed.headers.get("www-authenticate"), await closed.text()],
      [401, "Bearer", ""]
    )
  }
})

/**
 * Proves which key may see what, and that rate limits count each key and each network on its own: by requests to every
 * Worker over memory adapters, with a limiter that the test steers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { unstable_readConfig } from "wrangler"
import * as RateLimit from "../../../src/apps/http/rate-limit.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { ADMIN_KEY, makeWorld, READ_KEY, reader, withKey } from "./world.ts"

const entry = (scope: string, key: string, sites = ""): string =>
  `${scope}:${createHash("sha256").update(key).digest("hex")}${sites}`

const keys = {
  API_KEYS: [
    entry("read", "some", "@north+east"),
    entry("read", "old"),
    entry("read", "new"),
    entry("admin", "local", "@north")
  ].join(",")
}

const code = async (response: Response): Promise<string> =>
  response.status === 200 ? "200" : `${response.status} ${(await response.json() as { code: string }).code}`

describe("keys of some sites", () => {
  it("see those sites and no others", async () => {
    const world = await makeWorld(keys)
    await world.run(Effect.gen(function*() {
      const hot = yield* hotStore
      for (const site of ["north", "south"]) {
        yield* hot.intake.append(yield* hot.intake.takeFence(site), 1, [series("a", [[world.clock.now, 1]])])
      }
    }))
    const paths = (site: string) => [
      `/timeseries/query?site_name=${site}&point_names=a&start_time=now-1d&end_time=now`,
      `/timeseries/coverage?site_name=${site}&start_time=now-1d&end_time=now`,
      `/points?site_name=${site}`,
      `/points/latest?site_name=${site}&point_names=a`
    ]
    for (const path of paths("north")) {
      assert.strictEqual(await code(await world.query(path, withKey("some"))), "200", path)
    }
    for (const path of [...paths("south"), ...paths("nowhere")]) {
      assert.strictEqual(await code(await world.query(path, withKey("some"))), "403 forbidden_site", path)
      assert.notInclude(await code(await world.query(path, withKey("old"))), "forbidden", path)
    }
    assert.deepStrictEqual(await (await world.query("/sites", withKey("some"))).json(), { sites: ["north"] })
    assert.deepStrictEqual(await (await world.query("/sites", withKey("new"))).json(), { sites: ["north", "south"] })
  })

  it("may have several entries, which add up", async () => {
    const world = await makeWorld({
      API_KEYS: [
        ...["@a", "@b+c"].map((sites) => entry("read", "parts", sites)),
        entry("admin", "mixed", "@a"),
        entry("read", "mixed"),
        entry("read", "both"),
        entry("admin", "both")
      ].join(",")
    })
    const points = async (site: string, key: string) =>
      code(await world.query(`/points?site_name=${site}`, withKey(key)))
    for (const site of ["a", "b", "c"]) assert.strictEqual(await points(site, "parts"), "404 unknown_site", site)
    assert.strictEqual(await points("d", "parts"), "403 forbidden_site")
    assert.strictEqual(await points("d", "mixed"), "404 unknown_site")
    const trigger = async (key: string) => code(await world.etl("/trigger", withKey(key, { method: "POST" })))
    assert.deepStrictEqual([await trigger("parts"), await trigger("mixed"), await trigger("both")],
      ["403 forbidden", "403 forbidden", "200"])
  })

  it("see and start nothing that is of all sites", async () => {
    const world = await makeWorld(keys)
    assert.strictEqual(await code(await world.etl("/stats", withKey("some"))), "403 forbidden")
    assert.strictEqual(await code(await world.etl("/trigger", withKey("local", { method: "POST" }))), "403 forbidden")
    assert.strictEqual(await code(await world.archival("/archive/status", withKey("local"))), "403 forbidden")
    assert.strictEqual(await code(await world.etl("/stats", withKey("old"))), "200")
  })
})

/** Lets every client pass twice. */
const makeLimiter = () => {
  const seen = new Map<string, number>()
  const layer = RateLimit.layer({
    limit: ({ key }) => {
      const count = (seen.get(key) ?? 0) + 1
      seen.set(key, count)
      return Promise.resolve({ success: count <= 2 })
    }
  })
  return { seen, layer }
}

const from = (address: string, init: RequestInit = {}): RequestInit =>
  ({ ...init, headers: { ...init.headers as Record<string, string>, "cf-connecting-ip": address } })

/** A path of each Worker that needs a key, and how to ask it. */
const guarded: ReadonlyArray<readonly ["query" | "etl" | "archival" | "backfill", string, RequestInit]> = [
  ["query", "/sites", {}],
  ["etl", "/stats", {}],
  ["etl", "/trigger", { method: "POST" }],
  ["archival", "/archive/status", {}],
  ["archival", "/archive/run?dry_run=true", { method: "POST" }],
  ["backfill", "/backfill/status", {}],
  ["backfill", "/backfill/cancel", { method: "POST" }],
  ["backfill", "/audit", {}]
]

describe("rate limit", () => {
  for (const [name, path, init] of guarded) {
    it(`of ${name} ${path}: a key that asks too often stops, and no other`, async () => {
      const limiter = makeLimiter()
      const world = await makeWorld({}, limiter.layer)
      const ask = async (key: string) => (await world[name](path, from("192.0.2.1", withKey(key, init)))).status
      for (let i = 0; i < 2; i++) assert.notStrictEqual(await ask(ADMIN_KEY), 429)
      const refused = await world[name](path, from("192.0.2.1", withKey(ADMIN_KEY, init)))
      assert.strictEqual(refused.headers.get("retry-after"), "60")
      assert.strictEqual(await code(refused), "429 rate_limited")
      assert.notStrictEqual(await ask(READ_KEY), 429)
    })

    it(`of ${name} ${path}: a flood without a good key stops its own kind, and no key`, async () => {
      const limiter = makeLimiter()
      const world = await makeWorld({}, limiter.layer)
      const ask = async (address: string, key: string) =>
        (await world[name](path, from(address, withKey(key, init)))).status
      const guesses = ["wrong", "", `${ADMIN_KEY}x`, "guess", READ_KEY.toUpperCase()]
      const told: Array<number> = []
      for (const guess of guesses) told.push(await ask("192.0.2.1", guess))
      assert.deepStrictEqual(told, [401, 401, 429, 429, 429])
      assert.strictEqual(await ask("192.0.2.2", "wrong"), 401)
      assert.notInclude([401, 429], await ask("192.0.2.1", ADMIN_KEY))
      // The limiter sees digests and networks, never a key.
      assert.deepStrictEqual([...limiter.seen.keys()].map((key) => key.replace(/^[0-9a-f]{64}$/, "digest")),
        ["network 192.0.2.1", "network 192.0.2.2", "digest"])
    })
  }

  it("counts who needs no key by where it comes from", async () => {
    const world = await makeWorld({ OPEN_READS: "true" }, makeLimiter().layer)
    const ask = async (name: "query" | "etl", path: string, address: string, init: RequestInit = {}) =>
      (await world[name](path, from(address, init))).status
    const told: Array<number> = []
    for (const address of ["2001:db8::1", "2001:db8:0:0:ffff::2", "2001:db8::9:9:9:9"]) {
      told.push(await ask("query", "/sites", address))
    }
    assert.deepStrictEqual(told, [200, 200, 429])
    assert.strictEqual(await ask("etl", "/stats", "2001:db8::1"), 429)
    assert.strictEqual(await ask("query", "/sites", "2001:db8:0:1::1"), 200)
    assert.strictEqual(await ask("query", "/sites", "2001:db8::1", reader()), 200)
  })

  it("knows a client by its key or the address that the platform tells, and by nothing else of a request", async () => {
    const limiter = makeLimiter()
    const world = await makeWorld({ OPEN_READS: "true" }, limiter.layer)
    const chosen: ReadonlyArray<RequestInit> = [
      {},
      ...["1.1.1.1", "2.2.2.2"].map((address) => ({ headers: { "x-forwarded-for": address } })),
      ...["x-real-ip", "true-client-ip", "forwarded", "client-ip", "cf-pseudo-ipv4", "user-agent", "origin", "cookie"]
        .map((name) => ({ headers: { [name]: "192.0.2.9" } })),
      { method: "HEAD" },
      { headers: { authorization: "Bearer wrong" } }
    ]
    for (const init of chosen) await world.query("/sites", from("192.0.2.1", init))
    await world.query("/points?site_name=north", from("192.0.2.1"))
    assert.deepStrictEqual([...limiter.seen], [["network 192.0.2.1", chosen.length + 1]])
    await world.query("/sites", from("192.0.2.2"))
    await world.query("/sites", from("192.0.2.1", reader()))
    await world.query("/sites", from("192.0.2.2", reader()))
    await world.query("/sites", from("192.0.2.1", withKey(ADMIN_KEY)))
    assert.deepStrictEqual([...limiter.seen.values()], [chosen.length + 1, 1, 2, 1])
  })

  it("leaves alone what comes from inside the platform, and what is open", async () => {
    const world = await makeWorld({ OPEN_READS: "true" }, makeLimiter().layer)
    for (let i = 0; i < 4; i++) {
      assert.strictEqual((await world.query("/sites")).status, 200)
      assert.strictEqual((await world.query("/health", from("192.0.2.1"))).status, 200)
    }
  })

  it("that fails lets requests pass", async () => {
    const world = await makeWorld({}, RateLimit.layer({ limit: () => Promise.reject(new Error("down")) }))
    assert.strictEqual((await world.query("/sites", reader())).status, 200)
    assert.isTrue(world.log.some((line) => line.includes("the rate limiter failed")))
  })

  it("is bound to every Worker, each with a count of its own", () => {
    const found = ["query", "etl", "archival", "backfill"].map((name) => {
      const config = join(import.meta.dirname, "../../../src/apps", name, "wrangler.jsonc")
      const { ratelimits } = unstable_readConfig({ config })
      assert.strictEqual(ratelimits.length, 1)
      assert.strictEqual(ratelimits[0]?.name, "RATE_LIMITER")
      assert.strictEqual(ratelimits[0]?.simple.period, RateLimit.PERIOD_SECONDS)
      return ratelimits[0]?.namespace_id
    })
    assert.strictEqual(new Set(found).size, 4)
  })
})

describe("networkOf", () => {
  it("is the address of IPv4, and the first half of IPv6 however it is written", () => {
    for (const [address, network] of [
      ["192.0.2.1", "192.0.2.1"],
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
      ["2001:db8::", "2001:db8:0:0"],
      ["2001:db8::1", "2001:db8:0:0"],
      ["::1", "0:0:0:0"],
      ["::", "0:0:0:0"],
      ["1::2:3:4:5:6", "1:0:0:2"]
    ] as const) assert.strictEqual(RateLimit.networkOf(address), network)
  })
})

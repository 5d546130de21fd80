import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import * as RateLimit from "../../../src/apps/http/rateLimit.ts"
import { HotStore } from "../../../src/ports/HotStore.ts"
import { makeWorld, reader, withKey } from "./world.ts"

const entry = (scope: string, key: string, sites = ""): string =>
  `${scope}:${createHash("sha256").update(key).digest("hex")}${sites}`

const keys = {
  API_KEYS: [entry("read", "some", "@north+east"), entry("read", "old"), entry("read", "new"), entry("admin", "local", "@north")].join(",")
}

const code = async (response: Response): Promise<string> =>
  response.status === 200 ? "200" : `${response.status} ${(await response.json() as { code: string }).code}`

describe("keys of some sites", () => {
  it("see those sites and no others", async () => {
    const world = await makeWorld(keys)
    await world.run(Effect.gen(function*() {
      const hot = yield* HotStore
      for (const site of ["north", "south"]) {
        yield* hot.append(yield* hot.beginRun(site), 1, [
          { point: "a", timestamps: Float64Array.of(world.clock.now), values: Float64Array.of(1) }
        ])
      }
    }))
    const paths = (site: string) => [
      `/timeseries/query?site_name=${site}&point_names=a&start_time=now-1d&end_time=now`,
      `/timeseries/coverage?site_name=${site}&start_time=now-1d&end_time=now`,
      `/points?site_name=${site}`,
      `/points/latest?site_name=${site}&point_names=a`
    ]
    for (const path of paths("north")) assert.strictEqual(await code(await world.query(path, withKey("some"))), "200", path)
    for (const path of [...paths("south"), ...paths("nowhere")]) {
      assert.strictEqual(await code(await world.query(path, withKey("some"))), "403 forbidden_site", path)
      assert.notInclude(await code(await world.query(path, withKey("old"))), "forbidden", path)
    }
    assert.deepStrictEqual(await (await world.query("/sites", withKey("some"))).json(), { sites: ["north"] })
    assert.deepStrictEqual(await (await world.query("/sites", withKey("new"))).json(), { sites: ["north", "south"] })
  })

  it("see and start nothing that is of all sites", async () => {
    const world = await makeWorld(keys)
    assert.strictEqual(await code(await world.etl("/stats", withKey("some"))), "403 forbidden")
    assert.strictEqual(await code(await world.etl("/trigger", withKey("local", { method: "POST" }))), "403 forbidden")
    assert.strictEqual(await code(await world.archival("/archive/status", withKey("local"))), "403 forbidden")
    assert.strictEqual(await code(await world.etl("/stats", withKey("old"))), "200")
  })
})

describe("rate limit", () => {
  it("stops a key that asks too often, and no other", async () => {
    const seen = new Map<string, number>()
    const limiter = RateLimit.layer({
      limit: ({ key }) => {
        const count = (seen.get(key) ?? 0) + 1
        seen.set(key, count)
        return Promise.resolve({ success: count <= 2 })
      }
    })
    const world = await makeWorld(keys, limiter)
    const ask = async (key: string) => code(await world.query("/sites", withKey(key)))
    assert.deepStrictEqual([await ask("old"), await ask("old"), await ask("old")], ["200", "200", "429 rate_limited"])
    assert.strictEqual(await ask("new"), "200")
    assert.strictEqual(await ask("wrong"), "401 unauthorized")
    assert.strictEqual(seen.size, 2)
    // The limiter sees a digest, never the key.
    for (const key of seen.keys()) assert.match(key, /^[0-9a-f]{64}$/)
  })

  it("that fails lets requests pass", async () => {
    const world = await makeWorld({}, RateLimit.layer({ limit: () => Promise.reject(new Error("down")) }))
    assert.strictEqual((await world.query("/sites", reader())).status, 200)
    assert.isTrue(world.log.some((line) => line.includes("the rate limiter failed")))
  })
})

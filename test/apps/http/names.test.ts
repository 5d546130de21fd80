/**
 * Proves that names are exact wherever a request can give one, by points and sites whose names differ only in case, in
 * spaces at the ends, or in how Unicode composes a letter.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { makeWorld, reader, type World } from "./world.ts"

/** Each has a sample of its own value: its place in the list. */
const NAMES = ["trail", "trail ", " trail", "Trail", "\u00e9", "e\u0301", "\u00a0trail", "in  side", "in side"]

const holding = async (names: ReadonlyArray<string>, site = "north"): Promise<World> => {
  const world = await makeWorld()
  await world.run(Effect.gen(function*() {
    const hot = yield* hotStore
    const at = world.clock.now - 60_000
    const fence = yield* hot.intake.takeFence(site)
    yield* hot.intake.append(fence, 1, names.map((name) => series(name, [[at, NAMES.indexOf(name)]])))
  }))
  return world
}

const text = encodeURIComponent
const window = "start_time=2026-11-23T11:00&end_time=2026-11-23T12:00"
const post = (body: object): RequestInit =>
  reader({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })

/** Every way to name a point, as path and request. */
const ways: Readonly<Record<string, (name: string) => readonly [string, RequestInit]>> = {
  "point_names": (name) => [`/timeseries/query?site_name=north&point_names=${text(name)}&${window}`, reader()],
  "point_name": (name) => [`/timeseries/query?site_name=north&point_name=${text(name)}&${window}`, reader()],
  "a body": (name) => ["/timeseries/query", post({
    site_name: "north",
    point_names: [name],
    start_time: "2026-11-23T11:00Z",
    end_time: "2026-11-23T12:00Z"
  })],
  "latest by point_names": (name) => [`/points/latest?site_name=north&point_names=${text(name)}`, reader()],
  "latest by point_name": (name) => [`/points/latest?site_name=north&point_name=${text(name)}`, reader()],
  "latest by a body": (name) => ["/points/latest", post({ site_name: "north", point_names: [name] })]
}

interface Row {
  readonly point_name: string
  readonly value: number
}

describe("names of points", () => {
  for (const [way, request] of Object.entries(ways)) {
    it(`are exact in ${way}`, async () => {
      const world = await holding(NAMES)
      for (const [value, name] of NAMES.entries()) {
        const response = await world.query(...request(name))
        assert.strictEqual(response.status, 200, JSON.stringify(name))
        const { points, samples } = await response.json() as Partial<Record<"points" | "samples", ReadonlyArray<Row>>>
        const rows = (samples ?? points ?? []).map((row) => [row.point_name, row.value] as const)
        assert.deepStrictEqual(rows, [[name, value]])
      }
    })

    it(`are suggested in ${way} where only a similar one exists`, async () => {
      for (const [stored, asked] of [
        ["trail", "trail "],
        ["trail ", "trail"],
        ["trail ", " Trail"],
        ["\u00e9", "e\u0301"]
      ] as const) {
        const response = await (await holding([stored])).query(...request(asked))
        assert.strictEqual(response.status, 404)
        const { unknown_points } = await response.json() as { unknown_points: unknown }
        assert.deepStrictEqual(unknown_points, [{ point_name: asked, near: [stored] }])
      }
    })
  }
})

it("names of sites are exact, and similar ones are suggested", async () => {
  const world = await holding(["trail"], "north ")
  const paths = (site: string) => [
    `/timeseries/query?site_name=${site}&point_names=trail&${window}`,
    `/timeseries/coverage?site_name=${site}&${window}`,
    `/points?site_name=${site}`,
    `/points/latest?site_name=${site}&point_names=trail`
  ]
  for (const path of paths("north%20")) assert.strictEqual((await world.query(path, reader())).status, 200, path)
  for (const path of [...paths("north"), ...paths("%20north")]) {
    const response = await world.query(path, reader())
    assert.strictEqual(response.status, 404, path)
    assert.deepStrictEqual((await response.json() as { near: unknown }).near, ["north "], path)
  }
})

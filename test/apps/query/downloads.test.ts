/**
 * Proves what an answer is when somebody saves it and opens it: its file name, which scripts of a page may read too,
 * and CSV in which no point's name is a formula, by requests for points with hostile names over memory adapters.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"
import { makeWorld, reader, type World } from "../http/world.ts"

const filled = async (points: ReadonlyArray<string>): Promise<World> => {
  const world = await makeWorld()
  await world.run(Effect.gen(function*() {
    const { intake } = yield* hotStore
    const run = yield* intake.takeFence("north")
    yield* intake.append(run, 1, points.map((point) => series(point, [[world.clock.now - 1_000, -1.5]])))
  }))
  return world
}

const ask = (world: World, points: ReadonlyArray<string>, parameters: string, init: RequestInit = {}) => {
  const names = points.map((point) => `point_name=${encodeURIComponent(point)}`).join("&")
  return world.query(`/timeseries/query?site_name=north&${names}&${parameters}`, reader(init))
}

describe("a file name", () => {
  const days = "start_time=2026-11-20&end_time=2026-11-24"
  for (const [parameters, name] of [
    [`${days}&format=csv`, `"north_2026-11-20_2026-11-24_raw.csv"`],
    [`${days}&format=ndjson&interval=15min`, `"north_2026-11-20_2026-11-24_15min.ndjson"`],
    [`${days}&format=parquet&width=100`, `"north_2026-11-20_2026-11-24_m4.parquet"`],
    ["start_time=2026-11-20T06:30:00.250&end_time=now&format=csv",
      `"north_2026-11-20T063000.250Z_2026-11-23T120500Z_raw.csv"`]
  ] as const) {
    it(`says what is in it: ${name}`, async () => {
      const world = await filled(["a"])
      const made = await ask(world, ["a"], parameters)
      const kept = await ask(world, ["a"], parameters)
      assert.deepStrictEqual([made, kept].map(({ headers }) => headers.get("x-cache")), ["miss", "hit"])
      for (const { headers } of [made, kept]) {
        assert.strictEqual(headers.get("content-disposition"), `attachment; filename=${name}`)
      }
    })
  }

  it("may be read by pages, and JSON has none", async () => {
    const world = await filled(["a"])
    const fromPage = { headers: { origin: "https://charts.test" } }
    const csv = await ask(world, ["a"], `${days}&format=csv`, fromPage)
    assert.include((csv.headers.get("access-control-expose-headers") ?? "").split(", "), "content-disposition")
    assert.isNull((await ask(world, ["a"], days)).headers.get("content-disposition"))
  })
})

describe("CSV", () => {
  /** Each name as it is in CSV, and in CSV for a spreadsheet. */
  const names: ReadonlyArray<readonly [name: string, plain: string, guarded: string]> = [
    ["=1+1", "=1+1", "'=1+1"],
    ["+41", "+41", "'+41"],
    ["-1", "-1", "'-1"],
    ["@SUM(A1)", "@SUM(A1)", "'@SUM(A1)"],
    [" =1", `" =1"`, "' =1"],
    ["＝1", "＝1", "'＝1"],
    [`=HYPERLINK("x","y")`, `"=HYPERLINK(""x"",""y"")"`, `"'=HYPERLINK(""x"",""y"")"`],
    // Where a spreadsheet cuts at semicolons, a cell would begin after one.
    ["a;=1", "a;=1", `"a;=1"`],
    ["a=1", "a=1", "a=1"],
    ["ahu-1/temp, supply", `"ahu-1/temp, supply"`, `"ahu-1/temp, supply"`]
  ]
  const points = names.map(([name]) => name)

  it("has names as they are, and with spreadsheet=true none that is a formula; numbers stay numbers", async () => {
    const world = await filled(points)
    const at = world.clock.now - 1_000
    const lines = async (parameters: string) => {
      const response = await ask(world, points, `start_time=2026-11-20&end_time=2026-11-24&${parameters}`)
      return (await response.text()).trimEnd().split("\n").slice(1)
    }
    const plain = names.map(([, field]) => `${field},${at},-1.5`)
    assert.deepStrictEqual(await lines("format=csv"), plain)
    assert.deepStrictEqual(await lines("format=csv&spreadsheet=false"), plain)
    const guarded = names.map(([, , field]) => `${field},${at},-1.5`)
    assert.deepStrictEqual(await lines("format=csv&spreadsheet=true"), guarded)
  })

  it("only has that choice: of another format it is refused", async () => {
    const world = await filled(["a"])
    const window = "start_time=2026-11-20&end_time=2026-11-24&spreadsheet=true"
    for (const format of ["", "&format=json", "&format=ndjson", "&format=parquet"]) {
      const response = await ask(world, ["a"], `${window}${format}`)
      const { code, field } = await response.json() as { readonly code: string; readonly field: string }
      assert.deepStrictEqual([response.status, code, field], [400, "invalid_combination", "spreadsheet"], format)
    }
    assert.strictEqual((await ask(world, ["a"], window, { headers: { accept: "text/csv" } })).status, 200)
  })
})

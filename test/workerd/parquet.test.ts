/** The Parquet format on workerd's own zlib, whose Zstandard has traps that Node's has not. */
import { assert, describe, it } from "vitest"
import { makeBuilder } from "../../src/adapters/parquet/build.ts"
import { decodeRun } from "../../src/adapters/parquet/decode.ts"
import { planScan } from "../../src/adapters/parquet/plan.ts"
import { verifyObject } from "../../src/adapters/parquet/verify.ts"
import type { Series } from "../../src/domain/series.ts"
import { day, even, jittered, makeRandom, randomSite, series } from "../adapters/parquet/sites.ts"

const roundTrip = (all: ReadonlyArray<Series>) => {
  const builder = makeBuilder({ site: "demo", day, generation: 1, source: "archival", run: "r" })
  for (const one of all) assert.isUndefined(builder.add(one))
  const built = builder.finish()
  assert.isUndefined(verifyObject(built))
  const at = ({ length, offset }: { readonly length: number; readonly offset: number }) => built.bytes.subarray(offset, offset + length)
  const read = planScan(built.index, 1_000_000, null).flatMap((runs) =>
    runs.flatMap((run) => decodeRun(at(run.head), at(run), run.firstPoint, run.points, null, null)))
  assert.deepStrictEqual(read, all)
}

describe("Parquet in workerd", () => {
  it("writes and reads a day of noise, a sample a second", () => {
    const random = makeRandom(1)
    roundTrip([series("noise", even(86_400), () => random())])
  })

  it("writes and reads long timelines that are shared, noise or not", () => {
    const random = makeRandom(2)
    const second = Array.from(even(86_400), (ms) => ms + Math.floor(random() * 900))
    const minute = jittered(random)
    roundTrip([
      ...["a/1", "a/2", "a/3"].map((name) => series(name, second, () => random())),
      ...Array.from({ length: 70 }, (_, i) => series(`b/${100 + i}`, minute.filter(() => random() > 0.1), () => i))
    ])
  })

  it("writes and reads names of noise", () => {
    const random = makeRandom(3)
    const names = Array.from({ length: 120 }, () =>
      Array.from({ length: 1_024 }, () => String.fromCharCode(0x4e00 + Math.floor(random() * 20_000))).join("")).sort()
    roundTrip(names.map((name) => series(name, even(2), () => 1)))
  })

  it("writes and reads random sites", () => {
    for (let seed = 40; seed < 50; seed++) roundTrip(randomSite(seed, 40))
  })
})

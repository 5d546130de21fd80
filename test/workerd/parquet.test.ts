/** The Parquet format on workerd's own zlib, whose Zstandard has traps that Node's has not. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { makeBuilder } from "../../src/adapters/parquet/write/day.ts"
import { inflate } from "../../src/adapters/parquet/foreign/inflate.ts"
import { planScan } from "../../src/adapters/parquet/read/plan.ts"
import { verifyObject } from "../../src/adapters/parquet/verify/samples.ts"
import type { Series } from "../../src/domain/samples/series.ts"
import { readSpans } from "../adapters/parquet/spans.ts"
import { day, even, jittered, randomSite } from "../adapters/parquet/sites.ts"
import { forSeeds, randomOf } from "../random.ts"
import { assertSameSeries, seriesAt } from "../samples.ts"

const roundTrip = (all: ReadonlyArray<Series>) => {
  const builder = makeBuilder({ site: "demo", day, generation: 1, source: "archival", writtenBy: "r" })
  for (const one of all) assert.isUndefined(builder.add(one))
  const built = builder.finish()
  assert.isUndefined(verifyObject(built))
  const read = [...planScan(built.index, 1_000_000, null)].flatMap((spans) => readSpans(built.bytes, spans, null))
  assertSameSeries(read, all)
}

describe("Parquet in workerd", () => {
  it("writes and reads a day of noise, a sample a second", () => {
    const random = randomOf(1)
    roundTrip([seriesAt("noise", even(86_400), () => random.next())])
  })

  it("writes and reads long timelines that are shared, noise or not", () => {
    const random = randomOf(2)
    const second = Array.from(even(86_400), (ms) => ms + random.below(900))
    const minute = jittered(random)
    roundTrip([
      ...["a/1", "a/2", "a/3"].map((name) => seriesAt(name, second, () => random.next())),
      ...Array.from({ length: 70 }, (_, i) =>
        seriesAt(`b/${100 + i}`, minute.filter(() => !random.happens(0.1)), () => i))
    ])
  })

  it("writes and reads names of noise", () => {
    const random = randomOf(3)
    const names = Array.from({ length: 120 }, () =>
      Array.from({ length: 1_024 }, () => String.fromCharCode(0x4e00 + random.below(20_000))).join("")).sort()
    roundTrip(names.map((name) => seriesAt(name, even(2), () => 1)))
  })

  it("inflates what other tools compressed, of any length", () => {
    const random = randomOf(4)
    const codecs = [["GZIP", gzipSync], ["BROTLI", brotliCompressSync], ["ZSTD", zstdCompressSync]] as const
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const noise = Uint8Array.from({ length }, () => random.below(40))
      for (const [codec, compress] of codecs) {
        // What it cannot shrink, workerd's Zstandard cannot compress.
        const bytes = codec === "ZSTD" ? noise.map((_, i) => i * i) : noise
        assert.isTrue(Buffer.from(inflate(codec, compress(bytes), length)).equals(bytes), `${codec} ${length}`)
        // Several frames after another are one page, too.
        const cut = Math.floor(length / 3)
        const parts = codec === "BROTLI" ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)]
        const joined = Buffer.concat(parts.map((part) => compress(part)))
        assert.isTrue(Buffer.from(inflate(codec, joined, length)).equals(bytes), `${codec} ${length} in parts`)
      }
    }
  })

  it("writes and reads random sites", () => {
    forSeeds(10, (random) => roundTrip(randomSite(random, 40)))
  })
})

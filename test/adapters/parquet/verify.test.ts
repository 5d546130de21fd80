/** What `verifyObject` finds: whatever is wrong with a finished object or with what is said of it. */
import { Option } from "effect"
import { assert, describe, it } from "vitest"
import { makeBuilder } from "../../../src/adapters/parquet/build.ts"
import { describeObject, parseDescription } from "../../../src/adapters/parquet/description.ts"
import { verifyObject } from "../../../src/adapters/parquet/verify.ts"
import type { Series } from "../../../src/domain/series.ts"
import { day, jittered, makeRandom, randomSite, series } from "./sites.ts"

const build = (all: ReadonlyArray<Series>, generation = 1) => {
  const builder = makeBuilder({ site: "demo", day, generation, source: "backfill", run: "r" })
  for (const one of all) builder.add(one)
  return builder.finish()
}

const random = makeRandom(9)
const scrape = jittered(random)
/** A shared timeline, a timeline of its own, and points too small for their pages to shrink. */
const site = [
  ...Array.from({ length: 4 }, (_, i) => series(`a/${i}`, scrape.slice(0, 50 + i), () => Math.round(random() * 100) / 10)),
  series("b", jittered(random).slice(0, 40), () => random()),
  series("c", [scrape[0] as number], () => 7),
  series("d", scrape.slice(0, 2), () => -0)
]

describe("verifyObject", () => {
  it("passes what was built, whatever it is", () => {
    for (let seed = 100; seed < 120; seed++) assert.isUndefined(verifyObject(build(randomSite(seed, 30))))
  })

  it("finds flipped bits everywhere", () => {
    const built = build(site)
    // Every bit takes minutes; 37 shares no factor with 8, so each bit of a byte has its turn.
    for (let i = 0; i < built.bytes.length * 8; i += 37) {
      const bytes = built.bytes.slice()
      bytes[i >> 3] = (bytes[i >> 3] as number) ^ (1 << (i & 7))
      assert.isString(verifyObject({ ...built, bytes }), `bit ${i & 7} of byte ${i >> 3} of ${bytes.length}`)
    }
  })

  it("finds every cut, and bytes too many", () => {
    const built = build(site)
    for (let end = 0; end < built.bytes.length; end += 97) {
      assert.isString(verifyObject({ ...built, bytes: built.bytes.slice(0, end) }))
    }
    assert.isString(verifyObject({ ...built, bytes: Uint8Array.of(...built.bytes, 0) }))
  })

  it("compares what is said of the object with what is in it", () => {
    const built = build(site)
    const lies: ReadonlyArray<Partial<typeof built>> = [
      { rows: built.rows - 1 },
      { points: built.points + 1 },
      { checksum: "0123456789abcdef" },
      { generation: 2 },
      { run: "another" },
      { source: "archival" },
      { site: "other" },
      { day: day + 1 },
      { firstTimestamp: built.firstTimestamp + 1 },
      { lastTimestamp: built.lastTimestamp + 1 },
      { size: built.size + 1 },
      { pointNames: built.pointNames.toReversed() },
      { pointNames: [...built.pointNames, "more"] }
    ]
    for (const lie of lies) assert.isString(verifyObject({ ...built, ...lie }), Object.keys(lie).join())
  })

  it("finds the index of another object, and an object with other samples under the same names", () => {
    const built = build(site)
    const other = build([...site.slice(0, 4), series("b", scrape.slice(0, 30), () => random()), ...site.slice(5)])
    assert.isString(verifyObject({ ...built, index: other.index }))
    assert.isString(verifyObject({ ...built, bytes: other.bytes, size: other.size, index: other.index }))
  })
})

describe("the description of an object", () => {
  it("comes back from the texts that a store keeps, whatever the run is called", () => {
    const described = { ...build(site, 12), run: "run ü/1 %" }
    assert.deepStrictEqual(Option.getOrNull(parseDescription(describeObject(described))), {
      generation: 12,
      rows: described.rows,
      points: described.points,
      firstTimestamp: described.firstTimestamp,
      lastTimestamp: described.lastTimestamp,
      checksum: described.checksum,
      source: "backfill",
      run: "run ü/1 %"
    })
    assert.isTrue(Object.values(describeObject(described)).every((text) => /^[\x20-\x7e]*$/.test(text)))
  })

  it("is none where a text is missing, is no number, or the format is another", () => {
    const texts = describeObject(build(site))
    const none = [{}, { ...texts, format: "2" }, { ...texts, rows: "many" }, { ...texts, rows: "1.5" }, { ...texts, source: "me" }, { ...texts, checksum: "" }]
    for (const other of none) assert.isTrue(Option.isNone(parseDescription(other)))
    const { generation: _, ...partial } = texts
    assert.isTrue(Option.isNone(parseDescription(partial)))
  })
})

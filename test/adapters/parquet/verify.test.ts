/** What `verifyObject` finds: whatever is wrong with a finished object or with what is said of it, and where. */
import { Option } from "effect"
import { parquetMetadata } from "hyparquet"
import { assert, describe, it } from "vitest"
import { makeBuilder } from "../../../src/adapters/parquet/write/day.ts"
import { CHECKSUMS_KEY } from "../../../src/adapters/parquet/format/checksum-block.ts"
import { decodeSpan } from "../../../src/adapters/parquet/read/spans.ts"
import { describeObject, footerTexts, parseDescription } from "../../../src/adapters/parquet/format/description.ts"
import { makeFooter } from "../../../src/adapters/parquet/write/footer.ts"
import { type IndexedSpan, walkIndex } from "../../../src/adapters/parquet/format/object-index.ts"
import { walkPages } from "../../../src/adapters/parquet/read/pages.ts"
import { verifyMonth } from "../../../src/adapters/parquet/verify/month.ts"
import { makeMonthBuilder } from "../../../src/adapters/parquet/write/month.ts"
import { verifyObject } from "../../../src/adapters/parquet/verify/samples.ts"
import { decodeGroup } from "../../../src/adapters/parquet/verify/group.ts"
import { dayStart, firstDayOf, monthOf } from "../../../src/domain/time/calendar.ts"
import type { Damage } from "../../../src/domain/tiers/catalog.ts"
import type { Series } from "../../../src/domain/samples/series.ts"
import { windowOfDay } from "../../../src/domain/time/window.ts"
import { forSeeds, randomOf } from "../../random.ts"
import { bytesOf, flipBit } from "../../bytes.ts"
import { seriesAt } from "../../samples.ts"
import { day, jittered, randomSite } from "./sites.ts"

const build = (all: ReadonlyArray<Series>, generation = 1) => {
  const builder = makeBuilder({ site: "demo", day, generation, source: "backfill", writtenBy: "r" })
  for (const one of all) builder.add(one)
  return builder.finish()
}
type Built = ReturnType<typeof build>

const random = randomOf(9)
const scrape = jittered(random)
/** A shared timeline, a timeline of its own, and points too small for their pages to shrink. */
const site = [
  ...Array.from({ length: 4 }, (_, i) => seriesAt(`a/${i}`, scrape.slice(0, 20 + i), () => random.below(100) / 10)),
  seriesAt("b", jittered(random).slice(0, 15), () => random.next()),
  seriesAt("c", [scrape[0] as number], () => 7),
  seriesAt("d", scrape.slice(0, 2), () => -0)
]

const groupsOf = (index: Uint8Array): ReadonlyArray<ReadonlyArray<IndexedSpan>> =>
  [...Map.groupBy(walkIndex(index), ({ head }) => head.offset).values()]

/** The first of some objects, and the first other with its layout, so that samples of one fit into the other. */
const laidAlike = <A extends { readonly index: Uint8Array }>([first, ...others]: ReadonlyArray<A>): readonly [A, A] => {
  assert(first !== undefined)
  const other = others.find(({ index }) => Buffer.compare(index, first.index) === 0)
  assert(other !== undefined, "none of the objects has the layout of the first")
  return [first, other]
}

/** Bytes of an object that are one thing, and what is found where one of them is damaged. */
interface Region {
  readonly end: number
  readonly damage: Damage
  /** What a finding names; "" where nothing but the damage. */
  readonly names: string
}

/** The regions of an object, in order, told by its bytes and the series in it. */
const regionsOf = ({ bytes, index }: Built, all: ReadonlyArray<Series>): ReadonlyArray<Region> => {
  const regions: Array<Region> = [{ end: 4, damage: "footer", names: "" }]
  let end = 4
  let first = 0
  const add = (length: number, damage: Damage, names: string) => regions.push({ end: end += length, damage, names })
  for (const spans of groupsOf(index)) {
    const last = spans.at(-1) as IndexedSpan
    const pages = [...walkPages(bytes.subarray(end, last.offset + last.length))]
    const points = all.slice(first, first + spans.reduce((total, span) => total + span.points, 0))
    const rows = points.flatMap(({ point, timestamps }) => Array.from(timestamps, () => point))
    let row = 0
    for (const [i, page] of pages.entries()) {
      const length = page.headerBytes.length + page.body.length
      if (i < 4) add(length, "names", "")
      else {
        const what = row < rows.length ? "timestamps from" : "values of"
        add(length, "samples", `${what} point ${JSON.stringify(rows[row % rows.length])}`)
        row += page.rows
      }
    }
    first += points.length
  }
  for (const { point } of all) add(8, "checksums", `point ${JSON.stringify(point)} on 2026-11-23`)
  add(bytes.length - end, "footer", "")
  return regions
}

/** The object as it was written before it held checksums. */
const withoutChecksums = (built: Built): Built => {
  const { bytes: all, site } = built
  const groups = groupsOf(built.index).map((spans) => decodeGroup(all, { site, names: null, spans }, () => {}))
  const footer = makeFooter()
  for (const { metadata } of groups) footer.add(metadata)
  const bytes = Uint8Array.of(
    ...all.subarray(0, groups.at(-1)?.end ?? 4),
    ...footer.finish(built.rows, footerTexts(built, built.index))
  )
  return { ...built, bytes, size: bytes.length }
}

describe("verifyObject", () => {
  it("passes what was built, whatever it is", () => {
    forSeeds(20, (random) => assert.isUndefined(verifyObject(build(randomSite(random, 30)))))
  })

  it("12: tells of a flipped bit what it damages, and of which point and day", () => {
    const built = build(site)
    const regions = regionsOf(built, site)
    assert.sameMembers([...new Set(regions.map(({ damage }) => damage))], ["footer", "names", "samples", "checksums"])
    const footerAt = (regions.at(-2) as Region).end
    for (let byte = 0; byte < built.bytes.length; byte += byte < footerAt ? 1 : 3) {
      const found = verifyObject({ ...built, bytes: flipBit(built.bytes, byte * 8 + random.below(8)) })
      const region = regions.find(({ end }) => byte < end) as Region
      assert.strictEqual(found?.damage, region.damage, `byte ${byte} of ${built.bytes.length}: ${found?.message}`)
      assert.include(found?.message, region.names)
    }
  })

  it("12: finds every cut, and bytes too many", () => {
    const built = build(site)
    for (let end = 0; end < built.bytes.length; end++) {
      assert.strictEqual(verifyObject({ ...built, bytes: built.bytes.subarray(0, end) })?.damage, "cut")
    }
    assert.strictEqual(verifyObject({ ...built, bytes: Uint8Array.of(...built.bytes, 0) })?.damage, "cut")
  })

  it("12: tells a damaged index of the catalog from one of another object", () => {
    const built = build(site)
    for (let bit = 0; bit < built.index.length * 8; bit++) {
      assert.strictEqual(verifyObject({ ...built, index: flipBit(built.index, bit) })?.damage, "index")
    }
    const other = build(site.with(4, seriesAt("b", scrape.slice(0, 10), () => random.next())))
    const found = verifyObject({ ...built, index: other.index })
    assert.strictEqual(found?.message, "the index of the catalog is not that of the object")
    assert.isUndefined(verifyObject({ ...built, index: null, pointNames: null }))
  })

  it("12: names the point and day whose samples are others, though every page is sound", () => {
    const withValue = (value: number) => build(site.with(5, seriesAt("c", scrape.slice(0, 1), () => value)))
    const [built, other] = laidAlike([7.3, 8.1, 8.3, 8.7, 9.1, 9.7].map(withValue))
    const last = groupsOf(built.index).at(-1)?.at(-1) as IndexedSpan
    const samples = last.offset + last.length
    const mixed = Uint8Array.of(...other.bytes.subarray(0, samples), ...built.bytes.subarray(samples))
    const found = verifyObject({ ...built, bytes: mixed })
    const message = "the samples of point \"c\" on 2026-11-23 are not those of their checksum"
    assert.deepInclude(found, { damage: "samples", message })
    const old = withoutChecksums(built)
    const mixedOld = Uint8Array.of(...other.bytes.subarray(0, samples), ...old.bytes.subarray(samples))
    assert.deepInclude(verifyObject({ ...old, bytes: mixedOld }), {
      damage: "samples",
      message: `checksum of all samples: ${other.checksum} instead of ${built.checksum}`
    })
  })

  it("11: an object without checksums is verified by their sum", () => {
    const old = withoutChecksums(build(site))
    assert.isFalse(parquetMetadata(old.bytes).key_value_metadata?.some(({ key }) => key === CHECKSUMS_KEY))
    assert.isUndefined(verifyObject(old))
    for (let byte = 0; byte < old.bytes.length; byte += 3) {
      assert.isDefined(verifyObject({ ...old, bytes: flipBit(old.bytes, byte * 8 + byte % 8) }), `byte ${byte}`)
    }
  })

  it("12: compares what is said of the object with what is in it", () => {
    const built = build(site)
    const lies: ReadonlyArray<readonly [Damage, Partial<typeof built>]> = [
      ["row", { rows: built.rows - 1 }],
      ["row", { points: built.points + 1 }],
      ["row", { checksum: "0123456789abcdef" }],
      ["row", { pointNames: [...built.pointNames, "more"] }],
      ["footer", { generation: 2 }],
      ["footer", { writtenBy: "another" }],
      ["footer", { source: "archival" }],
      ["footer", { firstTimestamp: built.firstTimestamp + 1 }],
      ["footer", { lastTimestamp: built.lastTimestamp + 1 }],
      ["names", { site: "other" }],
      ["names", { pointNames: built.pointNames.toReversed() }],
      ["samples", { day: day + 1 }],
      ["cut", { size: built.size + 1 }]
    ]
    for (const [damage, lie] of lies) {
      assert.strictEqual(verifyObject({ ...built, ...lie })?.damage, damage, Object.keys(lie).join())
    }
  })
})

describe("a month's object", () => {
  const month = monthOf(day)
  const name = { site: "demo", month, build: 1, part: 0 }
  const noise = Array.from({ length: 8 }, () => random.next() * 2 ** (random.next() * 1_000))
  const buildMonth = (eighth: number) => {
    const builder = makeMonthBuilder(name)
    for (const point of ["a", "b"]) {
      const days = noise.map((_, i) => dayStart(firstDayOf(month) + i))
      builder.add(seriesAt(point, days, (i) => i === 7 ? eighth : noise[i] as number))
    }
    return builder.finish()
  }

  it("12: names the day whose samples are others, or whose checksum is", () => {
    const [built, other] = laidAlike([3, 7, 9, 11, 13, 17].map((divisor) => buildMonth(1 / divisor)))
    const spans = groupsOf(built.index).flat()
    const samples = (spans.at(-1) as IndexedSpan).offset + (spans.at(-1) as IndexedSpan).length
    const bytes = Uint8Array.of(...other.bytes.subarray(0, samples), ...built.bytes.subarray(samples))
    const found = verifyMonth(name, { ...built, bytes })
    const message = "the samples of point \"a\" on 2026-11-08 are not those of their checksum"
    assert.deepInclude(found, { damage: "samples", message })
    const flipped = verifyMonth(name, { ...built, bytes: flipBit(built.bytes, (samples + (30 + 7) * 8) * 8) })
    assert.strictEqual(flipped?.damage, "checksums")
    assert.include(flipped?.message, "point \"b\" on 2026-11-08")
  })
})

describe("a read of a damaged object", () => {
  it("7: gives the samples or fails, whatever bit of a page is flipped", () => {
    const { bytes, index } = build(site)
    const wanted = new Set(site.map(({ point }) => point))
    const read = (of: Uint8Array, span: IndexedSpan) => {
      try {
        return decodeSpan(bytesOf(of, span.head), bytesOf(of, span), span, wanted, windowOfDay(day))
      } catch {
        return undefined
      }
    }
    let failed = 0
    for (const span of walkIndex(index)) {
      const expected = read(bytes, span)
      assert.isDefined(expected)
      for (let bit = span.head.offset * 8; bit < (span.offset + span.length) * 8; bit++) {
        const found = read(flipBit(bytes, bit), span)
        if (found === undefined) failed++
        else assert.deepStrictEqual(found, expected, `bit ${bit & 7} of byte ${bit >> 3}`)
      }
    }
    assert.isAbove(failed, 0)
  })
})

describe("the description of an object", () => {
  it("comes back from the texts that a store keeps, whatever the run is called", () => {
    const described = { ...build(site, 12), writtenBy: "run ü/1 %" }
    assert.deepStrictEqual(Option.getOrNull(parseDescription(describeObject(described))), {
      generation: 12,
      rows: described.rows,
      points: described.points,
      firstTimestamp: described.firstTimestamp,
      lastTimestamp: described.lastTimestamp,
      checksum: described.checksum,
      source: "backfill",
      writtenBy: "run ü/1 %"
    })
    assert.isTrue(Object.values(describeObject(described)).every((text) => /^[\x20-\x7e]*$/.test(text)))
  })

  it("is none where a text is missing, is no number, or the format is another", () => {
    const texts = describeObject(build(site))
    const wrong = [
      { format: "3" },
      { run: "100 %" },
      { rows: "many" },
      { rows: "1.5" },
      { source: "me" },
      { checksum: "" }
    ]
    const none = [{}, ...wrong.map((one) => ({ ...texts, ...one }))]
    for (const other of none) assert.isTrue(Option.isNone(parseDescription(other)))
    const { generation: _, ...partial } = texts
    assert.isTrue(Option.isNone(parseDescription(partial)))
  })
})

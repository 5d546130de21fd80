/**
 * The drawing in src/adapters/parquet/README.md is true: the object that it describes is built, and its offsets and the
 * bytes of its two printed pages are compared with the text.
 */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { walkIndex } from "../../../src/adapters/parquet/format/object-index.ts"
import { lengthOf, walkPages } from "../../../src/adapters/parquet/read/pages.ts"
import { makeBuilder } from "../../../src/adapters/parquet/write/day.ts"
import { seriesAt } from "../../samples.ts"
import { day, even } from "./sites.ts"

const readme = readFileSync("src/adapters/parquet/README.md", "utf8")

const builder = makeBuilder({ site: "demo", day, generation: 3, source: "archival", writtenBy: "run 17" })
const wave = (i: number) => Math.round(Math.sin(i / 40) * 50 + 200) / 10
builder.add(seriesAt("ahu-1/supply-temp", even(288), wave))
builder.add(seriesAt("ahu-1/valve", even(288), (i) => i % 97 === 0 ? 1 : 0))
builder.add(seriesAt("ahu-2/supply-temp", even(288), (i) => wave(i) + i % 7 / 10))
const { bytes, index, points, size } = builder.finish()

/** The first code block after a text. */
const blockAfter = (text: string): ReadonlyArray<string> => {
  const [, block] = readme.slice(readme.indexOf(text)).split("```")
  return (block ?? "").split("\n")
}

describe("the README of the Parquet objects", () => {
  it("has the offset of each page, of the checksums and of the footer", () => {
    const [span, ...others] = [...walkIndex(index)]
    assert(span !== undefined && others.length === 0)
    let at = span.head.offset
    const offsets = [0]
    for (const page of walkPages(bytes.subarray(at, span.offset + span.length))) {
      offsets.push(at)
      at += lengthOf(page)
    }
    const drawn = blockAfter("## The object").flatMap((line) => /^ *(\d+) /.exec(line)?.[1] ?? []).map(Number)
    assert.deepStrictEqual(drawn, [...offsets, at, at + points * 8, size - 8])
  })

  it("has the bytes of the timestamps and values of one point", () => {
    for (const [text, at, length] of [["Timestamps, byte 242", 242, 62], ["Values, byte 716", 716, 57]] as const) {
      const printed = blockAfter(text).map((line) => line.trim().split(/ {2,}/)[0] ?? "")
        .filter((hex) => /^[0-9a-f]{2}( [0-9a-f]{2})*$/.test(hex))
      const hex = Buffer.from(bytes.subarray(at, at + length)).toString("hex")
      assert.strictEqual(printed.join(" ").replaceAll(" ", ""), hex)
    }
  })
})

/**
 * The streaming reader of pages gives, bit for bit, what `JSON.parse` and a builder of pages give, on random pages in
 * any spelling that JSON allows; and a damaged page is read alike, in whatever pieces it arrives.
 */
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { makeClean } from "../../../src/adapters/ace/cleaner.ts"
import { type AcePage, makePageReader } from "../../../src/adapters/ace/page/page-reader.ts"
import { makePageBuilder } from "../../../src/domain/samples/page-builder.ts"
import { makeInstantReader } from "../../../src/domain/time/instant-reader.ts"
import { forSeeds, type Random } from "../../random.ts"
import { damagedPage, KEY } from "./pages.ts"

const START = Date.UTC(2026, 7, 7)
const WINDOW = { start: START, end: START + 86_400_000 }
const clean = makeClean(KEY)

/** Reads a page that arrives in pieces of at most so many bytes. */
const readIn = (random: Random, text: string, most: number): Result.Result<AcePage, string> => {
  const reader = makePageReader({ window: WINDOW, now: WINDOW.end, isSelected: (name) => !name.endsWith("7") })(clean)
  const bytes = new TextEncoder().encode(text)
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + 1 + random.below(most))
    reader.push(bytes.slice(from, to))
    from = to
  }
  return reader.finish()
}

interface Row {
  readonly name?: unknown
  readonly value?: unknown
  readonly time?: unknown
}

/** The reading that needs no care: the whole text, all rows as objects. */
const readPlainly = (text: string) => {
  const body = JSON.parse(text) as { readonly point_samples: ReadonlyArray<Row | null>; readonly next_cursor: unknown }
  const { read } = makeInstantReader()
  const builder = makePageBuilder(WINDOW, WINDOW.end, 0, (name) => !name.endsWith("7"))
  for (const row of body.point_samples) builder.add(row?.name, read(row?.time), row?.value)
  const rowsAt = (time: string) =>
    body.point_samples.filter((row) => row?.time === time).map((row) => JSON.stringify([row?.name, row?.value]))
  return { page: builder.finish(), nextCursor: body.next_cursor, rowsAt }
}

const NAMES = ["site/a", "site/a b", "site/ä-ü", "site/\u{1f600}", "site/\"quoted\"", "back\\slash", "", "\ufeffbom"]

const digits = (random: Random, most: number): string =>
  Array.from({ length: 1 + random.below(most) }, () => random.below(10)).join("")

const numberOf = (random: Random): string => {
  const whole = random.pick(["0", `${1 + random.below(9)}`, `${1 + random.below(9)}${digits(random, 18)}`])
  const fraction = random.happens(0.6) ? `.${digits(random, 18)}` : ""
  return (random.happens(0.3) ? "-" : "") + whole + fraction + (random.happens(0.1) ? `e${random.below(40) - 20}` : "")
}

const valueOf = (random: Random): string => {
  if (random.happens(0.5)) return `"${numberOf(random)}"`
  if (random.happens(0.5)) return numberOf(random)
  const numbers = [`"-0"`, `"-0.0"`, `"007"`, `" 5 "`, `"1."`, `".5"`, `"+3"`, `"0x10"`, `"1e400"`, "-0", "1E2"]
  const others = ["null", "true", "false", `""`, `"NaN"`, `"\\u0031"`, `"ä"`, `"${"9".repeat(80)}"`]
  return random.pick([...numbers, ...others, "{}", "[1,{\"a\":\"}\"}]"])
}

const timeOf = (random: Random, minute: number): string => {
  const text = new Date(START + minute * 60_000 + random.below(3) * 337).toISOString().slice(0, 23)
  if (random.happens(0.9)) return JSON.stringify(random.happens(0.5) ? text : `${text}960`)
  const escaped = `"2026-08-0\\u0037T01:00:00"`
  return random.pick([`"${text}Z"`, `"${text}+02:00"`, "null", "17", `"2026-08-07T16:25"`, `"soon"`, escaped, `"ä"`])
}

const rowOf = (random: Random, i: number): string => {
  const blank = () => random.pick(["", "", " ", "\n\t "])
  const name = random.happens(0.7) ? `site/p${random.below(12)}` : random.pick(NAMES)
  const escaped = random.happens(0.1) ? JSON.stringify(name).replace("s", "\\u0073") : JSON.stringify(name)
  const fields = [["name", escaped], ["value", valueOf(random)], ["time", timeOf(random, i)]]
  if (random.happens(0.1)) fields.push(["unit", `"a } b ] \\" {"`])
  if (random.happens(0.05)) fields.push(random.pick(fields) as [string, string])
  if (random.happens(0.05)) fields.splice(random.below(fields.length), 1)
  if (random.happens(0.2)) fields.reverse()
  const text = fields.map(([key, value]) => `${blank()}"${key}"${blank()}:${blank()}${value}${blank()}`).join(",")
  return random.happens(0.02) ? random.pick(["null", "5", `"x"`, "[]", "{}"]) : `{${text}}`
}

const pageOf = (random: Random): string => {
  const rows = Array.from({ length: random.below(40) }, (_, i) => rowOf(random, i))
  const list = random.pick(["", " "]) + rows.join(random.pick([",", ", ", "\n,\n"])) + random.pick(["", "\n"])
  const fields = [
    `"point_samples"${random.pick([":", " : "])}[${list}]`,
    `"next_cursor": ${random.pick([`"abc"`, `"a\\u0062"`])}`,
    `"has_more": true`
  ]
  if (random.happens(0.2)) fields.push(`"more": {"point_samples": [1, 2], "x": "]}"}`)
  if (random.happens(0.3)) fields.reverse()
  return `{${fields.join(random.pick([",", ", "]))}}`
}

it("reads any page as JSON.parse does, in any pieces", () => forSeeds(400, (random) => {
  const text = pageOf(random)
  const plain = readPlainly(text)
  const read = Result.getOrThrow(readIn(random, text, random.pick([1, 7, 64, 100_000])))
  assert.deepStrictEqual({ ...read.page, quote: null }, plain.page, text)
  assert.strictEqual(read.nextCursor, plain.nextCursor)
  for (const minute of [0, 1, 2, 3]) {
    const time = new Date(START + minute * 60_000).toISOString().slice(0, 23)
    const rows = read.rowsAt(time)
    assert.lengthOf(rows, plain.rowsAt(time).length, text)
    assert.isAtLeast(new Set(rows).size, Math.min(1, rows.length))
  }
}))

const shown = (result: Result.Result<AcePage, string>) =>
  Result.map(result, ({ fingerprint, free: _free, rowsAt: _rowsAt, ...rest }) => ({ ...rest, print: fingerprint() }))

it("reads a damaged page alike in any pieces", () => forSeeds(400, (random) => {
  const { text } = damagedPage(random.below(2 ** 31))
  const at = random.below(text.length)
  const rest = random.happens(0.5) ? "" : random.pick(["\"", "{", "]", "x"]) + text.slice(at)
  const damaged = text.slice(0, at) + rest
  const whole = shown(readIn(random, damaged, 1_000_000))
  assert.deepStrictEqual(shown(readIn(random, damaged, random.pick([1, 5, 50]))), whole, damaged)
}))

it("one row without an end costs what looks like it, however long it is", () => {
  const good = `{"name":"site/a","value":"1","time":"2026-08-07T00:01:00"}`
  const later = good.replace("01:00", "02:00")
  const bad = `{"name":"${"x".repeat(100_000)}`
  const random = { below: () => 999 } as unknown as Random
  const text = `{"point_samples":[${good},${bad},${later}],"next_cursor":null,"has_more":false}`
  const { page } = Result.getOrThrow(readIn(random, text, 1_000))
  assert.deepStrictEqual([page.rows, page.dropped], [3, { malformed: 1 }])
  assert.strictEqual(page.series[0]?.timestamps.length, 2)
  assert.isBelow(page.quote?.length ?? 0, 100)
})

it("a page that goes on for ever, or is nothing but other things, is refused by name", () => {
  const random = { below: () => 999_999 } as unknown as Random
  const rows = `{"point_samples":[${"1,".repeat(700_000)}`
  assert.strictEqual(Result.getOrThrow(Result.flip(readIn(random, rows, 1e6))), "the page has more than 600000 rows")
  const other = `{"other":"${"x".repeat(300_000)}","point_samples":[],"has_more":false}`
  assert.include(Result.getOrThrow(Result.flip(readIn(random, other, 1e6))), "besides its rows")
})

it("a name that is not UTF-8 is no name, and never that of another point", () => {
  const reader = makePageReader({ window: WINDOW, now: WINDOW.end, isSelected: () => true })(clean)
  const row = (byte: number) => [
    ...new TextEncoder().encode(`{"name":"caf`),
    byte,
    ...new TextEncoder().encode(`","value":"1","time":"2026-08-07T00:01:00"},`)
  ]
  reader.push(Uint8Array.from([
    ...new TextEncoder().encode(`{"point_samples":[`),
    ...row(0xe9),
    ...row(0xe8),
    ...new TextEncoder().encode(`1],"has_more":false}`)
  ]))
  const { page } = Result.getOrThrow(reader.finish())
  assert.deepStrictEqual([page.series, page.dropped], [[], { name: 3 }])
})

/**
 * One million damaged rows in ACE pages, as bytes: neither a page nor a good row is lost to them, and the key shows
 * nowhere.
 *
 * Pages are read through the port, so that any reader is judged by what it hands on: samples, counts, quotes, errors
 * and logs. A page has many damaged rows among good ones; each damaged row is a case. The page after it has no rows, so
 * that a reader that asks for the rest again finds nothing there.
 */
import { Effect, Logger, Redacted, Result, Stream } from "effect"
import { SampleSource } from "../../src/ports/SampleSource.ts"
import { BAD_ROWS, KEY } from "../adapters/ace/pages.ts"
import { aceLayer } from "../conformance/ace-harness.ts"
import { type Random, randomOf, seeds } from "../random.ts"

const CASES_A_SEED = 50_000
const ROWS = 60
const START = Date.UTC(2020, 7, 7)
const WINDOW = { start: START, end: START + 3_600_000 }
const END = `{"point_samples":[],"next_cursor":null,"has_more":false}`
/** Bytes that mean something in JSON, or are no text at all. */
const HOSTILE = [...new TextEncoder().encode("\"\"{}[],:\\nNt0.e-+/ \n\t"), 0, 0x1f, 0x7f, 0x80, 0xc3, 0xe2, 0xff]
/** No shorter part of the key may show either: a text must be cleaned before it is cut. */
const KEY_PARTS = [KEY.slice(0, 12), KEY.slice(12, 24), KEY.slice(-12), btoa(KEY).slice(4, 20)]

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (time: number): string => String(time).padStart(2, "0")
const nameOf = (row: number): string => `site/good-${row}`
const rowOf = (name: string, row: number): string =>
  `{"name":"${name}","value":"${row}.25","time":"2020-08-07T00:${textOf(row)}:00"}`

/** Bytes of a row are changed, put in, left out or repeated: anywhere between its braces. */
const damage = (row: Uint8Array, random: Random): Uint8Array => {
  let bytes = [...row]
  for (let n = random.integer(1, 3); n > 0; n--) {
    const at = random.integer(1, bytes.length - 2)
    const most = Math.min(random.pick([1, 1, 1, 4, 40]), bytes.length - 1 - at)
    const removed = random.happens(0.6) ? random.integer(0, most) : 0
    const added = random.happens(0.1)
      ? bytes.slice(at, at + most)
      : Array.from({ length: random.integer(removed === 0 ? 1 : 0, 2) }, () => random.pick(HOSTILE))
    bytes = [...bytes.slice(0, at), ...added, ...bytes.slice(at + removed)]
    if (bytes.length < 4) break
  }
  return Uint8Array.from(bytes)
}

/** The key in a row that is otherwise good or bad, as it is and in the forms that hide it. */
const keyRow = (random: Random): string => {
  const key = random.pick([
    KEY,
    Array.from(KEY, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
    encodeURIComponent(`a ${KEY}`),
    btoa(`${random.pick(["", "x", "xy"])}${KEY} and more`)
  ])
  const text = `${"x".repeat(random.below(90))}${key}`
  return random.pick([
    `{"name":"${text}","value":"1","time":"2020-08-07T00:30:00"}`,
    `{"name":"${text}","value":NaN,"time":"2020-08-07T00:30:00"}`,
    `{"name":"bad","value":"${text}","time":"2020-08-07T00:30:00"}`,
    `{"name":"bad","value":1.2.3,"time":"${text}"}`,
    `{"name":"${text},"value":1`,
    `"${text}"`
  ])
}

interface Page {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly good: ReadonlyArray<number>
  readonly cases: number
}

const makePage = (random: Random): Page => {
  const good: Array<number> = []
  const parts: Array<Uint8Array> = [bytesOf(`{"point_samples":[`)]
  for (let row = 0; row < ROWS; row++) {
    if (row > 0) parts.push(bytesOf(","))
    if (random.happens(0.5)) {
      good.push(row)
      parts.push(bytesOf(rowOf(nameOf(row), row)))
    } else if (random.happens(0.7)) parts.push(damage(bytesOf(rowOf(`other/${row}`, row)), random))
    else parts.push(bytesOf(random.happens(0.5) ? random.pick(BAD_ROWS) : keyRow(random)))
  }
  const cursor = random.pick(["null", `"${KEY}"`])
  parts.push(bytesOf(`],"next_cursor":${cursor},"has_more":${cursor !== "null"}}`))
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { bytes, good, cases: ROWS - good.length }
}

/** What the server answers next. */
const answers: Array<Uint8Array<ArrayBuffer> | string> = []
const logged: Array<unknown> = []

const layer = aceLayer(
  () => Promise.resolve(new Response(answers.shift() ?? END, { headers: { "content-type": "application/json" } })),
  { key: Redacted.make(KEY) }
)

/** Reads the answers of one window. */
const readWindow = Effect.gen(function*() {
  const source = yield* SampleSource
  const pages = yield* Effect.result(Stream.runCollect(source.pages("site", WINDOW)))
  const series = Result.isSuccess(pages) ? [...pages.success].flatMap((page) => page.series) : []
  const kept = new Set(series.filter(({ timestamps }) => timestamps.length > 0).map(({ point }) => point))
  const failure = Result.isFailure(pages) ? pages.failure.message : null
  const handedOn = Result.isSuccess(pages)
    ? [...pages.success].map(({ dropped, quote, series }) => [series.map(({ point }) => point), dropped, quote])
    : failure
  return { kept, failure, shown: JSON.stringify([handedOn, logged]) }
})

const playSeed = Effect.fnUntraced(function*(seed: number) {
  const random = randomOf(seed)
  let cases = 0
  while (cases < CASES_A_SEED) {
    const page = makePage(random)
    answers.splice(0, answers.length, page.bytes)
    logged.length = 0
    const { failure, kept, shown } = yield* readWindow
    const told = () => `SEED=${seed}, case ${cases}: ${new TextDecoder().decode(page.bytes)}`
    if (failure !== null) throw new Error(`a page was lost, ${failure}, ${told()}`)
    const lost = page.good.filter((row) => !kept.has(nameOf(row)))
    if (lost.length > 0) throw new Error(`good rows ${lost.join(", ")} were lost, ${told()}`)
    if (KEY_PARTS.some((part) => shown.includes(part))) throw new Error(`the key shows in ${shown}, ${told()}`)
    cases += page.cases
  }
  return cases
})

const logger = Logger.layer([Logger.map(Logger.formatStructured, (line) => logged.push(line))])
const played = await Effect.runPromise(Effect.forEach(seeds(10, 10), playSeed).pipe(Effect.provide([layer, logger])))
const cases = played.reduce((sum, of) => sum + of, 0)
console.log(`pages: ${cases} damaged rows; no page or good row lost, no key shown`)

/**
 * Pages of samples and how they are damaged: bytes that a broken or hostile server could send. Used by the tests of
 * pages and by the fuzzer.
 */
import { Result } from "effect"
import { makeClean } from "../../../src/adapters/ace/cleaner.ts"
import { encodeCursor } from "../../../src/adapters/ace/cursor.ts"
import { type AcePage, makePageReader } from "../../../src/adapters/ace/page/page-reader.ts"
import { randomOf } from "../../random.ts"

export const KEY = "eyJhbGciOi.planted-key-of-the-test.c2ln"
const clean = makeClean(KEY)
const START = Date.UTC(2026, 7, 7)
const WINDOW = { start: START, end: START + 3_600_000 }

export const rowOf = (point: number, minute: number): string =>
  `{"name":"site/p${point}","value":"${point}.${minute}","time":"2026-08-07T00:${String(minute).padStart(2, "0")}:00"}`

export const pageOf = (rows: ReadonlyArray<string>, cursor = `"next"`, more = true): string =>
  `{"point_samples":[${rows.join(",")}],"next_cursor":${cursor},"has_more":${more}}`

export const read = (text: string): Result.Result<AcePage, string> => {
  const reader = makePageReader({ window: WINDOW, now: WINDOW.end, isSelected: () => true })(clean)
  reader.push(new TextEncoder().encode(text))
  return reader.finish()
}

/** One row that JSON or the API does not know. Each stands alone between good rows. */
export const BAD_ROWS = [
  `{"name":"site/bad","value":NaN,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":-Infinity,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":Infinity,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":1.2.3,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":0123,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":${"9".repeat(400)},"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":undefined,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":"\\x41","time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":"1,"time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad,"value":"1","time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":"1","time":"2026-08-07T00:30:00"`,
  `{"name":"site/b\nad","value":"1","time":"2026-08-07T00:30:00"}`,
  `{'name':'site/bad','value':1}`,
  `{"name":"${KEY}","value":"1","time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":"${KEY}","time":"2026-08-07T00:30:00"}`,
  `{"name":"site/bad","value":NaN,"time":"${KEY}"}`,
  // Found by the fuzzer: a bracket that seems to end the list, and a quote that makes a text of a comma.
  `{}\n\\]ame":"site/bad","value":"1","time":"2026-08-07T00:30:00"}`,
  `{"nam{ e":"site/bad","value":"1","time":"2"026-08-07T00:30:00]"}`,
  `{"name":"site/bad","value":"1"}],"tim":"2026-08-07T00:30:00"}`,
  "null",
  "17",
  `"a text"`,
  "[1,2]",
  "NaN",
  `{"name":{"a":[{"b":1}]},"value":[],"time":{}}`,
  "{}"
]

/** A page of good rows with some bad ones among them, and what of it must be kept. */
export const damagedPage = (seed: number): { readonly text: string; readonly good: number } => {
  const random = randomOf(seed)
  const rows: Array<string> = []
  let good = 0
  const count = 2 + random.below(12)
  for (let i = 0; i < count; i++) {
    if (i > 0 && i < count - 1 && random.happens(0.3)) rows.push(random.pick(BAD_ROWS))
    else {
      rows.push(rowOf(i, i))
      good++
    }
  }
  const cursor = JSON.stringify(encodeCursor({ timestamp: "2026-08-07T00:59:00", offset: 1 }))
  return { text: pageOf(rows, cursor), good }
}

/** How many of the samples of `site/p…` a page kept. */
export const keptOf = ({ page }: AcePage): number =>
  page.series.filter(({ point }) => /^site\/p\d+$/.test(point)).reduce((sum, one) => sum + one.timestamps.length, 0)

/** Everything that a reader of pages hands on, as one text. */
export const shownBy = (read: Result.Result<AcePage, string>): string => {
  if (Result.isFailure(read)) return read.failure
  const { nextCursor, page } = read.success
  return JSON.stringify([page.series.map(({ point }) => point), page.quote, nextCursor])
}

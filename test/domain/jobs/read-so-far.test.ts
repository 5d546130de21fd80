/**
 * What the syncs of a site have read: windows that meet become one, gaps between them are named, and no more than a few
 * are remembered.
 */
import { assert, it } from "@effect/vitest"
import {
  gapsOf,
  MAX_AHEAD,
  newestSample,
  readBefore,
  withNewest,
  withStart
} from "../../../src/domain/jobs/read-so-far.ts"

const window = (start: number, end: number) => ({ start, end })

it("a window that reaches the overlap of the one before is one with it", () => {
  const read = withNewest(readBefore(100, 0, [], 1_000, 10), window(300, 400), 10)
  assert.deepStrictEqual(read.ahead, [window(300, 400)])
  assert.deepStrictEqual(withStart(read, 91, 10).ahead, [window(91, 400)])
  const joined = withStart(read, 90, 10)
  assert.deepStrictEqual([joined.ahead, joined.base.end], [[], 400])
  assert.strictEqual(withNewest(joined, window(390, 395), 10).base.end, 400)
})

it("names the gaps, oldest first, and the newest sample", () => {
  const read = readBefore(100, 0, [window(200, 300), window(400, 500)], 1_000, 10)
  assert.deepStrictEqual(gapsOf(read), [window(100, 200), window(300, 400)])
  assert.strictEqual(newestSample(read), 499)
  assert.deepStrictEqual(gapsOf(readBefore(null, 50, [window(200, 300)], 1_000, 10)), [window(50, 200)])
  assert.isNull(newestSample(readBefore(null, 50, [], 1_000, 10)))
  assert.deepStrictEqual(gapsOf(readBefore(100, 0, [window(95, 300)], 1_000, 10)), [])
})

it("leaves out what the watermark has passed, and what is ahead of the clock", () => {
  const saved = [window(50, 90), window(80, 300), window(400, 500), window(600, 700)]
  assert.deepStrictEqual(readBefore(100, 0, saved, 450, 10).ahead, [window(400, 450)])
  assert.strictEqual(readBefore(100, 0, saved, 450, 10).base.end, 300)
  assert.strictEqual(readBefore(900, 0, saved, 450, 10).base.end, 450)
})

it("forgets the shortest of too many windows, and never the newest", () => {
  let read = readBefore(0, 0, [], 100_000, 0)
  for (let i = 1; i <= MAX_AHEAD; i++) read = withNewest(read, window(1_000 * i, 1_000 * i + 100 + i), 0)
  assert.strictEqual(read.ahead.length, MAX_AHEAD)
  const more = withNewest(read, window(90_000, 90_001), 0)
  assert.deepStrictEqual(more.ahead, [...read.ahead.slice(1), window(90_000, 90_001)])
})

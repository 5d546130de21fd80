/**
 * Cursors of the ACE API: those that are read are repaired where the API would skip rows, all others are passed on as
 * they are, and a cursor that leads nowhere is found. Shown by cursors as they were recorded, and by walks over pages.
 */
import { assert, it } from "@effect/vitest"
import { Option, Result } from "effect"
import { advances, decodeCursor, encodeCursor, repairCursor } from "../../../src/adapters/ace/cursor.ts"
import { PAGE_SIZES, pageSizeFor } from "../../../src/adapters/ace/page-size.ts"
import { nextPosition, startPosition } from "../../../src/adapters/ace/position.ts"

const at = (timestamp: string, offset: number) => ({ timestamp, offset })
const T1 = "2025-10-12T16:35:37"
const T2 = "2025-10-12T16:35:37.694434"

it("reads and writes ACE's cursors", () => {
  const text = "eyJvZmZzZXQiOiAxNzUxLCAidGltZXN0YW1wIjogIjIwMjUtMTAtMTJUMTY6MzU6MzcuNjk0NDM0In0="
  assert.deepStrictEqual(decodeCursor(text), Option.some(at(T2, 1_751)))
  assert.strictEqual(encodeCursor(at(T2, 1_751)), text)
})

it("takes any other cursor for opaque", () => {
  const halves = [btoa("[]"), btoa(`{"offset": -1, "timestamp": "x"}`), btoa(`{"offset": 1}`)]
  for (const text of ["", "abc", "~bm90", ...halves, "päge", "abc_", "ab-_"]) {
    assert.isTrue(Option.isNone(decodeCursor(text)), text)
  }
})

it("adds the forgotten offset where a page ended at the time it began with", () => {
  assert.deepStrictEqual(repairCursor(at(T2, 50), at(T2, 100), 50), at(T2, 150))
  assert.deepStrictEqual(repairCursor(at(T2, 50), at(T1, 100), 50), at(T2, 50), "another time")
  assert.deepStrictEqual(repairCursor(at(T2, 50), null, 50), at(T2, 50), "the first page")
  assert.deepStrictEqual(repairCursor(at(T2, 150), at(T2, 100), 50), at(T2, 150), "a server without the bug")
  assert.deepStrictEqual(repairCursor(at(T2, 7), at(T1, 7), 0), at(T2, 7), "a time that no row of the page has")
})

it("advances by time, then by offset", () => {
  assert.isTrue(advances(at(T1, 0), null))
  assert.isTrue(advances(at(T2, 0), at(T1, 9)))
  assert.isTrue(advances(at(T1, 10), at(T1, 9)))
  assert.isFalse(advances(at(T1, 9), at(T1, 9)))
  assert.isFalse(advances(at(T1, 99), at(T2, 9)))
})

it("chooses the smallest page size that fits, and refuses the rest", () => {
  assert.deepStrictEqual([1, 3, 4, 10_000, 10_001, 100_000].map((wish) => Result.getOrNull(pageSizeFor(wish))), [
    3,
    3,
    10,
    10_000,
    50_000,
    100_000
  ])
  for (const wish of [0, -1, NaN, 100_001, Infinity]) assert.isTrue(Result.isFailure(pageSizeFor(wish)), String(wish))
  assert.deepStrictEqual(PAGE_SIZES.map((size) => Result.getOrNull(pageSizeFor(size))), [...PAGE_SIZES])
})

it("finds a stall of cursors that it can read: one that does not advance", () => {
  const position = { ...startPosition(), text: "sent", cursor: at(T2, 5) }
  const next = (returned: string, rows: number) =>
    nextPosition(position, {
      page: { series: [], rows: 0, dropped: {}, quote: null },
      nextCursor: returned,
      rowsAt: () => Array.from({ length: rows }, (_, i) => i),
      isInside: true,
      fingerprint: () => null,
      free: () => undefined
    })
  for (const stalled of [at(T2, 5), at(T2, 4), at(T1, 900)]) {
    const result = next(encodeCursor(stalled), 0)
    assert.isTrue(Result.isFailure(result) && result.failure._tag === "StalledCursor", encodeCursor(stalled))
  }
  const repaired = Result.getOrThrow(next(encodeCursor(at(T2, 3)), 3))
  assert.deepStrictEqual(Option.getOrThrow(repaired).cursor, at(T2, 8))
})

/** The pages of a stream, one after the other; whether it stalled after each. */
const walk = (pages: ReadonlyArray<readonly [cursor: string, fingerprint: string | null, isInside?: boolean]>) => {
  let position = startPosition()
  return pages.map(([nextCursor, fingerprint, isInside = true], i) => {
    const result = nextPosition(position, {
      page: { series: [], rows: 0, dropped: {}, quote: null },
      nextCursor,
      rowsAt: () => [i],
      isInside,
      fingerprint: () => fingerprint,
      free: () => undefined
    })
    if (Result.isSuccess(result)) position = Option.getOrThrow(result.success)
    return Result.isFailure(result) && result.failure._tag === "StalledCursor"
  })
}

it("finds a stall of cursors that it cannot read: a cursor or a page seen before", () => {
  assert.deepStrictEqual(walk([["~a", "page 1"], ["~a", "page 2"]]), [false, true])
  assert.deepStrictEqual(walk([["~a", "page 1"], ["~b", "page 1"]]), [false, true])
  const longerLoop = walk([["~a", "page 1"], ["~b", "page 2"], ["~a", "page 3"]])
  assert.deepStrictEqual(longerLoop, [false, false, true])
  const newCursors = walk([["~a", "page 1"], ["~b", "page 2"], ["~c", "page 1"]])
  assert.deepStrictEqual(newCursors, [false, false, true])
  const emptyPages = walk([["~a", "page 1"], ["~b", null], ["~c", null], ["~d", "page 2"]])
  assert.deepStrictEqual(emptyPages, [false, false, false, false])
})

it("finds a page that repeats behind a cursor that advances", () => {
  const cursors = [1, 2, 3].map((offset) => encodeCursor(at(T1, offset * 10)))
  assert.deepStrictEqual(walk(cursors.map((cursor) => [cursor, "the same"] as const)), [false, true, true])
})

it("finds a server that goes on for ever without a row of the window, empty pages or rows behind its end", () => {
  const page = (i: number) => [encodeCursor(at(T1, i * 10)), i % 2 === 0 ? null : `page ${i}`, i === 5] as const
  const pages = Array.from({ length: 520 }, (_, i) => page(i))
  assert.strictEqual(walk(pages).indexOf(true), 506)
})

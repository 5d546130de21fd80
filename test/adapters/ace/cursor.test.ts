import { assert, it } from "@effect/vitest"
import { Option, Result } from "effect"
import { advances, decodeCursor, encodeCursor, repairCursor } from "../../../src/adapters/ace/cursor.ts"
import { nextPosition, PAGE_SIZES, pageSizeFor } from "../../../src/adapters/ace/SampleSourceAce.ts"

const at = (timestamp: string, offset: number) => ({ timestamp, offset })
const T1 = "2025-10-12T16:35:37"
const T2 = "2025-10-12T16:35:37.694434"

it("reads and writes ACE's cursors", () => {
  const text = "eyJvZmZzZXQiOiAxNzUxLCAidGltZXN0YW1wIjogIjIwMjUtMTAtMTJUMTY6MzU6MzcuNjk0NDM0In0="
  assert.deepStrictEqual(decodeCursor(text), Option.some(at(T2, 1_751)))
  assert.strictEqual(encodeCursor(at(T2, 1_751)), text)
})

it("takes any other cursor for opaque", () => {
  for (const text of ["", "abc", "~bm90", btoa("[]"), btoa(`{"offset": -1, "timestamp": "x"}`), btoa(`{"offset": 1}`), "päge"]) {
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
  const position = { text: "sent", cursor: at(T2, 5), opaque: new Set<string>(), fingerprint: "" }
  const next = (returned: string, rows: number) =>
    nextPosition(position, {
      page: { series: [], rows: 0, dropped: {} },
      nextCursor: returned,
      rowsAt: () => rows,
      fingerprint: () => ""
    })
  for (const stalled of [at(T2, 5), at(T2, 4), at(T1, 900)]) {
    const result = next(encodeCursor(stalled), 0)
    assert.isTrue(Result.isFailure(result) && result.failure._tag === "StalledCursor", encodeCursor(stalled))
  }
  const repaired = Result.getOrThrow(next(encodeCursor(at(T2, 3)), 3))
  assert.deepStrictEqual(Option.getOrThrow(repaired).cursor, at(T2, 8))
})

it("finds a stall of cursors that it cannot read: the same cursor again, or the same page", () => {
  const start = { text: null, cursor: null, opaque: new Set<string>(), fingerprint: "" }
  const answer = (nextCursor: string, fingerprint: string) => ({
    page: { series: [], rows: 0, dropped: {} },
    nextCursor,
    rowsAt: () => 1,
    fingerprint: () => fingerprint
  })
  const next = (position: typeof start, cursor: string, fingerprint: string) => {
    const result = nextPosition(position as Parameters<typeof nextPosition>[0], answer(cursor, fingerprint))
    return Result.isSuccess(result) ? Option.getOrNull(result.success) : result.failure._tag
  }
  const second = next(start, "~a", "page 1")
  assert.isNotNull(second)
  assert.strictEqual(next(second as typeof start, "~a", "page 2"), "StalledCursor")
  assert.strictEqual(next(second as typeof start, "~b", "page 1"), "StalledCursor")
  const third = next(second as typeof start, "~b", "page 2")
  assert.strictEqual(next(third as typeof start, "~a", "page 3"), "StalledCursor", "a longer loop")
  assert.notStrictEqual(next(third as typeof start, "~c", "page 3"), "StalledCursor")
})

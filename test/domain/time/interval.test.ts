/**
 * Bucket widths: every spelling that is accepted, what is refused, and which width `auto` chooses.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { autoInterval, formatInterval, parseDuration, parseInterval } from "../../../src/domain/time/interval.ts"
import { HOUR_MS } from "../../../src/domain/time/calendar.ts"

describe("parseInterval", () => {
  it("reads the common spellings", () => {
    const widths = {
      raw: "raw",
      auto: "auto",
      "1s": 1_000,
      "30s": 30_000,
      "5m": 300_000,
      "5min": 300_000,
      "1h": 3_600_000,
      "24h": "day",
      "1d": "day",
      "1mo": "month",
      "1w": "week",
      "1Q": "quarter",
      "3mo": "quarter",
      "1y": "year",
      " 15MIN ": 900_000
    } as const
    for (const [text, width] of Object.entries(widths)) {
      assert.deepStrictEqual(parseInterval(text), Result.succeed(width), text)
    }
  })

  it("refuses what is no width from one second to one day", () => {
    const texts = ["", "0s", "5", "min", "-5m", "1.5h", "2d", "2mo", "1e3s", "5 parsecs", "1000000s", "5constructor"]
    for (const text of texts) {
      assert.isTrue(Result.isFailure(parseInterval(text)), text)
    }
  })
})

it("what is formatted reads back", () => {
  for (const interval of [1_000, 90_000, 300_000, 7_200_000, "day", "week", "month", "quarter", "year"] as const) {
    assert.deepStrictEqual(parseInterval(formatInterval(interval)), Result.succeed(interval))
  }
})

it("durations may be longer than a day", () => {
  assert.deepStrictEqual(parseDuration("7d"), Result.succeed(7 * 86_400_000))
  assert.isTrue(Result.isFailure(parseDuration("0s")))
})

it("auto chooses the smallest width with at most 1,500 buckets", () => {
  const of = (ms: number) => autoInterval({ start: 0, end: ms })
  assert.strictEqual(of(1), 1_000)
  const widths = [1, 24, 168, 720, 8_784, 30_000, 87_840].map((hours) => of(hours * HOUR_MS))
  assert.deepStrictEqual(widths, [5_000, 60_000, 600_000, 1_800_000, 6 * HOUR_MS, "day", "month"])
  assert.deepStrictEqual([of(1_500_000), of(1_500_001)], [1_000, 5_000])
})

import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { autoInterval, formatInterval, parseDuration, parseInterval } from "../../../src/domain/time/interval.ts"

describe("parseInterval", () => {
  it("reads the common spellings", () => {
    const widths = { raw: "raw", auto: "auto", "1s": 1_000, "30s": 30_000, "5m": 300_000, "5min": 300_000, "1h": 3_600_000,
      "24h": "day", "1d": "day", "1mo": "month", " 15MIN ": 900_000 } as const
    for (const [text, width] of Object.entries(widths)) {
      assert.deepStrictEqual(parseInterval(text), Result.succeed(width), text)
    }
  })

  it("refuses what is no width from one second to one day", () => {
    for (const text of ["", "0s", "5", "min", "-5m", "1.5h", "2d", "2mo", "1e3s", "5 parsecs", "1000000s", "5constructor"]) {
      assert.isTrue(Result.isFailure(parseInterval(text)), text)
    }
  })
})

it("what is formatted reads back", () => {
  for (const interval of [1_000, 90_000, 300_000, 7_200_000, "day", "month"] as const) {
    assert.deepStrictEqual(parseInterval(formatInterval(interval)), Result.succeed(interval))
  }
})

it("durations may be longer than a day", () => {
  assert.deepStrictEqual(parseDuration("7d"), Result.succeed(7 * 86_400_000))
  assert.isTrue(Result.isFailure(parseDuration("0s")))
})

it("auto gives about one bucket a pixel, whatever the window", () => {
  const hour = 3_600_000
  const of = (ms: number) => autoInterval({ start: 0, end: ms })
  assert.deepStrictEqual([of(1), of(hour), of(24 * hour), of(168 * hour), of(720 * hour), of(8_784 * hour), of(87_840 * hour)],
    [1_000, 5_000, 60_000, 600_000, 1_800_000, 6 * hour, "month"].map((x, i) => i === 6 ? "month" : x))
})

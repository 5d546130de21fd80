/**
 * The fast reader of instants gives the same answer as `parseInstant` for every text: those of the source, edge cases,
 * and generated instants.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { formatInstant, parseInstant } from "../../../src/domain/time/instant.ts"
import { makeInstantReader } from "../../../src/domain/time/instant-reader.ts"

const slow = (input: unknown) => Result.getOrElse(parseInstant(input, "time"), () => NaN)

const same = (texts: ReadonlyArray<unknown>) => {
  const { read, readBytes } = makeInstantReader()
  for (const text of texts) {
    assert.isTrue(Object.is(read(text), slow(text)), `${String(text)}: ${read(text)}`)
    if (typeof text !== "string") continue
    const bytes = new TextEncoder().encode(`"${text}"`)
    assert.isTrue(Object.is(readBytes(bytes, 1, bytes.length - 1), slow(text)), `bytes of ${text}`)
  }
}

it("reads what ACE writes, and everything else, as parseInstant does", () => {
  const { read } = makeInstantReader()
  assert.strictEqual(read("2026-08-07T16:25:00"), 1_786_119_900_000)
  assert.strictEqual(read("2025-10-12T14:50:36.055960"), 1_760_280_636_055)
  same([
    "2026-08-07T16:25:00",
    "2026-08-07T16:25:00",
    "2026-08-07T16:25:00.9999999",
    "2026-08-07T16:25:00.123456789",
    "2026-08-07T16:25:00.1234567890",
    "2026-08-07T16:25:00.",
    "2026-08-07T16:25:00.5x",
    "2026-08-07T16:25:00Z",
    "2026-08-07T16:25:00.055960+02:00",
    "2026-08-07 16:25:00",
    "2026-08-07T16:25",
    "2026-02-30T00:00:00",
    "2024-02-29T00:00:00",
    "2026-02-29T00:00:00",
    "0000-01-01T00:00:00",
    "2026-13-01T00:00:00",
    "2026-00-01T00:00:00",
    "2026-01-00T00:00:00",
    "2026-01-01T24:00:00",
    "2026-01-01T23:60:00",
    "2026-01-01T23:59:60",
    "2026-1-01T23:59:600",
    "20260-01-01T23:59:0",
    "９026-01-01T23:59:00",
    "9999-12-31T23:59:59.999999",
    "1786119900",
    1_786_119_900_000,
    "",
    null,
    undefined,
    NaN,
    {}
  ])
})

const instants = Schema.Array(Schema.Struct({
  ms: Schema.Int.check(Schema.isBetween({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 })),
  digits: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
}))

it.effect.prop("reads any instant of ACE's format", [instants], ([list]) =>
  Effect.sync(() =>
    same(list.map(({ digits, ms }) => {
      const text = formatInstant(ms)
      return digits === 0 ? text.slice(0, 19) : (text.slice(0, -1) + "987654").slice(0, 20 + digits)
    }))
  ))

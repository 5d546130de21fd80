/**
 * Names of sites and points: what every store can carry is taken as it is, all else refused with a reason; and points
 * are ordered as the bytes of their UTF-8.
 */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import { comparePoints, MAX_NAME_LENGTH, parsePointName, parseSiteName } from "../../../src/domain/samples/names.ts"
import { oneOf, property } from "../../properties.ts"

const longest = "x".repeat(MAX_NAME_LENGTH)
const both = ["plant-1", "Größe", "a b", "x".repeat(900), "点😀", "100%", "a:b,c", "'; DROP TABLE points; --"]
const neither = ["", " ", "\t", "a\u0000b", "a\nb", "a\u007fb", "a\u0085b", "\ud800", "a\udc00b", `${longest}x`]
const paths = ["a\\b", ".", "..", "../etc/passwd", "a..b", "/", "a/"]
const pointsOnly = [longest, "demo/plant-1/6000:48-6048/analogValue/0", ...paths]

it("takes the names that every store can carry, exactly as they are", () => {
  for (const name of both) {
    assert.strictEqual(Result.getOrThrow(parseSiteName(name)), name)
    assert.strictEqual(Result.getOrThrow(parsePointName(name)), name)
  }
  for (const name of pointsOnly) assert.strictEqual(Result.getOrThrow(parsePointName(name)), name)
})

it("refuses the others with a reason, and path steps in a site", () => {
  for (const name of neither) {
    assert.isTrue(Result.isFailure(parsePointName(name)), JSON.stringify(name))
    assert.isTrue(Result.isFailure(parseSiteName(name)), JSON.stringify(name))
  }
  for (const name of pointsOnly) {
    const read = parseSiteName(name)
    if (Result.isSuccess(read)) assert.fail(`${name} passed for a site`)
    assert.match(read.failure.message, /is not a site name: it /)
  }
  const long = parsePointName("x".repeat(5_000))
  assert.isTrue(Result.isFailure(long) && long.failure.text.length === 100)
})

/** Letters whose UTF-16 order is not that of their bytes, among others. */
const letter = oneOf([..."ab/Aé", "\u07ff", "\uff5e", "\ufffd", "\ud7ff", "\ue000", "😀", "\u{10ffff}", "\u{10000}"])
const name = Arbitrary.array(letter, { maxLength: 4 }).pipe(Arbitrary.map((letters) => letters.join("")))

property("orders points as the bytes of their UTF-8 are ordered", Arbitrary.all([name, name]), ([a, b]) => {
  assert.strictEqual(Math.sign(comparePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
}, 2_000)

it("a site name fits a key of R2, counted in bytes of UTF-8", () => {
  for (const [char, bytes] of [["a", 1], ["ä", 2], ["～", 3], ["😀", 4]] as const) {
    assert.strictEqual(new TextEncoder().encode(char).length, bytes)
    assert.isTrue(Result.isSuccess(parseSiteName(char.repeat(900 / bytes))), char)
    assert.isTrue(Result.isFailure(parseSiteName(char.repeat(Math.floor(900 / bytes) + 1))), char)
  }
})

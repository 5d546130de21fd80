import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { comparePoints, MAX_NAME_LENGTH, parsePointName, parseSiteName } from "../../../src/domain/samples/names.ts"
import { forSeeds } from "../../random.ts"

const both = ["plant-1", "Größe", "a b", "x".repeat(MAX_NAME_LENGTH), "点😀", "100%", "a:b,c", "'; DROP TABLE points; --"]
const neither = ["", " ", "\t", "a\u0000b", "a\nb", "a\u007fb", "a\u0085b", "\ud800", "a\udc00b", "x".repeat(MAX_NAME_LENGTH + 1)]
const pointsOnly = ["demo/plant-1/6000:48-6048/analogValue/0", "a\\b", ".", "..", "../etc/passwd", "a..b", "/", "a/"]

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

it("orders points as the bytes of their UTF-8 are ordered", () => {
  const letters = ["a", "b", "/", "A", "é", "\u07ff", "\uff5e", "\ufffd", "\ud7ff", "\ue000", "😀", "\u{10ffff}", "\u{10000}"]
  forSeeds(3_000, (random) => {
    const name = () => Array.from({ length: random.integer(0, 4) }, () => random.pick(letters)).join("")
    const [a, b] = [name(), name()]
    assert.strictEqual(Math.sign(comparePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), JSON.stringify([a, b]))
  })
})

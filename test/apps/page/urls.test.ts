/**
 * A view survives its URL, whatever names it holds; what a URL says wrongly is named, and the rest of it counts.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { readUrl, writeUrl } from "../../../src/apps/page/urls.ts"
import {
  type Compare,
  COMPARES,
  MAX_POINTS,
  PERS,
  SHOWS,
  type Span,
  SPANS,
  START,
  type View
} from "../../../src/apps/page/view.ts"
import { boolean, integer, oneOf, property } from "../../properties.ts"

const name = oneOf(["demo/plant-1/6000:48-6048/analogInput/0", "a b", "a+b", "a,b", "a&b=c", "%41", "ä/ø", "#1", "?"])
const first = Date.parse("2020-01-01T00:00Z")

const views: Arbitrary.Arbitrary<View> = Arbitrary.all([
  name,
  Arbitrary.array(name),
  oneOf(Object.keys(SPANS) as Array<Span>),
  integer(0, 1e11),
  integer(1, 1e10),
  boolean,
  oneOf(["", "UTC", "Europe/Zurich", "America/New_York"]),
  Arbitrary.all([oneOf(SHOWS), oneOf(PERS), oneOf(Object.keys(COMPARES) as Array<Compare>), boolean])
]).pipe(Arbitrary.map(([site, points, span, at, length, isLast, zone, [show, per, compare, live]]) => ({
  site,
  points: [...new Set(points)],
  range: isLast ? { kind: "last", span } : { kind: "between", start: first + at, end: first + at + length },
  zone,
  show,
  per,
  compare,
  live
})))

describe("a view and its URL", () => {
  property("a view that was written is read again, without a complaint", views, (view) => {
    assert.deepStrictEqual(readUrl(writeUrl(view)), { view, complaints: [] })
  })

  it("the start needs no parameters", () => {
    assert.strictEqual(writeUrl(START), "")
    assert.deepStrictEqual(readUrl(""), { view: START, complaints: [] })
  })

  it("is as short and legible as a URL can be", () => {
    const view: View = {
      ...START,
      site: "plant-1",
      points: ["demo/plant-1/6000:48/ai/0"],
      range: { kind: "between", start: first, end: first + 90_000 }
    }
    assert.strictEqual(
      writeUrl(view),
      "?site=plant-1&point=demo/plant-1/6000:48/ai/0&from=2020-01-01T00:00Z&to=2020-01-01T00:01:30Z"
    )
  })

  it("names what it does not understand, and takes the rest", () => {
    const wrong = {
      "range=8d": /range=8d is not one of 1h/,
      "from=2020-01-01T00:00Z": /belong together/,
      "from=2020-01-02T00:00Z&to=2020-01-01T00:00Z": /are not a range/,
      "from=yesterday&to=today": /are not a range/,
      "zone=Mars/Base": /not a time zone/,
      "show=pie": /show=pie is not known/,
      "per=second": /per=second/,
      "compare=decade": /compare=decade/
    }
    for (const [text, complaint] of Object.entries(wrong)) {
      const { complaints, view } = readUrl(`?site=a&point=b&${text}`)
      assert.match(complaints.join(), complaint)
      assert.deepStrictEqual(view, { ...START, site: "a", points: ["b"] })
    }
  })

  it("draws no more points than can be told apart", () => {
    const names = Array.from({ length: MAX_POINTS + 2 }, (_, i) => `point=${i}`).join("&")
    const { complaints, view } = readUrl(`?${names}`)
    assert.strictEqual(view.points.length, MAX_POINTS)
    assert.strictEqual(complaints.length, 1)
  })
})

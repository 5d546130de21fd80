/**
 * One bad row costs one row, and the key shows nowhere: pages with rows that JSON refuses, cut pages, and texts that
 * hold the API key in every form. The kept rows are compared with those of the page without the bad one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { makeClean } from "../../../src/adapters/ace/cleaner.ts"
import { decodeCursor } from "../../../src/adapters/ace/cursor.ts"
import { readMessage } from "../../../src/adapters/ace/payload.ts"
import { seeds } from "../../random.ts"
import { damagedPage, KEY, keptOf, pageOf, read, rowOf, shownBy } from "./pages.ts"

describe("a page with a bad row", () => {
  const around = (bad: string) => Result.getOrThrow(read(pageOf([rowOf(1, 1), bad, rowOf(2, 2)])))

  for (const [bad, reason] of [
    [`{"name":"site/x","value":NaN,"time":"2026-08-07T00:30:00"}`, "nan"],
    [`{"name":"site/x","value":-Infinity,"time":"2026-08-07T00:30:00"}`, "infinite"],
    [`{"name":"site/x","value":1.2.3,"time":"2026-08-07T00:30:00"}`, "malformed"],
    [`{"name":"site/x","value":"1,"time":"2026-08-07T00:30:00"}`, "malformed"],
    [`17`, "name"],
    [`{}`, "name"]
  ] as const) {
    it(`keeps the others and counts ${reason}: ${bad}`, () => {
      const page = around(bad)
      assert.strictEqual(keptOf(page), 2)
      assert.deepStrictEqual(page.page.dropped, { [reason]: 1 })
      assert.strictEqual(page.nextCursor, "next")
    })
  }

  it("shows the row to people", () => {
    assert.include(around(`{"name":"site/x","value":1.2.3}`).page.quote ?? "", "site/x")
  })

  it("keeps every good row, whatever is between them", () => {
    for (const seed of seeds(500, 500)) {
      const { good, text } = damagedPage(seed)
      const page = Result.getOrThrow(read(text))
      assert.strictEqual(keptOf(page), good, `SEED=${seed} ${text}`)
      assert.notInclude(shownBy(Result.succeed(page)), KEY)
    }
  })
})

describe("a page that ends early", () => {
  const rows = [rowOf(1, 1), rowOf(2, 2), rowOf(3, 2), rowOf(4, 3)]

  it("goes on after its last whole row, wherever it is cut", () => {
    const whole = pageOf(rows, `"~next"`)
    for (let length = 1; length < whole.length; length++) {
      const result = read(whole.slice(0, length))
      if (Result.isFailure(result)) continue
      const { nextCursor } = result.success
      if (nextCursor === "~next") assert.strictEqual(keptOf(result.success), 4)
      else {
        const cursor = decodeCursor(nextCursor ?? "")
        assert.strictEqual(cursor._tag, "Some", `cut at ${length}: it asks again`)
      }
    }
    const cut = Result.getOrThrow(read(whole.slice(0, whole.indexOf(rows[3] ?? "") + 9)))
    assert.strictEqual(keptOf(cut), 3)
    assert.deepStrictEqual(decodeCursor(cut.nextCursor ?? ""), decodeCursor(btoa(
      `{"offset": 2, "timestamp": "2026-08-07T00:02:00"}`
    )))
  })

  it("without a row is refused", () => {
    for (const text of ["", "{", `{"point_samples":[`, "<html>", `{"point_samples":{}}`, "null", "[]"]) {
      assert.isTrue(Result.isFailure(read(text)), text)
    }
  })
})

describe("the API key", () => {
  const clean = makeClean(KEY)
  const escaped = Array.from(KEY, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")

  it("is removed in every form, before texts are cut", () => {
    const forms = [
      `{"message":"bad token ${KEY}"}`,
      `{"message":"bad token ${escaped}"}`,
      `<html>${"x".repeat(70)}${KEY}</html>`,
      `not json ${escaped}`,
      `{"message":"${encodeURIComponent(`a ${KEY}`)}"}`,
      ...["", "x", "xy"].map((before) => `{"message":"${btoa(`${before}${KEY} and more`)}"}`)
    ]
    for (const text of forms) {
      const shown = readMessage(text, clean)
      assert.notInclude(shown, KEY.slice(0, 12), text)
      assert.notInclude(shown, btoa(KEY).slice(4, 16), text)
    }
  })

  it("names no point and no cursor", () => {
    for (const name of [KEY, `site/${KEY}`, escaped]) {
      const page = read(pageOf([`{"name":"${name}","value":"1","time":"2026-08-07T00:30:00"}`], `"${KEY}"`))
      assert.notInclude(shownBy(page), KEY)
      assert.deepStrictEqual(Result.getOrThrow(page).page.dropped, { name: 1 })
    }
  })

  it("leaves other texts alone", () => {
    for (const text of ["", "site/p1", "eyJ", KEY.slice(1)]) assert.strictEqual(clean(text), text)
  })
})

/**
 * Proves that a suggested file name is one that every file system and header takes, and keeps what it can of its parts:
 * by names that are hostile to either.
 */
import { assert, it } from "@effect/vitest"
import { attachment } from "../../../src/apps/http/attachment.ts"

it("names a file after its parts", () => {
  assert.strictEqual(
    attachment(["plant-1", "2026-11-20", "2026-11-23", "15min"], "csv"),
    `attachment; filename="plant-1_2026-11-20_2026-11-23_15min.csv"`
  )
})

it("gives names that are not ASCII twice: as they are, and for old clients", () => {
  assert.strictEqual(
    attachment(["Büro (Süd)", "raw"], "csv"),
    `attachment; filename="B-ro (S-d)_raw.csv"; filename*=UTF-8''B%C3%BCro%20%28S%C3%BCd%29_raw.csv`
  )
  // A client that decodes the plain name must not find another one in it.
  assert.strictEqual(
    attachment(["50%2F"], "csv"),
    `attachment; filename="50-2F.csv"; filename*=UTF-8''50%252F.csv`
  )
})

it("leaves out what a path, a file system or the header would read otherwise", () => {
  for (const name of [`a"b`, "a/b", "a\\b", "a:b", "a*b", "a?b", "a<b", "a>b", "a|b", "a\u0007b", "a\nb"]) {
    assert.strictEqual(attachment([name], "csv"), `attachment; filename="a-b.csv"`, JSON.stringify(name))
  }
  assert.strictEqual(attachment(["..hidden ", "", "raw"], "csv"), `attachment; filename="hidden_raw.csv"`)
  const long = attachment(["😀".repeat(900), "raw"], "parquet")
  assert.include(long, `UTF-8''${"%F0%9F%98%80".repeat(60)}_raw.parquet`)
})

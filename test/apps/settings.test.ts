/**
 * Proves that settings have the documented defaults, that every bad value is refused with a message that names the
 * setting and no secret, and that the README lists them all: by reading made-up environments, and the README itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readSettings, readSourceSettings, type Settings } from "../../src/apps/settings.ts"

const digest = "a".repeat(64)

const fault = (result: Result.Result<unknown, { readonly message: string }>): string =>
  Result.isFailure(result) ? result.failure.message : "accepted"

const read = (env: object): Settings => Result.getOrThrow(readSettings(env))

describe("settings", () => {
  it("have documented defaults", () => {
    const settings = read({})
    assert.deepStrictEqual(settings.sites, [])
    assert.strictEqual(settings.hotDays, 20)
    assert.strictEqual(settings.maxQueryRangeDays, 366)
    assert.strictEqual(settings.maxBackfillDays, 366)
    assert.strictEqual(settings.syncOverlapMinutes, 15)
    assert.strictEqual(settings.lateDays, 7)
    assert.deepStrictEqual([3, 8].map((days) => read({ HOT_STORAGE_DAYS: days }).lateDays), [2, 7])
    assert.strictEqual(settings.openReads, false)
    assert.strictEqual(settings.clockOffsetMs, 0)
  })

  it("read texts, numbers and booleans, and leave bindings and blanks out", () => {
    const settings = read({
      SITE_NAME: "north, south",
      HOT_STORAGE_DAYS: 7,
      OPEN_READS: true,
      MAX_QUERY_RANGE_DAYS: " ",
      ALLOWED_ORIGINS: "https://a.test,http://localhost:5173",
      DB: { prepare: () => undefined }
    })
    assert.deepStrictEqual(settings.sites, ["north", "south"])
    assert.strictEqual(settings.hotDays, 7)
    assert.strictEqual(settings.openReads, true)
    assert.strictEqual(settings.maxQueryRangeDays, 366)
    assert.deepStrictEqual(settings.allowedOrigins, ["https://a.test", "http://localhost:5173"])
  })

  it("take sites as a JSON array, in which names may hold commas", () => {
    const sitesOf = (text: string) => read({ SITE_NAME: text }).sites
    assert.deepStrictEqual(sitesOf(`["Plant 1, north", "[x]", " padded "]`), ["Plant 1, north", "[x]", " padded "])
    assert.deepStrictEqual(sitesOf(`a [old], b`), ["a [old]", "b"])
  })

  const bad: ReadonlyArray<readonly [string, object, RegExp]> = [
    ["a number that is text", { HOT_STORAGE_DAYS: "many" }, /HOT_STORAGE_DAYS: expected a whole number from 1 to 400$/],
    ["a fraction", { HOT_STORAGE_DAYS: "2.5" }, /HOT_STORAGE_DAYS/],
    ["zero days", { HOT_STORAGE_DAYS: "0" }, /HOT_STORAGE_DAYS/],
    ["lateness that reaches into the archive", { LATE_DAYS: "20" }, /LATE_DAYS \(20\).*HOT_STORAGE_DAYS \(20\)/],
    ["no lateness", { LATE_DAYS: "0" }, /LATE_DAYS: expected a whole number from 1 to 30$/],
    ["an overlap above an hour", { SYNC_OVERLAP_MINUTES: "61" }, /SYNC_OVERLAP_MINUTES/],
    ["more than a year of backfill", { MAX_DAYS_PER_REQUEST: "367" }, /MAX_DAYS_PER_REQUEST/],
    ["a flag that is neither", { OPEN_READS: "perhaps" }, /OPEN_READS: expected true or false$/],
    ["a second boundary", { ARCHIVE_THRESHOLD_DAYS: "30" }, /ARCHIVE_THRESHOLD_DAYS.*HOT_STORAGE_DAYS/],
    ["a clock moved in production", { CLOCK_OFFSET_MS: "1" }, /CLOCK_OFFSET_MS.*LOCAL_DEVELOPMENT/],
    ["a cache that is neither on nor off", { ENABLE_QUERY_CACHE: "sometimes" }, /ENABLE_QUERY_CACHE/],
    ["a key of no site", { API_KEYS: `read:${"0".repeat(64)}@` }, /API_KEYS/],
    ["a key of an empty site", { API_KEYS: `read:${"0".repeat(64)}@a++b` }, /API_KEYS/],
    ["a site with a path", { SITE_NAME: "a/b" }, /SITE_NAME.*slash/],
    ["an empty site", { SITE_NAME: "a,,b" }, /SITE_NAME.*empty/],
    ["two bad sites", { SITE_NAME: "a/b,c,d/e" }, /SITE_NAME: "a\/b".*, "d\/e"/],
    ["sites that are no JSON array", { SITE_NAME: `["a", 1]` }, /SITE_NAME: it begins with \[ and is not a JSON array/],
    ["a bad site of a JSON array", { SITE_NAME: `["a,b/c"]` }, /SITE_NAME: "a,b\/c".*slash/],
    ["a site twice", { SITE_NAME: "a,a" }, /SITE_NAME.*twice/],
    ["an origin with a path", { ALLOWED_ORIGINS: "https://a.test/x" }, /ALLOWED_ORIGINS/],
    ["any origin", { ALLOWED_ORIGINS: "*" }, /ALLOWED_ORIGINS/],
    ["a key instead of its digest", { API_KEYS: "admin:hunter2" }, /API_KEYS/],
    ["an unknown scope", { API_KEYS: `owner:${digest}` }, /API_KEYS/]
  ]
  for (const [name, env, expected] of bad) {
    it(`refuse ${name}`, () => assert.match(fault(readSettings(env)), expected))
  }

  it("name every fault at once and repeat no secret", () => {
    const message = fault(readSettings({ HOT_STORAGE_DAYS: "x", OPEN_READS: "perhaps", API_KEYS: "hunter2" }))
    assert.match(message, /HOT_STORAGE_DAYS/)
    assert.match(message, /OPEN_READS/)
    assert.match(message, /API_KEYS/)
    assert.notInclude(message, "hunter2")
  })

  it("accept the old threshold where it agrees, and the old key", () => {
    const settings = read({ ARCHIVE_THRESHOLD_DAYS: "20", BACKFILL_API_KEY: "old", API_KEYS: `admin:${digest}` })
    assert.strictEqual(settings.backfillApiKey._tag, "Some")
    assert.deepStrictEqual(settings.apiKeys, [{ scope: "admin", digest, sites: null }])
  })

  it("read the scope and the sites of a key", () => {
    const { apiKeys } = read({ API_KEYS: `read:${digest}@north+south, admin:${digest}` })
    assert.deepStrictEqual(apiKeys, [
      { scope: "read", digest, sites: new Set(["north", "south"]) },
      { scope: "admin", digest, sites: null }
    ])
  })
})

describe("source settings", () => {
  it("need a site and a key", () => {
    assert.match(fault(readSourceSettings({ ACE_API_KEY: "k" })), /SITE_NAME: it is missing/)
    assert.match(fault(readSourceSettings({ SITE_NAME: "a" })), /ACE_API_KEY: it is missing/)
  })

  it("keep the key redacted", () => {
    const source = Result.getOrThrow(readSourceSettings({ SITE_NAME: "a", ACE_API_KEY: "hunter2" }))
    assert.strictEqual(Redacted.value(source.key), "hunter2")
    assert.notInclude(`${String(source.key)}${JSON.stringify(source)}`, "hunter2")
    assert.strictEqual(source.requestsPerMinute, 50)
    assert.strictEqual(source.baseUrl, "https://flightdeck.aceiot.cloud/api")
    const plain = { SITE_NAME: "a", ACE_API_KEY: "k", ACE_API_BASE: "http://127.0.0.1:8791/api/" }
    const local = readSourceSettings({ ...plain, LOCAL_DEVELOPMENT: "true" })
    assert.strictEqual(Result.getOrThrow(local).baseUrl, "http://127.0.0.1:8791/api")
    for (const base of [plain.ACE_API_BASE, "file:///etc/passwd", "ftp://ace.test"]) {
      const refused = readSourceSettings({ ...plain, ACE_API_BASE: base })
      assert.match(Result.isFailure(refused) ? refused.failure.message : "", /ACE_API_BASE: it must begin with https:/)
    }
    assert.strictEqual(source.pageSize, 50_000)
  })

  const bad: ReadonlyArray<readonly [string, object, RegExp]> = [
    ["a page larger than an isolate holds", { BATCH_SIZE: "100001" }, /BATCH_SIZE/],
    ["a base that is not a URL", { ACE_API_BASE: "nowhere" }, /ACE_API_BASE: expected a URL$/],
    ["an unknown selection", { POINT_SELECTION: "some" }, /POINT_SELECTION: expected all or configured$/],
    ["no requests a minute", { REQUESTS_PER_MINUTE: "0" }, /REQUESTS_PER_MINUTE/]
  ]
  for (const [name, env, expected] of bad) {
    it(`refuse ${name}`, () =>
      assert.match(fault(readSourceSettings({ SITE_NAME: "a", ACE_API_KEY: "hunter2", ...env })), expected))
  }
})

describe("the README's table", () => {
  it("has every setting, and no other", () => {
    const read = (...path: ReadonlyArray<string>) => readFileSync(join(import.meta.dirname, "../..", ...path), "utf8")
    const table = read("README.md").split("## Settings")[1]?.split("\n## ")[0] ?? ""
    const named = (text: string, quote: string) =>
      [
        ...new Set(
          Array.from(text.matchAll(new RegExp(`${quote}([A-Z]+(?:_[A-Z]+)+)${quote}`, "g")), ([, name]) => name)
        )
      ].sort()
    assert.deepStrictEqual(named(table, "`"), named(read("src/apps/settings.ts"), "\""))
  })
})

/** What the protocols take for granted of D1, R2 and workerd, proved on the real ones. */
import { env } from "cloudflare:workers"
import { assert, beforeEach, describe, it } from "vitest"

const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (cause: unknown) => cause)

describe("D1", () => {
  const count = () => env.DB.prepare("SELECT count(*) AS n FROM facts").first<number>("n")

  beforeEach(async () => {
    await env.DB.batch([
      env.DB.prepare("DROP TABLE IF EXISTS facts"),
      env.DB.prepare("CREATE TABLE facts (id INTEGER PRIMARY KEY, data BLOB)")
    ])
  })

  it("a batch is one transaction: a failing statement takes back those before it", async () => {
    const error = await rejection(env.DB.batch([
      env.DB.prepare("INSERT INTO facts (id) VALUES (1)"),
      env.DB.prepare("INSERT INTO facts (id) VALUES (1)")
    ]))
    assert.match(String(error), /UNIQUE/)
    assert.strictEqual(await count(), 0)
  })

  it("a guard statement aborts its batch where the condition is false, and only there", async () => {
    const guarded = (expected: number) =>
      env.DB.batch([
        env.DB.prepare("INSERT INTO facts (id) VALUES (?1)").bind(expected),
        env.DB.prepare("SELECT iif((SELECT count(*) FROM facts) = ?1, 1, json('x')) AS guard").bind(expected)
      ])
    const [, guard] = await guarded(1)
    assert.deepStrictEqual(guard?.results, [{ guard: 1 }])
    assert.match(String(await rejection(guarded(7))), /malformed JSON/)
    assert.strictEqual(await count(), 1)
  })

  it("hex() and unhex() carry a blob both ways, and || appends to it", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    await env.DB.prepare("INSERT INTO facts SELECT value ->> 0, unhex(value ->> 1) FROM json_each(?1)")
      .bind(JSON.stringify([[1, bytes.toHex()], [2, ""]])).run()
    const append = "INSERT INTO facts VALUES (1, unhex(?1)) " +
      "ON CONFLICT DO UPDATE SET data = CAST(data || excluded.data AS BLOB)"
    const { meta } = await env.DB.prepare(append).bind("00ff").run()
    assert.strictEqual(meta.rows_written, 1)
    const rows = await env.DB.prepare("SELECT typeof(data) AS type, hex(data) AS data FROM facts ORDER BY id").all<
      { type: string; data: string }
    >()
    assert.deepStrictEqual(rows.results.map(({ type }) => type), ["blob", "blob"])
    assert.deepStrictEqual(
      rows.results.map(({ data }) => Uint8Array.fromHex(data)),
      [Uint8Array.from([...bytes, 0, 255]), new Uint8Array(0)]
    )
  })

  it("takes 100 bound parameters, not 101", async () => {
    const select = (n: number) =>
      env.DB.prepare(`SELECT ${Array(n).fill("?").join()}`).bind(...Array<number>(n).fill(1)).run()
    assert.isTrue((await select(100)).success)
    assert.match(String(await rejection(select(101))), /too many SQL variables/)
  })
})

describe("R2", () => {
  it("a conditional put answers null where the object is another one, and changes nothing", async () => {
    const first = await env.BUCKET.put("k", "one", { onlyIf: { etagDoesNotMatch: "*" } })
    assert.isNotNull(first)
    assert.isNull(await env.BUCKET.put("k", "two", { onlyIf: { etagDoesNotMatch: "*" } }))
    assert.isNull(await env.BUCKET.put("k", "two", { onlyIf: { etagMatches: "0".repeat(32) } }))
    assert.strictEqual(await (await env.BUCKET.get("k"))?.text(), "one")
    const second = await env.BUCKET.put("k", "two", { onlyIf: { etagMatches: first.etag } })
    assert.isNotNull(second)
    assert.notStrictEqual(second.etag, first.etag)
  })

  it("a get pinned to an etag has no body once the object has changed, and is null once it is gone", async () => {
    const first = await env.BUCKET.put("k", "one")
    assert.isNotNull(first)
    const pinned = () => env.BUCKET.get("k", { onlyIf: { etagMatches: first.etag }, range: { offset: 1, length: 2 } })
    const before = await pinned()
    assert.isTrue(before !== null && "body" in before)
    await env.BUCKET.put("k", "two")
    const after = await pinned()
    assert.isTrue(after !== null && !("body" in after))
    await env.BUCKET.delete("k")
    assert.isNull(await pinned())
  })

  it("refuses a body whose sha256 is not the one announced", async () => {
    const sha256 = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("one"))
    assert.isNotNull(await env.BUCKET.put("k", "one", { sha256 }))
    assert.match(String(await rejection(env.BUCKET.put("k", "other", { sha256 }))), /SHA-256|checksum/i)
  })
})

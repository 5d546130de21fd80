/** The rate limiter's binding, through the `worker.ts` of all four Workers. */
import { assert, it } from "vitest"
import { makeWorld } from "./world.ts"

it("every Worker asks the limiter it is bound to, and obeys", async () => {
  const asked: Array<string> = []
  const limiter = {
    limit: ({ key }: { readonly key: string }) => {
      asked.push(key)
      return Promise.resolve({ success: asked.length % 2 === 1 })
    }
  }
  const world = await makeWorld(Date.UTC(2026, 10, 23, 12), {}, { RATE_LIMITER: limiter })
  for (const [worker, path] of [
    [world.query(), "/sites"],
    [world.etl(), "/stats"],
    [world.archival(), "/archive/status"],
    [world.backfill(), "/backfill/status"]
  ] as const) {
    assert.strictEqual((await worker.fetch(world.request(path))).status, 200, path)
    const refused = await worker.fetch(world.request(path))
    assert.deepStrictEqual([refused.status, refused.headers.get("retry-after")], [429, "60"], path)
  }
  assert.strictEqual(asked.length, 8)
  assert.strictEqual(new Set(asked).size, 1)
})

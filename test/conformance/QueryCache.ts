/**
 * The laws of the `QueryCache` port, run on every adapter: an answer comes back under its own key, byte for byte.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { QueryCache } from "../../src/ports/QueryCache.ts"

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) % 256)

export const suite = (name: string, layer: Layer.Layer<QueryCache>) =>
  it.layer(layer)(`QueryCache (${name})`, (it) => {
    it.effect("gives what was put under exactly this key, byte for byte, or nothing", () =>
      Effect.gen(function*() {
        const cache = yield* QueryCache
        const body = bytes(100_000)
        yield* cache.put("a", { body, headers: { "content-type": "text/csv", "x-source": "r2" } })
        yield* cache.put("b", { body: bytes(0), headers: {} })
        body.fill(1)
        const a = Option.getOrThrow(yield* cache.get("a"))
        assert.deepStrictEqual(a.body, bytes(100_000))
        assert.deepStrictEqual(a.headers, { "content-type": "text/csv", "x-source": "r2" })
        assert.strictEqual(Option.getOrThrow(yield* cache.get("b")).body.length, 0)
        assert.isTrue(Option.isNone(yield* cache.get("A")))
      }))
  })

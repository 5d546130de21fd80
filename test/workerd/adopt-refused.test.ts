/**
 * Proves that an adoption reads an object that it refused only once, until the object changes: a bucket counts what is
 * read of each key, and another one fails.
 */
import { env } from "cloudflare:workers"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import { adoptArchives } from "../../src/apps/archival/adopt.ts"
import { partitionKey } from "../../src/domain/tiers/partition.ts"
import { Catalog } from "../../src/ports/Catalog.ts"
import { archive } from "../parquet/archive.ts"
import { bucketWith, failing } from "./bucket.ts"

const day = 20_519
const keyOf = (site: string): string => partitionKey({ site, day })
const put = (site: string, bytes: Uint8Array | string) => Effect.promise(() => env.BUCKET.put(keyOf(site), bytes))

const reads: Array<string> = []
const counting = bucketWith({
  get: ((key: string, options: R2GetOptions) => {
    reads.push(key)
    return env.BUCKET.get(key, options)
  }) as R2Bucket["get"]
})
const over = (bucket: R2Bucket) => Effect.provide(Layer.mergeAll(HotStoreD1.layer(env.DB), ColdStoreR2.layer(bucket)))

/** What an adoption refuses, and what it reads. */
const adopt = (retry = false) =>
  Effect.gen(function*() {
    reads.length = 0
    const { recorded, refused } = yield* adoptArchives({ retry, rewrite: false, timeoutMs: Infinity })
    return { recorded, refused, reads: [...new Set(reads)] }
  })
const known = Effect.flatMap(Catalog, ({ refusals }) => Effect.map(refusals, (all) => all.map(({ key }) => key)))

it.effect("a refused object is read again when it changes or when that is asked for, and else only named", () =>
  Effect.gen(function*() {
    yield* put("noise", "PAR1 this is no Parquet file PAR1")
    yield* put("gone", "")
    yield* put("right", archive(day, [["a", 0, 1]]))
    const first = yield* adopt()
    assert.deepStrictEqual([first.recorded, first.refused.map(({ key }) => key)], [1, [keyOf("gone"), keyOf("noise")]])
    assert.include(first.reads, keyOf("noise"))

    const second = yield* adopt()
    assert.deepStrictEqual(second, { recorded: 0, refused: first.refused, reads: [] })
    const asked = yield* adopt(true)
    assert.deepStrictEqual([asked.refused, asked.reads], [first.refused, [keyOf("noise")]])

    yield* put("noise", archive(day, [["a", 0, 1]]))
    yield* Effect.promise(() => env.BUCKET.delete(keyOf("gone")))
    assert.deepInclude(yield* adopt(), { recorded: 1, refused: [] })
    assert.deepStrictEqual(yield* known, [])
  }).pipe(over(counting)))

it.effect("what a failure of the platform stopped is no verdict: the next call reads it", () =>
  Effect.gen(function*() {
    yield* put("slow", archive(day, [["a", 0, 1]]))
    const failed = yield* adopt().pipe(over(failing("get")))
    assert.deepStrictEqual(failed.refused.map(({ key }) => key), [keyOf("slow")])
    assert.deepStrictEqual(yield* known, [])
    assert.deepInclude(yield* adopt(), { recorded: 1, refused: [] })
  }).pipe(over(counting)))

it.effect("a call without time keeps what it knows of objects that it did not look at", () =>
  Effect.gen(function*() {
    yield* put("noise", "no Parquet file")
    yield* adopt()
    yield* put("noise", "no Parquet file either")
    const { postponed } = yield* adoptArchives({ retry: false, rewrite: false, timeoutMs: -1 })
    assert.isAbove(postponed, 0)
    assert.deepStrictEqual(yield* known, [keyOf("noise")])
  }).pipe(over(counting)))

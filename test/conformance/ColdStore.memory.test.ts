/** The memory adapter keeps the laws of `ColdStore`, also when a test damages what it holds. */
import { Effect, Layer } from "effect"
import * as ColdStoreMemory from "../../src/adapters/memory/ColdStoreMemory.ts"
import { suite, Tamper } from "./ColdStore.ts"

const bucket = ColdStoreMemory.emptyBucket()

const tamper = Layer.succeed(Tamper, {
  apply: (key, change) =>
    Effect.sync(() => {
      const stored = bucket.objects.get(key)
      const bytes = stored === undefined ? null : change(stored.bytes)
      if (stored === undefined || bytes === null) bucket.objects.delete(key)
      else bucket.objects.set(key, { ...stored, bytes })
    })
})

suite("memory", Layer.merge(ColdStoreMemory.layerOf(bucket), tamper))

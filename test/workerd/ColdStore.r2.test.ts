import { env } from "cloudflare:workers"
import { Effect, Layer } from "effect"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { suite, Tamper } from "../conformance/ColdStore.ts"

const tamper = Layer.succeed(Tamper, {
  apply: (key, change) =>
    Effect.promise(async () => {
      const object = await env.BUCKET.get(key)
      const bytes = object === null ? null : change(new Uint8Array(await object.arrayBuffer()))
      if (object === null || bytes === null) await env.BUCKET.delete(key)
      else await env.BUCKET.put(key, bytes, { customMetadata: object.customMetadata ?? {} })
    })
})

suite("R2", Layer.merge(ColdStoreR2.layer(env.BUCKET), tamper))

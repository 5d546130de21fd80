/** The laws of `ColdStore` on R2. */
import { env } from "cloudflare:workers"
import { Effect, Layer } from "effect"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { suite, Tamper } from "../conformance/ColdStore.ts"
import { bytesAt, replaceBytes } from "./bucket.ts"

const tamper = Layer.succeed(Tamper, {
  apply: (key, change) =>
    Effect.promise(async () => {
      const bytes = change(await bytesAt(key))
      if (bytes === null) await env.BUCKET.delete(key)
      else await replaceBytes(key, bytes)
    })
})

suite("R2", Layer.merge(ColdStoreR2.layer(env.BUCKET), tamper))

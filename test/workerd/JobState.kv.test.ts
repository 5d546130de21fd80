import { env } from "cloudflare:workers"
import * as JobStateKv from "../../src/adapters/kv/JobStateKv.ts"
import { suite } from "../conformance/JobState.ts"

// Lists come in pages of 3 keys instead of 1,000, so that every list has to be followed to its end.
const kv = new Proxy(env.KV, {
  get: (target, name: keyof KVNamespace) =>
    name === "list"
      ? (options: KVNamespaceListOptions) => target.list({ ...options, limit: 3 })
      : target[name].bind(target)
})

suite("KV", JobStateKv.layer(kv), { atomic: false })

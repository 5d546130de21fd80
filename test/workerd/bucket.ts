/** The real bucket, with methods that fail on purpose, and its objects with other bytes. */
import { env } from "cloudflare:workers"

/** The bucket with some methods replaced. */
export const bucketWith = (methods: Partial<R2Bucket>): R2Bucket =>
  new Proxy(env.BUCKET, {
    get: (bucket, name) => {
      const method = Reflect.get(methods, name) ?? Reflect.get(bucket, name)
      return typeof method === "function" ? method.bind(bucket) : method
    }
  })

/** As R2 when the connection breaks. */
export const lost = () => new Error("network connection lost (on purpose)")

/** Carries out every put, and answers none. */
export const losesPuts = bucketWith({
  put: (async (...call: Parameters<R2Bucket["put"]>) => {
    await env.BUCKET.put(...call)
    throw lost()
  }) as unknown as R2Bucket["put"]
})

/** A bucket of which one method always fails. */
export const failing = (method: "get" | "put" | "delete"): R2Bucket =>
  bucketWith({ [method]: () => Promise.reject(new Error("internal error")) })

export const bytesAt = async (key: string): Promise<Uint8Array> => {
  const object = await env.BUCKET.get(key)
  if (object === null) throw new Error(`there is no object ${key}`)
  return new Uint8Array(await object.arrayBuffer())
}

/** Puts other bytes under a key, and leaves what the object says of itself. */
export const replaceBytes = async (key: string, bytes: Uint8Array): Promise<R2Object> => {
  const described = await env.BUCKET.head(key)
  return env.BUCKET.put(key, bytes, { customMetadata: described?.customMetadata ?? {} })
}

declare namespace Cloudflare {
  /** The bindings of the Workers' `wrangler.jsonc`. Not every Worker has all of them. */
  interface Env {
    readonly DB: D1Database
    readonly BUCKET: R2Bucket
    readonly STEPS: Queue
    /** The cache of the query Worker. */
    readonly CACHE?: KVNamespace
    /** Counts the requests of each client; without it there is no limit. */
    readonly RATE_LIMITER?: RateLimit
  }
}

declare namespace Cloudflare {
  /** What the Workers' `wrangler.jsonc` bind, beside settings. Not every Worker has all. */
  interface Env {
    readonly DB: D1Database
    readonly BUCKET: R2Bucket
    readonly STEPS: Queue
    /** Answers of the query Worker. */
    readonly CACHE?: KVNamespace
    /** Requests a minute of one client; absent, there is no limit. */
    readonly RATE_LIMITER?: RateLimit
  }
}

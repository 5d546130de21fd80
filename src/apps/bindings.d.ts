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
    /** The other Workers, for the operations page that the query Worker serves. */
    readonly ETL?: Fetcher
    readonly ARCHIVAL?: Fetcher
    readonly BACKFILL?: Fetcher
  }
}

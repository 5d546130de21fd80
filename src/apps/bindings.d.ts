declare namespace Cloudflare {
  /** What the Workers' `wrangler.jsonc` bind, beside settings. Not every Worker has all. */
  interface Env {
    readonly DB: D1Database
    readonly BUCKET: R2Bucket
    readonly STEPS: Queue
  }
}

/** The bindings of the tests in workerd. */
/// <reference types="@cloudflare/vitest-plugin/types" />

declare namespace Cloudflare {
  /** What vitest.config.ts binds for the tests in workerd. */
  interface Env {
    readonly DB: D1Database
    readonly BUCKET: R2Bucket
    readonly KV: KVNamespace
    readonly STEPS: Queue
    readonly MIGRATIONS: ReadonlyArray<{ readonly name: string; readonly queries: ReadonlyArray<string> }>
  }
}

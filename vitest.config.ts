import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"

/** Where the Workers run; their `wrangler.jsonc` say the same. */
const COMPATIBILITY_DATE = "2026-10-20"

/** Many times what the slowest test needs on a quiet machine, so that it passes on a loaded one. */
const TIMEOUT_MS = 600_000

export default defineConfig({
  test: {
    // Vitest would leave one core idle, which is half of a machine of two.
    maxWorkers: "100%",
    reporters: ["default", "./test/tally.ts"],
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{workerd,long,browser}/**"],
          // No module keeps state, so files can share them: loading effect for each takes longer than most tests.
          isolate: false,
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS
        }
      },
      {
        // What is about time, once more on a machine that is a day ahead of others and has skipped one.
        test: {
          name: "apia",
          include: ["test/domain/time/**/*.test.ts", "test/domain/answers/{buckets,wall-clock}.test.ts"],
          env: { TZ: "Pacific/Apia" },
          setupFiles: ["test/apia.ts"],
          isolate: false,
          testTimeout: TIMEOUT_MS
        }
      },
      { test: { name: "long", include: ["test/long/**/*.test.ts"], testTimeout: 3_600_000 } },
      {
        // The page in Chromium, over the Workers in workerd.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS
        }
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            miniflare: {
              compatibilityDate: COMPATIBILITY_DATE,
              d1Databases: ["DB"],
              r2Buckets: ["BUCKET"],
              kvNamespaces: ["KV"],
              queueProducers: { STEPS: "steps" },
              bindings: {
                MIGRATIONS: await readD1Migrations("migrations"),
                // The Workers refuse to start without.
                SITE_NAME: "plant-1",
                ACE_API_KEY: "none"
              }
            }
          }))
        ],
        test: {
          name: "workerd",
          // Workers do not see the environment: a seed to replay has to be given to them.
          env: process.env["SEED"] === undefined ? {} : { SEED: process.env["SEED"] },
          include: ["test/workerd/**/*.test.ts"],
          setupFiles: ["test/workerd/migrate.ts"],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS
        }
      }
    ]
  }
})

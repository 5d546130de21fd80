/**
 * The Workers in the form that Miniflare takes: configured by their `wrangler.jsonc`, bundled by esbuild, each on a
 * port.
 */
import { Effect } from "effect"
import { build } from "esbuild"
import { join } from "node:path"
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler"
import { LocalError } from "./error.ts"

/** In the order of their ports. */
export const WORKERS = ["query", "etl", "archival", "backfill"] as const
export type WorkerName = (typeof WORKERS)[number]

const APPS = join(import.meta.dirname, "..")

/** A module and everything that it imports as one text, for workerd. */
export const bundle = async (entry: string): Promise<string> => {
  const { outputFiles: [file] } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "error"
  })
  if (file === undefined) throw new Error("esbuild wrote no file")
  return file.text
}

/**
 * @param variables override those of the configuration file
 * @param services the Workers that this one asks, by the name of the binding
 */
export const bundleWorker = (
  name: WorkerName,
  port: number,
  variables: Readonly<Record<string, string>>,
  services: Readonly<Record<string, WorkerName>> = {}
) =>
  Effect.tryPromise({
    try: async () => {
      const configPath = join(APPS, name, "wrangler.jsonc")
      // Else wrangler warns that the secrets are missing, which are among the variables here.
      process.env["WRANGLER_LOG"] ??= "error"
      const { main, workerOptions } = unstable_getMiniflareWorkerOptions(configPath)
      if (main === undefined) throw new Error("it names no main file")
      return {
        crons: (unstable_readConfig({ config: configPath }).triggers.crons ?? []) as ReadonlyArray<string>,
        options: {
          ...workerOptions,
          name,
          modules: [{ type: "ESModule" as const, path: `${name}.js`, contents: await bundle(main) }],
          bindings: { ...(workerOptions.bindings as object), ...variables },
          // By the names here; only those that run too.
          serviceBindings: services,
          unsafeDirectSockets: [{ host: "127.0.0.1", port }]
        }
      }
    },
    catch: (cause) => new LocalError({ operation: "bundling", subject: `Worker ${name}`, cause })
  })

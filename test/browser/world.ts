/**
 * The whole system as `npm start` runs it, with a few days of simulated data, and a browser that looks at it.
 */
import { Effect, Fiber } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { bundleWorker } from "../../src/apps/local/bundle.ts"
import { migrate } from "../../src/apps/local/migrate.ts"
import { prepare } from "../../src/apps/local/prepare.ts"
import { DEVELOPMENT_KEY, type LocalRuntime, startRuntime } from "../../src/apps/local/runtime.ts"
import { launch } from "./chromium.ts"

const DAYS = 2
const POINTS = 56

/** Screenshots are kept here, for people to look at; git ignores it. */
const SHOTS = join(import.meta.dirname, "../../build/shots")

export interface World {
  readonly runtime: LocalRuntime
  readonly site: string
  readonly url: string
  /** A page of a new session. What its console complains about is kept in `faults`. */
  readonly open: (path: string, options?: BrowserContextOptions) => Promise<OpenPage>
  /** The address of a query Worker of its own that needs a key, over empty stores. */
  readonly lock: () => Promise<string>
  readonly stop: () => Promise<void>
}

export interface OpenPage {
  readonly page: Page
  readonly faults: Array<string>
  readonly shot: (name: string) => Promise<void>
}

/** The first of five free ports in a row. */
const freePorts = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((listening) => server.once("listening", listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  const port = typeof address === "object" && address !== null ? address.port : 0
  return Math.min(port, 65_000)
}

const opener = (browser: Browser, url: string): World["open"] => async (path, options = {}) => {
  const context = await browser.newContext({
    locale: "en-US",
    timezoneId: "America/New_York",
    viewport: { width: 1_280, height: 860 },
    ...options
  })
  const page = await context.newPage()
  const own = new URL(path, url).origin
  const faults: Array<string> = []
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text())
  })
  page.on("pageerror", (error) => faults.push(String(error.stack)))
  page.on("request", (request) => {
    const { origin } = new URL(request.url())
    if (origin !== own) faults.push(`asked ${request.url()}`)
  })
  await page.goto(new URL(path, url).href)
  return {
    page,
    faults,
    shot: async (name) => {
      mkdirSync(SHOTS, { recursive: true })
      await page.screenshot({ path: join(SHOTS, `${name}.png`) })
    }
  }
}

/** A query Worker that nobody may read without the development key. */
const startLocked = async (): Promise<{ readonly url: string; readonly dispose: () => Promise<void> }> => {
  const port = await freePorts()
  const digest = createHash("sha256").update(DEVELOPMENT_KEY).digest("hex")
  const { options } = await Effect.runPromise(bundleWorker("query", port, { API_KEYS: `read:${digest}` }))
  const miniflare = new Miniflare(convertV4MiniflareOptions({ workers: [options], cf: false }))
  await miniflare.ready
  await Effect.runPromise(migrate(await miniflare.getD1Database("DB", "query")))
  return { url: `http://127.0.0.1:${port}`, dispose: () => miniflare.dispose() }
}

export const makeWorld = async (): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), "page-"))
  const state = {
    folder,
    storage: join(folder, "storage"),
    log: join(folder, "workers.log"),
    world: { points: POINTS, sites: 2, days: DAYS, seed: 1 },
    keepWorld: Effect.void,
    noteWorkerd: () => Effect.void
  }
  const port = await freePorts()
  const options = { world: {}, port, origins: "", fresh: false, once: false, help: false }
  const ready = Promise.withResolvers<LocalRuntime>()
  const system = Effect.runFork(Effect.scoped(Effect.gen(function*() {
    const runtime = yield* startRuntime(state, options)
    yield* migrate(yield* Effect.promise(() => runtime.miniflare.getD1Database("DB", "etl")))
    // The newest samples come late, so that a test can let a sync find them.
    runtime.simulator.setFaults({ late: { rate: 1, seconds: 900 } })
    yield* prepare(runtime, DAYS)
    ready.resolve(runtime)
    yield* Effect.never
  })).pipe(Effect.tapCause((cause) => Effect.sync(() => ready.reject(new Error(String(cause)))))))
  const [runtime, browser] = await Promise.all([ready.promise, launch()])
  const url = runtime.address("query")
  const disposals: Array<() => Promise<void>> = []
  return {
    runtime,
    site: runtime.simulator.sites[0] as string,
    url,
    open: opener(browser, url),
    lock: async () => {
      const { dispose, url } = await startLocked()
      disposals.push(dispose)
      return url
    },
    stop: async () => {
      await browser.close()
      for (const dispose of disposals) await dispose()
      await Effect.runPromise(Fiber.interrupt(system))
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

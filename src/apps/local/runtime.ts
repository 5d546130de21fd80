/**
 * One workerd that runs all Workers over one D1, R2, KV and Queue. The ACE simulator runs in this process.
 */
import { Effect } from "effect"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare"
import { createHash } from "node:crypto"
import { appendFileSync } from "node:fs"
import { listen } from "../ace-simulator/server.ts"
import { DEVELOPMENT_KEY as ACE_KEY, type Simulator, simulator } from "../ace-simulator/simulator.ts"
import { bundleWorker, type WorkerName, WORKERS } from "./bundle.ts"
import { LocalError } from "./error.ts"
import type { LocalOptions } from "./options.ts"
import { buildPage } from "./page.ts"
import { watchWorkerd } from "./process.ts"
import type { State } from "./state.ts"

/** The admin key of every Worker on this machine. */
export const DEVELOPMENT_KEY = "vitals-development-key"

/** The bindings through which the operations page reaches the other Workers. */
const ASKED_BY_QUERY = { ETL: "etl", ARCHIVAL: "archival", BACKFILL: "backfill" } as const

/** How many characters of a fault are shown; the log file has all of it. */
const SHOWN_OF_A_FAULT = 500

export interface LocalRuntime {
  readonly miniflare: Miniflare
  readonly simulator: Simulator
  /** The URL of each, without a slash at the end. */
  readonly address: (name: WorkerName | "simulator") => string
  readonly crons: ReadonlyArray<{ readonly worker: WorkerName; readonly cron: string }>
}

const fault = (operation: string, subject: string) => (cause: unknown) => new LocalError({ operation, subject, cause })

const startSimulator = (state: State, port: number) => {
  const { points, seed, sites } = state.world
  const building = simulator({ seed, sites, pointsPerSite: points, key: ACE_KEY })
  return Effect.acquireRelease(
    Effect.tryPromise({ try: () => listen(building, port), catch: fault("starting", `the simulator on port ${port}`) }),
    (server) => Effect.promise(server.close)
  ).pipe(Effect.as(building))
}

/** Whether a line is an error of the platform or a Worker's log entry of that level. */
const isFault = (log: { readonly level: string; readonly message: string }): boolean =>
  log.level === "error" || /"level":"(ERROR|FATAL)"/.test(log.message)

/** Writes everything that Workers log to a file, and shows errors too. */
const keepLog = (path: string) => (log: { readonly level: string; readonly message: string }): void => {
  appendFileSync(path, `${log.message}\n`)
  if (isFault(log)) process.stderr.write(`${log.message.slice(0, SHOWN_OF_A_FAULT)}\n`)
}

/**
 * Removes the signal handlers that `make` adds: Miniflare's own exit before anything asynchronous is cleaned up.
 */
const withoutSignalHandlers = <A>(make: () => A): A => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
  const before = signals.map((signal) => process.listeners(signal))
  const made = make()
  signals.forEach((signal, index) => {
    for (const added of process.listeners(signal).filter((listener) => before[index]?.includes(listener) !== true)) {
      process.off(signal, added)
    }
  })
  return made
}

/** Starts everything; it stops when the scope ends. */
export const startRuntime = Effect.fnUntraced(function*(state: State, { origins, port: firstPort }: LocalOptions) {
  const ports = new Map([...WORKERS, "simulator" as const].map((name, index) => [name, firstPort + index] as const))
  const address = (name: WorkerName | "simulator"): string => `http://127.0.0.1:${ports.get(name)}`
  const building = yield* startSimulator(state, firstPort + WORKERS.length)
  const variables = {
    ACE_API_BASE: `${address("simulator")}/api`,
    ACE_API_KEY: ACE_KEY,
    SITE_NAME: building.sites.join(","),
    API_KEYS: `admin:${createHash("sha256").update(DEVELOPMENT_KEY).digest("hex")}`,
    OPEN_READS: "true",
    ALLOWED_ORIGINS: origins,
    LOCAL_DEVELOPMENT: "true",
    REQUESTS_PER_MINUTE: "6000"
  }
  yield* buildPage
  const bundles = yield* Effect.forEach(
    WORKERS,
    (name, index) => bundleWorker(name, firstPort + index, variables, name === "query" ? ASKED_BY_QUERY : {}),
    { concurrency: "unbounded" }
  )
  const begin = async () => {
    const miniflare = withoutSignalHandlers(() =>
      new Miniflare(convertV4MiniflareOptions({
        workers: bundles.map(({ options }) => options),
        resourcePersistencePath: state.storage,
        // Otherwise it requests the properties of this location from the network.
        cf: false,
        log: new Log(LogLevel.ERROR),
        handleStructuredLogs: keepLog(state.log)
      }))
    )
    try {
      await miniflare.ready
    } catch (cause) {
      // Such as a port that is in use: what has started already must not keep running.
      await miniflare.dispose()
      throw cause
    }
    return miniflare
  }
  const [miniflare, pid] = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => watchWorkerd(begin), catch: fault("starting", "workerd") }),
    ([started]) => Effect.promise(() => started.dispose())
  )
  yield* state.noteWorkerd(pid)
  const crons = bundles.flatMap(({ crons }, index) =>
    crons.map((cron) => ({ worker: WORKERS[index] as WorkerName, cron })))
  return { miniflare, simulator: building, address, crons } satisfies LocalRuntime
})

/**
 * The flags of `npm start`.
 */
import { Effect } from "effect"
import { parseArgs } from "node:util"
import { LocalError } from "./error.ts"

/** The simulated world. It is kept with the state, which does not fit another world. */
export interface World {
  /** Points of each site. */
  readonly points: number
  readonly sites: number
  /** Closed days that the first start backfills. */
  readonly days: number
  readonly seed: number
}

export interface LocalOptions {
  /** Only what the flags say; the rest comes from the kept state or {@link DEFAULT_WORLD}. */
  readonly world: Partial<World>
  /** The first of five ports: query, etl, archival, backfill, simulator. */
  readonly port: number
  /** Origins whose pages may send requests, separated by commas: `ALLOWED_ORIGINS` of every Worker. */
  readonly origins: string
  /** Delete the kept state first. */
  readonly fresh: boolean
  /** Prepare the data, run one query, and end. */
  readonly once: boolean
  readonly help: boolean
}

export const DEFAULT_WORLD: World = { points: 100, sites: 1, days: 30, seed: 1 }
const DEFAULT_PORT = 8787
/** Where the development servers of most frontend tools serve their pages. */
const DEFAULT_ORIGINS = "http://localhost:3000,http://localhost:5173"
const PORTS = 5

export const USAGE = `npm start -- [flags]

Runs the whole system on this machine: ACE simulator, etl, query, archival and backfill.

  --points N   points of each site, 1 to 5000 (${DEFAULT_WORLD.points})
  --sites N    sites, 1 to 20 (${DEFAULT_WORLD.sites})
  --days N     closed days that the first start backfills, 1 to 366 (${DEFAULT_WORLD.days})
  --seed N     seed of the simulated values, 0 to 1000000000 (${DEFAULT_WORLD.seed})
  --port N     first of five ports (${DEFAULT_PORT}: query, then etl, archival, backfill, simulator)
  --origins L  origins whose pages may send requests, separated by commas (${DEFAULT_ORIGINS})
  --fresh      delete the kept state and start over
  --once       prepare the data, run one query across the tiers, print its metadata as JSON and end
  --help       this text
`

const parse = (args: ReadonlyArray<string>) =>
  parseArgs({
    args: [...args],
    options: {
      points: { type: "string" },
      sites: { type: "string" },
      days: { type: "string" },
      seed: { type: "string" },
      port: { type: "string" },
      origins: { type: "string", default: DEFAULT_ORIGINS },
      fresh: { type: "boolean", default: false },
      once: { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  }).values

const refuse = (subject: string, cause: unknown) => new LocalError({ operation: "reading", subject, cause })

const whole = (flag: string, text: string | undefined, least: number, most: number) => {
  if (text === undefined) return Effect.undefined
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  return value >= least && value <= most
    ? Effect.succeed(value)
    : Effect.fail(refuse(`--${flag}`, `expected a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`))
}

export const readOptions = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const flags = yield* Effect.try({ try: () => parse(args), catch: (cause) => refuse("the flags", cause) })
  const world = {
    points: yield* whole("points", flags.points, 1, 5_000),
    sites: yield* whole("sites", flags.sites, 1, 20),
    days: yield* whole("days", flags.days, 1, 366),
    seed: yield* whole("seed", flags.seed, 0, 1e9)
  }
  return {
    world: Object.fromEntries(Object.entries(world).filter(([, value]) => value !== undefined)),
    port: (yield* whole("port", flags.port, 1_024, 65_536 - PORTS)) ?? DEFAULT_PORT,
    origins: flags.origins,
    fresh: flags.fresh,
    once: flags.once,
    help: flags.help
  } satisfies LocalOptions
})

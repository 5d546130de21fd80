/**
 * `npm start`: runs the whole system on this machine. See `options.ts` for the flags.
 */
import { Cause, Effect, Exit, Fiber } from "effect"
import { join, relative } from "node:path"
import { WORKERS } from "./bundle.ts"
import { runCrons } from "./crons.ts"
import { checkAcrossTiers, type Examples, makeExamples } from "./examples.ts"
import { endLeases, migrate } from "./migrate.ts"
import { type LocalOptions, readOptions, USAGE } from "./options.ts"
import { prepare } from "./prepare.ts"
import { DEVELOPMENT_KEY, type LocalRuntime, startRuntime } from "./runtime.ts"
import { openState, type State } from "./state.ts"

const PROJECT = join(import.meta.dirname, "../../..")

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const welcome = (runtime: LocalRuntime, state: State, examples: Examples): string => {
  const etl = runtime.address("etl")
  return `
  ${runtime.address("query")}/   the page: look at ${runtime.simulator.sites.join(", ")}

Building Vitals is running; Ctrl-C stops it. State and logs are kept in ${relative(process.cwd(), state.folder)}/.

${[...WORKERS, "simulator" as const].map((name) => `  ${name.padEnd(10)} ${runtime.address(name)}`).join("\n")}

  key        ${DEVELOPMENT_KEY}   (needed for requests that change something; reading needs no key here)

One query across the two tiers, hourly averages of a week, and a sync by hand:

  curl -s '${examples.acrossTiers}'

  curl -s '${examples.hourlyAverages}'

  curl -s -X POST -H 'Authorization: Bearer ${DEVELOPMENT_KEY}' '${etl}/trigger'
`
}

const run = Effect.fnUntraced(function*(options: LocalOptions) {
  const state = yield* openState(join(PROJECT, ".building-vitals"), options)
  const runtime = yield* startRuntime(state, options)
  yield* state.keepWorld
  const database = yield* Effect.promise(() => runtime.miniflare.getD1Database("DB", "etl"))
  yield* migrate(database)
  yield* endLeases(database)
  const coldEnd = yield* prepare(runtime, state.world.days)
  const examples = yield* makeExamples(runtime, coldEnd)
  if (options.once) say(JSON.stringify(yield* checkAcrossTiers(examples)))
  else {
    say(welcome(runtime, state, examples))
    yield* runCrons(runtime)
  }
})

const main = Effect.gen(function*() {
  const options = yield* readOptions(process.argv.slice(2))
  if (options.help) say(USAGE)
  else yield* Effect.scoped(run(options))
})

const fiber = Effect.runFork(main)
const stop = (): void => fiber.interruptUnsafe()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop)
const exit = await Effect.runPromise(Fiber.await(fiber))
const failed = Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
if (failed) {
  const error = Cause.squash(exit.cause)
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
}
// Exits even if a library left something open.
process.exit(failed ? 1 : 0)

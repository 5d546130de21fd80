/**
 * The folder that keeps everything between starts, with a note of the processes that use it.
 */
import { Effect, Option, Schema } from "effect"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LocalError } from "./error.ts"
import { DEFAULT_WORLD, type LocalOptions, type World } from "./options.ts"
import { commandOf, endWorkerd } from "./process.ts"

export interface State {
  readonly folder: string
  /** Where D1, R2 and KV keep their files. */
  readonly storage: string
  /** What the Workers log, one JSON object on each line. */
  readonly log: string
  readonly world: World
  /** Keeps the world for later starts: called once the runtime has started, because nothing is stored before. */
  readonly keepWorld: Effect.Effect<void, LocalError>
  /** Notes the process of the runtime, which keeps running after a `kill -9` of this one. */
  readonly noteWorkerd: (pid: number | null) => Effect.Effect<void, LocalError>
}

const KeptWorld = Schema.fromJsonString(
  Schema.Struct({ points: Schema.Int, sites: Schema.Int, days: Schema.Int, seed: Schema.Int })
)
const Owner = Schema.fromJsonString(Schema.Struct({ runner: Schema.Int, workerd: Schema.NullOr(Schema.Int) }))

const attempt = <A>(operation: string, subject: string, work: () => A) =>
  Effect.try({ try: work, catch: (cause) => new LocalError({ operation, subject, cause }) })

const load = Effect.fnUntraced(function*<A>(schema: Schema.Codec<A, string>, path: string) {
  if (!existsSync(path)) return Option.none<A>()
  const text = yield* attempt("reading", path, () => readFileSync(path, "utf8"))
  const value = yield* Effect.mapError(
    Schema.decodeEffect(schema)(text),
    (cause) => new LocalError({ operation: "reading", subject: path, cause })
  )
  return Option.some(value)
})

const save = (path: string, value: object) => attempt("writing", path, () => writeFileSync(path, JSON.stringify(value)))

/** Fails if another runner is alive; ends the runtime of one that was killed. */
const takeOver = Effect.fnUntraced(function*(owner: typeof Owner.Type) {
  if (owner.runner !== process.pid && commandOf(owner.runner)?.includes("src/apps/local/main.ts") === true) {
    return yield* new LocalError({
      operation: "opening",
      subject: "the kept state",
      cause: `npm start is already running as process ${owner.runner}; stop it with Ctrl-C first`
    })
  }
  if (owner.workerd !== null) yield* endWorkerd(owner.workerd)
})

const flagsThatDiffer = (flags: Partial<World>, kept: World): ReadonlyArray<string> =>
  (Object.entries(flags) as Array<[keyof World, number]>).filter(([name, value]) => kept[name] !== value)
    .map(([name]) => `--${name} ${kept[name]}`)

/** Opens the state for this process only, until the scope ends. */
export const openState = Effect.fnUntraced(function*(folder: string, options: LocalOptions) {
  const ownerFile = join(folder, "owner.json")
  const worldFile = join(folder, "world.json")
  const owner = yield* load(Owner, ownerFile)
  if (Option.isSome(owner)) yield* takeOver(owner.value)
  if (options.fresh) yield* attempt("emptying", folder, () => rmSync(folder, { recursive: true, force: true }))
  const kept = yield* load(KeptWorld, worldFile)
  if (Option.isSome(kept)) {
    const differ = flagsThatDiffer(options.world, kept.value)
    if (differ.length > 0) {
      return yield* new LocalError({
        operation: "opening",
        subject: "the kept state",
        cause: `it was made with ${differ.join(" ")}; leave the flag out, or start over with --fresh`
      })
    }
  }
  const world = Option.getOrElse(kept, (): World => ({ ...DEFAULT_WORLD, ...options.world }))
  const noteWorkerd = (workerd: number | null) => save(ownerFile, { runner: process.pid, workerd })
  yield* attempt("making", folder, () => mkdirSync(folder, { recursive: true }))
  yield* Effect.acquireRelease(noteWorkerd(null), () => Effect.sync(() => rmSync(ownerFile, { force: true })))
  const [storage, log] = [join(folder, "storage"), join(folder, "workers.log")]
  return { folder, storage, log, world, keepWorld: save(worldFile, world), noteWorkerd } satisfies State
})

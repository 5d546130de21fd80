/** All services of the hot store at once, for tests that stand for several programs. */
import { Context, Effect } from "effect"
import { Catalog } from "../src/ports/Catalog.ts"
import { Directory } from "../src/ports/Directory.ts"
import { HotDays } from "../src/ports/HotDays.ts"
import type { HotStore } from "../src/ports/HotStore.ts"
import { Intake } from "../src/ports/Intake.ts"
import { Reads } from "../src/ports/Reads.ts"
import { SchemaCheck } from "../src/ports/HotStore.ts"

export const hotStore = Effect.all({
  intake: Intake,
  days: HotDays,
  catalog: Catalog,
  reads: Reads,
  directory: Directory,
  schema: SchemaCheck
})

export type HotServices = Effect.Success<typeof hotStore>

/** The inverse of {@link hotStore}. */
export const contextOf = (
  { catalog, days, directory, intake, reads, schema }: HotServices
): Context.Context<HotStore> =>
  Context.make(Intake, intake).pipe(
    Context.add(HotDays, days),
    Context.add(Catalog, catalog),
    Context.add(Reads, reads),
    Context.add(Directory, directory),
    Context.add(SchemaCheck, schema)
  )

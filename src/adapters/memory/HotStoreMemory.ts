/**
 * The hot store in memory, with every law of its services. Tests and the simulation run the programs on it.
 */
import { Context, Effect, Layer } from "effect"
import { Catalog } from "../../ports/Catalog.ts"
import { Directory } from "../../ports/Directory.ts"
import { HotDays } from "../../ports/HotDays.ts"
import type { HotStore } from "../../ports/HotStore.ts"
import { Intake } from "../../ports/Intake.ts"
import { Reads } from "../../ports/Reads.ts"
import { SchemaCheck } from "../../ports/HotStore.ts"
import { catalogOf } from "./hot-catalog.ts"
import { hotDaysOf } from "./hot-days.ts"
import { directoryOf } from "./hot-directory.ts"
import { intakeOf } from "./hot-intake.ts"
import { readsOf } from "./hot-reads.ts"
import { HotState } from "./hot-state.ts"

export const layer: Layer.Layer<HotStore> = Layer.effectContext(Effect.sync(() => {
  const state = new HotState()
  return Context.make(SchemaCheck, SchemaCheck.of({ check: Effect.void })).pipe(
    Context.add(Intake, intakeOf(state)),
    Context.add(HotDays, hotDaysOf(state)),
    Context.add(Catalog, catalogOf(state)),
    Context.add(Reads, readsOf(state)),
    Context.add(Directory, directoryOf(state))
  )
}))

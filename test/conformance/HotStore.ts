/**
 * The laws of the `HotStore` port, run on every adapter. Numbers are those of docs/laws.md.
 */
import { it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { HotStore } from "../../src/ports/HotStore.ts"
import { hotStore } from "../hot-store.ts"
import { appends } from "./HotStore/appends.ts"
import { compaction } from "./HotStore/compaction.ts"
import { corrections } from "./HotStore/corrections.ts"
import { directory } from "./HotStore/directory.ts"
import { checkAgainstModel } from "./HotStore/model.ts"
import { points } from "./HotStore/points.ts"
import { publication } from "./HotStore/publication.ts"
import { day, freshSite } from "./HotStore/samples.ts"

export const suite = (name: string, layer: Layer.Layer<HotStore, unknown>) =>
  it.layer(layer)(`HotStore (${name})`, (it) => {
    it.effect("is ready", () => Effect.flatMap(hotStore, (hot) => hot.schema.check))
    appends(it)
    points(it)
    directory(it)
    compaction(it)
    publication(it)
    corrections(it)
    it.effect("laws 1 and 2: any sequence of operations reads like a plain map", () =>
      checkAgainstModel(freshSite, day))
  })
